"""Campaigns with a script."""

from typing import Any

CAMPAIGN = {"id": "spring_followup", "from": "+15551230001"}


def of_step(**step: Any) -> dict[str, Any]:
    return {"start": "a", "steps": {"a": step}}
