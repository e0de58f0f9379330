"""Every GET route of an application, found in the application itself, with a path that it finds something under."""

from hashlib import sha256

from starlette.routing import Route

from tests.application.log_keeping.ledgers import signed
from tests.entrypoints.http.routes.test_scripts import script
from tests.entrypoints.pages.staging import fill
from tests.entrypoints.serving import FROM, OPERATOR, TO, Serving

SPOKEN = "spoken"
TOLD = "crm"
"""A campaign whose calls say something: its script has one version."""
_TILES = "/v1/log/tile/{level}/{part_1}"
OF_LONG_LOGS = {_TILES, *(f"{_TILES}/{{part_2}}{more}" for more in ("/{part_3}", "/{part_3}/{part_4}"))}
"""Whole tiles, of which a log has the first with its 256th event."""


async def fill_all(stage: Serving) -> None:
    """What the pages are tested on, and a script."""
    await fill(stage)
    spoken = {"id": SPOKEN, "from": FROM, "script": script("Hello.")}
    assert (await stage.client.post("/v1/campaigns", json=spoken, headers=OPERATOR)).status_code == 201
    signed(stage.parts.folder, stage.parts.folder)


def asking_of(stage: Serving, person: str = TO) -> dict[str, str]:
    """The path to ask each of them by, under its template; `person` is how a person is named, a number or a pseudonym."""
    routes = [one for one in stage.parts.app._logged._routes if isinstance(one, Route) and "GET" in (one.methods or ())]
    return {one.path: _path(one.path, person) for one in routes if one.path not in OF_LONG_LOGS}


def _path(template: str, person: str) -> str:
    kind = template.removeprefix("/v1").split("/")[1]
    ids = {
        "calls": "call_2" if "/recording" in template else "call_1",
        "attempts": "att_3",
        "subscriptions": TOLD,
        "campaigns": SPOKEN if "/scripts" in template else "spring_followup",
    }
    known = {
        "number": person,
        "other": "1" if "/scripts" in template else "call_2",
        "version": "1",
        "change_id": "change",
        "level": "0",
        "part_1": "000.p",
        "part_2": "1",
    }
    if kind == "search":
        return f"{template}?q=nowhere"
    if kind == "evidence":
        return f"{template}?about=call_1"
    return template.format(
        id=ids.get(kind, ""), **known, name="style.css", prefix="+1", digest=sha256(b"not json").hexdigest()
    )
