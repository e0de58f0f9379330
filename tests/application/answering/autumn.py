"""A second campaign with a script."""

from tests.entrypoints.http.answer.asking import NAMELESS
from tests.entrypoints.serving import OTHER, SPRING, Serving


async def autumn(stage: Serving) -> None:
    """A second campaign, in which a request to OTHER has just left as attempt att_2."""
    await stage.client.post("/v1/campaigns", json={**SPRING, "id": "autumn", "script": NAMELESS})
    await stage.enroll(OTHER, campaign_id="autumn")
    await stage.client.post("/v1/campaigns/autumn/start")
