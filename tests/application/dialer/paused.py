"""Why a campaign on the stage stands still."""

from typing import Any

import httpx

from domain.recipient import AttemptRefused
from tests.application.dialer.stage import Stage


def pause_of(it: Stage, campaign_id: str = "spring") -> tuple[str, str | None] | None:
    """Why a campaign stands still."""
    pause = it.parts.in_flight.campaigns[campaign_id].pause
    return None if pause is None else (pause.cause, pause.code)


def evidence(it: Stage) -> dict[str, str]:
    """What its pause is shown by."""
    pause = it.parts.in_flight.campaigns["spring"].pause
    return {} if pause is None else dict(pause.evidence or {})


async def shown(it: Stage) -> Any:
    """The campaign as the API shows it."""
    transport = httpx.ASGITransport(it.parts.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        return (await client.get("/v1/campaigns/spring")).json()


def pause_code(it: Stage, scope: str) -> str | None:
    """The provider's code of a pause of the account or the campaign."""
    pause = it.parts.in_flight.account.pause if scope == "account" else it.parts.in_flight.campaigns["spring"].pause
    return None if pause is None else pause.code


def pause_body(it: Stage, scope: str) -> str | None:
    """The provider's whole answer to which it was paused."""
    pause = it.parts.in_flight.account.pause if scope == "account" else it.parts.in_flight.campaigns["spring"].pause
    return None if pause is None else pause.body


def refusal(event: object) -> tuple[str | None, str, bool]:
    """A refusal's code, whom it concerns, and whether it counts."""
    assert isinstance(event, AttemptRefused)
    return event.code, event.concerns, event.counts
