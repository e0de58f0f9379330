"""The judge on requests: one an attempt, nobody in doubt, nobody beyond the policy."""

from pathlib import Path

import pytest

from tests.simulation.made_days import MadeDay, good_day, plan


def test_nothing_is_broken_on_a_good_day(tmp_path: Path) -> None:
    assert good_day().judged(tmp_path) == set()


def test_a_request_without_an_attempt_on_disk(tmp_path: Path) -> None:
    day = good_day()
    started = next(one for one in day.feed if one["event"] == "attempt.started")
    day.feed.remove(started)

    assert "attempt_first" in day.judged(tmp_path)


def test_a_request_that_left_before_its_attempt_was_recorded(tmp_path: Path) -> None:
    day = MadeDay()
    day.now -= 1
    line = day.send({})
    day.now += 1
    line["body"] = day.begin()

    assert day.judged(tmp_path) == {"attempt_first"}


def test_another_request_than_the_ledger_has(tmp_path: Path) -> None:
    day = MadeDay()
    day.send({**day.begin(), "record": True})

    assert day.judged(tmp_path) == {"attempt_first"}


def test_two_requests_for_one_attempt(tmp_path: Path) -> None:
    day = MadeDay()
    body = day.begin()
    day.send(body, status=None, call=None)
    day.now += 5
    day.send(body)

    assert day.judged(tmp_path) == {"one_request"}


def test_a_request_that_came_and_counts_as_never_sent(tmp_path: Path) -> None:
    day = MadeDay()
    day.send(day.begin(), answer_lost=True)
    day.settle("abandoned", why="the process ended before the request was sent")
    assert day.judged(tmp_path) == {"abandoned_was_sent"}

    day.settle("unresolved", why="it was, after all")
    assert day.judged(tmp_path) == {"abandoned_was_sent"}


@pytest.mark.parametrize("status", [500, 503, None])
def test_an_answer_that_says_nothing_and_counts_as_a_refusal(tmp_path: Path, status: int | None) -> None:
    day = MadeDay()
    day.send(day.begin(), status=status, call=None)
    day.settle("refused", status=500, code=None, body="", concerns="recipient", counts=True)

    assert day.judged(tmp_path) == {"doubt_was_refused"}


@pytest.mark.parametrize(("status", "concerns"), [(429, "account"), (402, "account"), (403, "campaign")])
def test_a_refusal_that_says_nothing_of_the_person(tmp_path: Path, status: int, concerns: str) -> None:
    for says, counts, broken in ((concerns, False, set[str]()), ("recipient", True, {"refused_for_good"})):
        day = MadeDay()
        day.send(day.begin(), status=status, call=None)
        day.settle("refused", status=status, code="x", body="", concerns=says, counts=counts)
        assert day.judged(tmp_path) == broken


@pytest.mark.parametrize("word", ["unresolved", "abandoned", None])
def test_somebody_in_doubt_is_called_again(tmp_path: Path, word: str | None) -> None:
    day = MadeDay(plan(retry={"failed": {"after_seconds": 0}}))
    day.send(day.begin(), answer_lost=True)
    if word is not None:
        day.settle(word, why="no answer")
    day.now += 3_000
    day.call(attempt="a2", call="c2")

    assert "in_doubt" in day.judged(tmp_path)


def test_somebody_whose_call_has_not_ended_is_called_again(tmp_path: Path) -> None:
    day = MadeDay()
    day.call()
    day.now += 3_000
    day.call(attempt="a2", call="c2")

    assert "in_doubt" in day.judged(tmp_path)


def test_an_attempt_that_was_settled_may_be_followed_by_another(tmp_path: Path) -> None:
    day = MadeDay()
    day.call()
    day.end_call(name="call.failed", answered=False)
    day.now += 601
    day.call(attempt="a2", call="c2")

    assert day.judged(tmp_path) == set()


def test_an_attempt_too_soon_after_the_last(tmp_path: Path) -> None:
    day = MadeDay()
    day.call()
    day.end_call(name="call.failed", answered=False)
    day.now += 599
    day.call(attempt="a2", call="c2")

    assert day.judged(tmp_path) == {"retry_gap"}


@pytest.mark.parametrize("answered", [True, False])
def test_an_outcome_that_is_not_tried_again(tmp_path: Path, answered: bool) -> None:
    day = MadeDay(plan(retry={"failed": {"after_seconds": 0}}))
    day.call()
    day.end_call(answered=answered)
    day.now += 600
    day.call(attempt="a2", call="c2")

    assert day.judged(tmp_path) == {"not_again"}


def test_whoever_was_reached_is_not_called_again_whatever_came_after_the_end(tmp_path: Path) -> None:
    day = MadeDay()
    day.call()
    day.report("c1", "call.answered")
    day.end_call(name="call.failed", answered=False)
    day.now += 600
    day.call(attempt="a2", call="c2")

    assert day.judged(tmp_path) == {"not_again"}


def test_more_attempts_than_the_policy_has(tmp_path: Path) -> None:
    day = MadeDay()
    for nth in (1, 2, 3):
        day.call(attempt=f"a{nth}", call=f"c{nth}")
        day.end_call(f"c{nth}", "call.failed", answered=False)
        day.now += 700

    assert day.judged(tmp_path) == {"attempts_max"}


def test_what_either_of_two_plans_allows_is_allowed_where_it_was_revised_as_the_request_left(tmp_path: Path) -> None:
    day = MadeDay()
    day.call()
    day.end_call(name="call.failed", answered=False)
    day.now += 60
    body = day.begin(attempt="a2")
    day.now += 1
    day.tell("campaign:spring", "campaign.revised", plan=plan(retry={"failed": {"after_seconds": 0}}))
    day.now += 1
    day.send(body, call="c2")

    assert day.judged(tmp_path) == set()
