"""A campaign as it is shown."""

from typing import Any

from domain.status import STATUSES
from tests.entrypoints.serving import FROM, at, problem

NO_RECIPIENTS = dict.fromkeys(STATUSES, 0)
NO_SUMMARY: dict[str, Any] = {
    "enrolled": 0,
    "dialled": 0,
    "reached": 0,
    "attempts": {
        "started": 0,
        "accepted": 0,
        "refused": 0,
        "abandoned": 0,
        "unresolved": 0,
        "settled_without_call": 0,
    },
    "codes": {},
    "calls": {
        state: {"calls": 0, "measured": 0, "seconds_total": 0.0, "seconds_max": 0.0, "seconds_mean": None}
        for state in ("completed", "failed", "canceled", "open")
    },
    "pace": [],
}
SHOWN: dict[str, Any] = {
    "id": "spring_followup",
    "state": "created",
    "pause": None,
    "from": FROM,
    "record": False,
    "metadata": {},
    "unique_references": False,
    "inbound_script": None,
    "lookup": None,
    "lookup_ttl_seconds": None,
    "agents": None,
    "limits": {"calls_per_second": 1.0, "calls_at_once": 10},
    "policy": None,
    "script": None,
    "schedule": None,
    "created_at": at(0),
    "recipients": NO_RECIPIENTS,
    "summary": NO_SUMMARY,
    "position": 1,
    "judged_at": at(0),
    "notes": [],
}


def conflict(detail: str) -> dict[str, Any]:
    return problem("conflict", 409, "Not possible in the present state", detail)
