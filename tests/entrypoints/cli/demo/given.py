"""A small day as both sides know it, in which every promise holds.

a1 is refused and dialled again as a2 (c2); a3 was on the wire at the kill and is matched to c3, whose end nobody
reported; a4 is left to a person, between its own c4 and c9 of somebody else; a5 (c5) is like any.
"""

from typing import Any

from entrypoints.cli.demo.evidence import Evidence
from entrypoints.cli.demo.scene import SOMEBODY_ELSE

SECOND = 1_000_000_000
Json = dict[str, Any]


def post(attempt_id: str | None, status: int | None = 201, to: str = "+15551", at: int = 0, **more: Any) -> Json:
    metadata = {} if attempt_id is None else {"attempt_id": attempt_id}
    body = {"to": to, "metadata": metadata}
    return {"method": "POST", "path": "/v1/calls", "status": status, "monotonic_ns": at, "request_body": body, **more}


def of_others(to: str) -> Json:
    return {**post(None, to=to), "request_body": {"to": to, "metadata": SOMEBODY_ELSE}}


def call(call_id: str, attempt_id: str | None, to: str, state: str = "completed") -> Json:
    metadata: Json = SOMEBODY_ELSE if attempt_id is None else {"attempt_id": attempt_id}
    ended = answered = "2026-05-29T12:00:00Z"
    return {"id": call_id, "to": to, "state": state, "answered_at": answered, "ended_at": ended, "metadata": metadata}


def delivery(call_id: str, digest: str, status: int | None = 204, reason: str = "event", tried: int = 1) -> Json:
    more = {"event": "call.completed", "body_sha256": digest, "try": tried}
    return {"call_id": call_id, "status": status, "reason": reason, **more}


def told(digest: str, times: int = 1, event: str = "call.completed") -> Json:
    return {"event": event, "source": "webhook", "deliveries": times, "notes": [], "detail": {"digest": digest}}


def asked(event: str = "call.completed") -> Json:
    return {"event": event, "source": "api", "deliveries": 1, "notes": [], "detail": {"digest": "x"}}


def claimed(attempt_id: str, how: str = "response") -> Json:
    detail = {"attempt_id": attempt_id, "how": how}
    return {"event": "call.claimed", "source": "dialtrail", "deliveries": 1, "notes": [], "detail": detail}


def timeline(*entries: Json, outcome: str | None = "completed", reached: bool = True) -> Json:
    return {"state": {"outcome": outcome, "reached": reached}, "entries": list(entries)}


TIMELINES = {
    "c2": timeline(claimed("a2"), told("d2", 2)),
    "c3": timeline(told("d3", event="call.created"), asked(), claimed("a3", "inferred")),
    "c4": timeline(told("d4")),
    "c9": timeline(told("d9")),
    "c5": timeline(claimed("a5"), told("d5")),
}
UNRESOLVED = {"attempt_id": "a4", "candidates": [{"call_id": "c4"}, {"call_id": "c9"}]}
EVIDENCE = Evidence(
    requests=[
        post("a1", 402, "+1"),
        post("a2", 201, "+1"),
        post("a3", None, "+3"),
        post("a4", None, "+4"),
        of_others("+4"),
        post("a5", 201, "+5"),
        {"method": "GET", "path": "/v1/calls/c3"},
    ],
    arrivals=[*(post(f"a{nth}", at=nth * SECOND) for nth in range(1, 6)), of_others("+4")],
    deliveries=[
        delivery("c2", "d2"),
        delivery("c2", "d2", 503),
        delivery("c2", "d2", 204, "duplicate"),
        delivery("c3", "d3x", None, tried=0),
        delivery("c4", "d4"),
        delivery("c5", "d5", None),
        delivery("c5", "d5"),
        delivery("c9", "d9"),
    ],
    calls=[
        call("c2", "a2", "+1"),
        call("c3", "a3", "+3"),
        call("c4", "a4", "+4"),
        call("c9", None, "+4"),
        call("c5", "a5", "+5"),
    ],
    timelines=TIMELINES,
    unresolved=[UNRESOLVED],
    recipients=4,
    calls_per_second=1,
)
