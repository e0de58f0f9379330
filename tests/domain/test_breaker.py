"""What trips a breaker: shares of the last attempts, and not before there are enough of them."""

from datetime import timedelta

import pytest

from domain.breaker import SettledAttempt, Tripped, judge_breaker, settled_by
from domain.call import CallState
from domain.policy import Breaker
from domain.recipient import Concerns
from domain.recipient.attempt import Attempt, AttemptPhase
from tests.domain.given import NINE, at, call_after, report

GOOD = SettledAttempt(talk=timedelta(seconds=30))
FAILED, REFUSED, SHORT = (
    SettledAttempt(failed=True),
    SettledAttempt(refused=True),
    SettledAttempt(talk=timedelta(seconds=2.9)),
)
BREAKER = Breaker(
    window_attempts=10,
    failures_share_max=0.3,
    refusals_share_max=0.2,
    short_calls_share_max=0.5,
    short_call_seconds=3,
)


@pytest.mark.parametrize(
    ("bad", "at_most", "code", "share_max"),
    [(FAILED, 3, "failures", "0.3"), (REFUSED, 2, "refusals", "0.2"), (SHORT, 5, "short_calls", "0.5")],
)
def test_a_share_beyond_its_limit_trips_it_with_what_was_counted(
    bad: SettledAttempt, at_most: int, code: str, share_max: str
) -> None:
    def last(count: int) -> list[SettledAttempt]:
        return [bad] * count + [GOOD] * (10 - count)

    evidence = {
        "count": str(at_most + 1),
        "of_attempts": "10",
        "share": f"{(at_most + 1) / 10:.3f}",
        "share_max": share_max,
    }
    if code == "short_calls":
        evidence["short_call_seconds"] = "3"
    assert judge_breaker(BREAKER, last(at_most)) is None
    assert judge_breaker(BREAKER, last(at_most + 1)) == Tripped(code=code, evidence=evidence)  # type: ignore[arg-type]


def test_a_share_of_exactly_its_limit_is_allowed_whatever_floats_make_of_it() -> None:
    breaker = Breaker(window_attempts=100, failures_share_max=0.29)

    assert judge_breaker(breaker, [FAILED] * 29 + [GOOD] * 71) is None
    assert judge_breaker(breaker, [FAILED] * 30 + [GOOD] * 70) is not None


def test_only_the_last_attempts_count_and_there_must_be_enough() -> None:
    assert judge_breaker(BREAKER, [FAILED] * 9) is None
    assert judge_breaker(BREAKER, [FAILED] * 10) is not None
    assert judge_breaker(BREAKER, [FAILED] * 90 + [GOOD] * 10) is None


def test_what_has_no_limit_trips_nothing_and_three_seconds_are_not_less_than_three() -> None:
    only = Breaker(window_attempts=5, short_calls_share_max=0.1, short_call_seconds=3)

    assert judge_breaker(only, [FAILED] * 5) is None
    assert judge_breaker(only, [SettledAttempt(talk=timedelta(seconds=3))] * 5) is None


def _attempt(phase: AttemptPhase, concerns: Concerns | None = None) -> Attempt:
    return Attempt(
        attempt_id="a",
        campaign_id="spring",
        phase=phase,
        started_at=NINE,
        epoch="e",
        changed_at=at(1),
        call_id="c",
        concerns=concerns,
    )


def _call(*names: str) -> CallState:
    return call_after(*(report(name, 10 * place) for place, name in enumerate(names))).state


def test_how_an_attempt_ended_is_what_its_answer_or_its_call_says() -> None:
    answered = ("call.created", "call.answered", "call.completed")

    assert settled_by(_attempt("accepted"), _call(*answered)) == SettledAttempt(talk=timedelta(seconds=10))
    assert settled_by(_attempt("accepted"), _call("call.created", "call.completed")) == SettledAttempt()
    assert settled_by(_attempt("accepted"), _call("call.failed")) == SettledAttempt(failed=True)
    assert settled_by(_attempt("accepted"), _call("call.canceled")) == SettledAttempt()
    assert settled_by(_attempt("refused", "recipient"), None) == SettledAttempt(refused=True)
    assert settled_by(_attempt("refused", "destination"), None) == SettledAttempt(refused=True)


def test_what_has_not_ended_and_what_pauses_by_itself_says_nothing() -> None:
    assert settled_by(_attempt("accepted"), _call("call.created", "call.answered")) is None
    assert settled_by(_attempt("accepted"), None) is None
    assert settled_by(_attempt("unresolved"), None) is None
    assert settled_by(_attempt("abandoned"), None) is None
    assert settled_by(_attempt("refused", "account"), None) is None
    assert settled_by(_attempt("refused", "campaign"), None) is None
