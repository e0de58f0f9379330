"""A campaign, and what a look ahead says of it."""

from typing import Any

from tests.entrypoints.serving import FROM, Serving

PATH = "/v1/campaigns/spring_followup"
BERLIN, NEW_YORK, TOKYO = "Europe/Berlin", "America/New_York", "Asia/Tokyo"
DAYTIME = {"hours": {"every_day": ["09:00-20:00"]}}


def people(count: int, zone: str | None, begin: int = 0) -> list[dict[str, Any]]:
    return [{"number": f"+1555200{begin + n:04}", "zone": zone} for n in range(count)]


async def created(
    stage: Serving, rows: list[dict[str, Any]], campaign_id: str = "spring_followup", **more: Any
) -> None:
    body = {"id": campaign_id, "from": FROM, "script": SCRIPT, **more}
    assert (await stage.client.post("/v1/campaigns", json=body)).status_code == 201
    given = {"import": "test", "recipients": rows}
    assert (await stage.client.post(f"/v1/campaigns/{campaign_id}/recipients", json=given)).json()["rejected"] == 0


async def looked(stage: Serving) -> Any:
    return await stage.json(f"{PATH}/preflight")


async def warned(stage: Serving) -> list[str]:
    return [one["about"] for one in (await looked(stage))["warnings"]]


SCRIPT = {"start": "hello", "steps": {"hello": {"actions": [{"say": "Hello."}], "end": True}}}
