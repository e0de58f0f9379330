"""People enrolled over HTTP, and what is answered then."""

from typing import Any

import httpx

from tests.entrypoints.serving import SPRING, TO, Serving

PATH = "/v1/campaigns/spring_followup/recipients"
E164 = "is not a phone number in E.164 form; write it like +15551230002, without spaces"
NO_COUNTRY = "has no country; write it like +15551230002, or name the region of what is written as inside it (--region DE, over HTTP ?region=DE)"
_QUEUED: dict[str, Any] = {
    "status": "queued",
    "reason": None,
    "until": None,
    "attempts": 0,
    "call_id": None,
    "code": None,
    "zone": None,
    "reference": None,
    "variables": {},
}


def queued(stage: Serving, number: str = TO) -> dict[str, Any]:
    """What is shown of somebody who was just enrolled."""
    return {"number": number, "recipient": stage.known_as(number), **_QUEUED}


def number(place: int) -> str:
    return f"+1555124{place:04}"


async def create(stage: Serving) -> None:
    assert (await stage.client.post("/v1/campaigns", json=SPRING)).status_code == 201


async def send_csv(stage: Serving, text: str | bytes, query: str = "?import=list") -> httpx.Response:
    return await stage.client.post(PATH + query, content=text, headers={"content-type": "Text/CSV; charset=utf-8"})


async def send(stage: Serving, *rows: object, **more: object) -> httpx.Response:
    return await stage.client.post(PATH, json={"import": "list", "recipients": rows, **more})
