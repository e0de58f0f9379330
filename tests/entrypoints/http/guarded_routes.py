"""Routes that are guarded, and how they refuse."""

from typing import Any

from tests.entrypoints.http.guarded import QUARANTINED
from tests.entrypoints.serving import (
    OTHER,
    SPRING,
    problem,
)

READS = [
    "/v1/campaigns",
    "/v1/campaigns/spring_followup",
    "/v1/campaigns/spring_followup/changes",
    "/v1/campaigns/spring_followup/refusals",
    "/v1/campaigns/spring_followup/standing",
    "/v1/deliveries",
    "/v1/quarantine",
    f"/v1/quarantine/{QUARANTINED}",
    "/v1/campaigns/spring_followup/recipients",
    "/v1/campaigns/spring_followup/recipients/{person}",
    "/v1/campaigns/spring_followup/recipients/{person}/explain",
    "/v1/account",
    "/v1/divergence",
    "/v1/attempts",
    "/v1/calls",
    "/v1/calls/call_1",
    "/v1/calls/call_1/timeline",
    "/v1/calls/call_1/events",
    "/v1/calls/call_1/compare/call_1",
    "/v1/calls/call_1/deliveries",
    "/v1/campaigns/spring_followup/scripts",
    "/v1/suppressions",
    "/v1/events",
    "/v1/outcomes",
    "/openapi.json",
]
COMMANDS: list[tuple[str, str, Any, int]] = [
    ("POST", "/v1/campaigns", SPRING, 200),
    ("POST", "/v1/campaigns/spring_followup/pause", None, 200),
    ("POST", "/v1/campaigns/spring_followup/resume", None, 200),
    ("POST", "/v1/campaigns/spring_followup/start", None, 200),
    ("POST", "/v1/campaigns/spring_followup/recipients", {"recipients": []}, 200),
    ("POST", "/v1/suppressions", {"number": OTHER}, 201),
    ("DELETE", f"/v1/suppressions/{OTHER}", None, 200),
    ("DELETE", "/v1/account/holds/+1555", None, 200),
    ("POST", "/v1/divergence", None, 409),
    ("POST", "/v1/retention", {"kinds": ["body"], "before": "2026-01-01T00:00:00Z"}, 409),
    ("POST", "/v1/calls/call_1/recordings", {"action": "start"}, 409),
    ("POST", f"/v1/quarantine/{QUARANTINED}/read", None, 200),
    ("POST", "/v1/campaigns/spring_followup/cancel", None, 200),
]
NO_TOKEN = problem(
    "unauthorized",
    401,
    "A token is needed",
    "send `Authorization: Bearer <token>` with a token of DIALTRAIL_TOKENS",
)
UNKNOWN_TOKEN = {**NO_TOKEN, "detail": "this token is not known here"}
NOT_FROM_HERE = problem(
    "not-allowed",
    403,
    "Not allowed for this caller",
    "without DIALTRAIL_TOKENS only requests from this machine to this machine are answered, "
    "and none that a proxy has handed on",
)


def not_allowed(role: str) -> dict[str, Any]:
    return {**NOT_FROM_HERE, "detail": f"the role {role} may not do this; it takes operator"}
