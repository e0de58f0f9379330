from typing import Any

import pytest
from msgspec.structs import replace

from entrypoints.cli.demo.evidence import Evidence
from entrypoints.cli.demo.proof import PromiseKept, prove
from tests.entrypoints.cli.demo.given import (
    EVIDENCE,
    SECOND,
    TIMELINES,
    UNRESOLVED,
    asked,
    call,
    claimed,
    post,
    timeline,
    told,
)

ONE_REQUEST = "one dial request per attempt"
IN_EARNEST = "no second request while in doubt"
ONE_CALL = "everybody is called, nobody twice"
DOUBT = "what is in doubt is explained"
DURABLE = "acknowledged means durable"
ANY_ORDER = "any order, any number of times"
NO_CALL_OPEN = "no call stays open"
LIMITS = "limits hold at the moment of sending"


def broken(evidence: Evidence) -> list[str]:
    return [claim.promise for claim in prove(evidence) if not claim.holds]


def test_what_was_seen_is_told_with_each_promise() -> None:
    in_earnest = "requests per number: 1 to 3, 2 to 1; 1 clearly refused (402, 429), which lets another follow"
    doubt = "2 attempts in doubt: 1 of 1 matched to the right call, 1 of 1 left to a person"
    durable = "5 webhooks acknowledged, 6 in the ledger, 0 missing (tries while it was dead: 1)"
    assert prove(EVIDENCE) == [
        PromiseKept(ONE_REQUEST, "5 requests for 5 attempts, at most 1 for any attempt", True),
        PromiseKept(IN_EARNEST, in_earnest, True),
        PromiseKept(ONE_CALL, "4 calls to 4 of 4 numbers, at most 1 to any number", True),
        PromiseKept(DOUBT, doubt, True),
        PromiseKept(DURABLE, durable, True),
        PromiseKept(
            ANY_ORDER, "1 duplicates, 0 calls told out of order: 5 of 5 calls end as the sandbox knows them", True
        ),
        PromiseKept(NO_CALL_OPEN, "ends that were never reported: 1, of these found by asking MiniVoice: 1", True),
        PromiseKept(LIMITS, "at most 1 requests in any one second, 5 in any five; the limit is 1 a second", True),
    ]


@pytest.mark.parametrize(
    ("changes", "promises"),
    [
        ({"requests": [*EVIDENCE.requests, post("a5", 402, "+5")]}, [ONE_REQUEST]),
        ({"requests": [*EVIDENCE.requests, post(None, 402, "+5")]}, [ONE_REQUEST]),
        ({"requests": [*EVIDENCE.requests, post("a6", 201, "+5")]}, [IN_EARNEST]),
        ({"requests": [*EVIDENCE.requests, post("a6", None, "+5")]}, [IN_EARNEST]),
        ({"recipients": 5}, [ONE_CALL]),
        ({"unresolved": []}, [DOUBT]),
        ({"unresolved": [{**UNRESOLVED, "candidates": [{"call_id": "c4"}]}]}, [DOUBT]),
        ({"unresolved": [{**UNRESOLVED, "candidates": [{"call_id": "c5"}, {"call_id": "c9"}]}]}, [DOUBT]),
        ({"arrivals": [post("a1", at=0), post("a2", at=SECOND // 2), post("a4", at=3 * SECOND)]}, [LIMITS]),
        ({"arrivals": [post("a4", at=nth * SECOND * 19 // 20) for nth in range(6)]}, [LIMITS]),
    ],
)
def test_a_broken_promise_is_noticed(changes: dict[str, Any], promises: list[str]) -> None:
    assert broken(replace(EVIDENCE, **changes)) == promises


@pytest.mark.parametrize(
    ("call_id", "known", "promises"),
    [
        ("c2", timeline(claimed("a2"), told("d2")), [DURABLE]),
        ("c2", timeline(claimed("a2"), told("other", 2)), [DURABLE]),
        ("c2", timeline(claimed("a2"), told("d2", 2), outcome="failed"), [ANY_ORDER]),
        ("c2", timeline(claimed("a2"), told("d2", 2), reached=False), [ANY_ORDER]),
        ("c2", timeline(told("d2", 2)), [DOUBT]),
        ("c3", timeline(claimed("a5", "inferred"), asked()), [DOUBT]),
        ("c9", timeline(claimed("a4", "inferred"), told("d9")), [DOUBT]),
        ("c3", timeline(claimed("a3", "inferred"), outcome=None), [ANY_ORDER, NO_CALL_OPEN]),
    ],
)
def test_a_ledger_that_knows_a_call_wrongly_is_noticed(
    call_id: str, known: dict[str, Any], promises: list[str]
) -> None:
    assert broken(replace(EVIDENCE, timelines={**TIMELINES, call_id: known})) == promises


def test_a_request_that_came_a_little_late_is_told_and_breaks_nothing() -> None:
    claim = prove(replace(EVIDENCE, arrivals=[post("a4", at=0), post("a5", at=SECOND * 19 // 20)]))[-1]

    assert claim == PromiseKept(
        LIMITS,
        "at most 2 requests in any one second, 2 in any five; the limit is 1 a second "
        "(what left in time may arrive 0.1 s late)",
        True,
    )


def test_a_second_call_to_a_number_is_noticed() -> None:
    more = replace(
        EVIDENCE,
        calls=[*EVIDENCE.calls, call("c6", "a6", "+5")],
        timelines={**TIMELINES, "c6": timeline(claimed("a6"), told("d6"), asked())},
    )

    assert broken(more) == [ONE_CALL]


def test_a_request_that_never_arrived_is_told_and_breaks_nothing() -> None:
    lost = {"attempt_id": "a7", "candidates": []}
    evidence = replace(EVIDENCE, recipients=5, unresolved=[UNRESOLVED, lost])

    assert broken(evidence) == []
    assert next(c.seen for c in prove(evidence) if c.promise == DOUBT).endswith(", 1 whose request never arrived")


def test_a_call_that_the_ledger_does_not_know_is_noticed() -> None:
    assert broken(replace(EVIDENCE, timelines={})) == [DOUBT, DURABLE, ANY_ORDER, NO_CALL_OPEN]


def test_nothing_at_all_proves_nothing() -> None:
    empty = Evidence([], [], [], [], {}, [], 4, 1)

    assert broken(empty) == [ONE_CALL]
