import re
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Route

from domain.events import EVENTS
from domain.recipient.status import STATUSES
from entrypoints.http_recipients import IMPORT_BYTES_MAX, IMPORT_ROWS_MAX, PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX
from entrypoints.http_webhooks import BODY_BYTES_MAX, WEBHOOK_PATH
from entrypoints.settings import VARIABLES
from tests.entrypoints.serving import Serving, play

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"^\| (`[A-Z]+ /[^|]*) \|", re.MULTILINE)
NAME = re.compile(r"`([^`]+)`")


def page(name: str) -> str:
    return (DOCS / name).read_text()


def documented_routes() -> list[str]:
    """Each `METHOD /path` of the table; more names in a row stand for the path's last part."""
    routes: list[str] = []
    for cell in ROW.findall(page("api.md")):
        first, *others = NAME.findall(cell)
        path = first.partition("?")[0]
        routes += [path, *(f"{path.rpartition('/')[0]}/{other}" for other in others)]
    return routes


def first_cells(name: str) -> list[str]:
    """What stands in backticks in the first cell of each row of the page's tables."""
    rows = [line for line in page(name).splitlines() if line.startswith("|")]
    return [found for row in rows for found in NAME.findall(row.split("|")[1])]


def test_the_api_page_has_every_route_once_and_no_other(tmp_path: Path) -> None:
    served: list[str] = []

    async def scene(stage: Serving) -> None:
        router = stage.parts.app._guarded._app
        assert isinstance(router, Starlette)
        served.append(f"POST {WEBHOOK_PATH}")
        for route in router.routes:
            assert isinstance(route, Route)
            served.extend(f"{method} {route.path}" for method in (route.methods or set()) - {"HEAD"})

    play(tmp_path, scene)
    assert sorted(documented_routes()) == sorted(served)


def test_the_api_page_has_the_limits_and_statuses_that_the_code_has() -> None:
    text = " ".join(page("api.md").split())
    assert f"`limit` ≤ {PAGE_ROWS_MAX}, default {PAGE_ROWS_DEFAULT}" in text
    assert f"At most {IMPORT_ROWS_MAX:,} rows and {IMPORT_BYTES_MAX // 2**20} MiB a request" in text
    assert f"413: larger than {BODY_BYTES_MAX // 2**20} MiB" in text
    shown = re.search(r'"recipients": (\{.*?\})', text)
    assert shown
    assert re.findall(r'"(\w+)": \d+', shown[1]) == list(STATUSES)


def test_every_setting_is_on_the_operating_page_and_no_other() -> None:
    named = [name for name in first_cells("operating.md") if name.startswith(("DIALTRAIL_", "MINIVOICE_"))]
    assert sorted(named) == sorted(VARIABLES)


def test_no_page_names_a_setting_that_is_none() -> None:
    pages = [*DOCS.glob("*.md"), DOCS.parent / "README.md"]
    written = {name for one in pages for name in re.findall(r"`((?:DIALTRAIL|MINIVOICE)_[A-Z_]+)`", one.read_text())}
    assert written - set(VARIABLES) == set()


def test_every_event_is_on_the_events_page() -> None:
    assert EVENTS.keys() - set(NAME.findall(page("events.md"))) == set()


def test_the_events_pages_tables_name_no_event_that_is_none() -> None:
    dotted = {name for name in first_cells("events.md") if re.fullmatch(r"[a-z]+\.[a-z_]+", name)}
    assert dotted - EVENTS.keys() == set()
