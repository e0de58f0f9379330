from typing import Any

import pytest
from msgspec.structs import replace

from entrypoints.cli.demo.proof import Claim, Evidence, lost_posts, most_in_one_second, prove

ONE_REQUEST = "one dial request per attempt"
ONE_CALL = "everybody is called, nobody twice"
DURABLE = "acknowledged means durable"
ANY_ORDER = "any order, any number of times"
LIMITS = "limits hold at the moment of sending"
SECOND = 1_000_000_000


def post(attempt_id: str | None, status: int | None = 201, at: int = 0, **more: Any) -> dict[str, Any]:
    body = {"to": "+15551", "metadata": {"attempt_id": attempt_id}}
    return {"method": "POST", "path": "/v1/calls", "status": status, "monotonic_ns": at, "request_body": body, **more}


def call(call_id: str, to: str = "+15551", *, answered: bool = True) -> dict[str, Any]:
    return {"id": call_id, "to": to, "state": "completed", "answered_at": "2026-05-29T12:00:00Z" if answered else None}


def delivery(call_id: str, status: int | None = 204, reason: str = "event") -> dict[str, Any]:
    return {"call_id": call_id, "status": status, "reason": reason}


def timeline(*entries: tuple[str, int], outcome: str = "completed", reached: bool = True) -> dict[str, Any]:
    shown = [{"source": source, "deliveries": deliveries, "notes": []} for source, deliveries in entries]
    return {"state": {"outcome": outcome, "reached": reached}, "entries": shown}


GOOD = Evidence(
    requests=[post("a1", 429), post("a2", None, fault="lost_response"), {"method": "GET", "path": "/v1/calls/c1"}],
    arrivals=[post("a1", at=0), post("a2", at=SECOND)],
    deliveries=[delivery("c1"), delivery("c1", 503), delivery("c1", 204, "duplicate"), delivery("c1", None)],
    calls=[call("c1")],
    timelines={"c1": timeline(("api", 1), ("webhook", 2))},
    recipients=1,
    calls_per_second=1,
)


def broken(evidence: Evidence) -> list[str]:
    return [claim.promise for claim in prove(evidence) if not claim.holds]


def test_what_was_seen_is_told_with_each_promise() -> None:
    assert prove(GOOD) == [
        Claim(ONE_REQUEST, "2 requests for 2 attempts (1 refused), at most 1 for any attempt", True),
        Claim(ONE_CALL, "1 calls to 1 of 1 numbers, at most 1 to any number", True),
        Claim(DURABLE, "2 webhooks acknowledged, 2 in the ledger, 0 missing", True),
        Claim(ANY_ORDER, "1 duplicates, 0 calls told out of order: 1 of 1 calls end as the sandbox knows them", True),
        Claim(LIMITS, "at most 1 requests in any one second, the limit is 1", True),
    ]


@pytest.mark.parametrize(
    ("changes", "promise"),
    [
        ({"requests": [post("a1"), post("a1")]}, ONE_REQUEST),
        ({"requests": [post(None)]}, ONE_REQUEST),
        ({"recipients": 2}, ONE_CALL),
        ({"timelines": {"c1": timeline(("webhook", 1))}}, DURABLE),
        ({"timelines": {"c1": timeline(("webhook", 2), outcome="failed")}}, ANY_ORDER),
        ({"timelines": {"c1": timeline(("webhook", 2), reached=False)}}, ANY_ORDER),
        ({"arrivals": [post("a1", at=0), post("a2", at=SECOND - 1)]}, LIMITS),
    ],
)
def test_a_broken_promise_is_noticed(changes: dict[str, Any], promise: str) -> None:
    assert broken(replace(GOOD, **changes)) == [promise]


def test_a_second_call_to_a_number_is_noticed() -> None:
    twice = replace(
        GOOD, calls=[call("c1"), call("c2")], timelines={"c1": timeline(("webhook", 2)), "c2": timeline(("webhook", 0))}
    )

    assert broken(twice) == [ONE_CALL]


def test_a_call_that_the_ledger_does_not_know_is_noticed() -> None:
    assert broken(replace(GOOD, timelines={})) == [DURABLE, ANY_ORDER]


def test_nothing_at_all_proves_nothing() -> None:
    assert broken(replace(GOOD, requests=[], arrivals=[], deliveries=[], calls=[], timelines={})) == [ONE_CALL]


def test_an_answer_that_was_lost_is_found() -> None:
    assert [one["request_body"]["metadata"]["attempt_id"] for one in lost_posts(GOOD.requests)] == ["a2"]


@pytest.mark.parametrize(
    ("instants", "most"),
    [([], 0), ([5], 1), ([0, SECOND], 1), ([SECOND - 1, 0], 2), ([0, 1, SECOND + 1, SECOND + 2, SECOND + 3], 3)],
)
def test_the_fullest_second_slides(instants: list[int], most: int) -> None:
    assert most_in_one_second(instants) == most
