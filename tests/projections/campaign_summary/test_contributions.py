"""What one call adds to the figures of a campaign, whatever is heard of it later."""

from pathlib import Path

import pytest

from projections.campaign_summary import Calls
from tests.domain.given import report
from tests.projections.campaign_summary.counted import NO_CALLS, summary
from tests.projections.history import ONE, TWO, world


def test_a_call_counts_for_the_campaign_that_it_turns_out_to_belong_to(tmp_path: Path) -> None:
    made = world(ONE, TWO)
    made.create("autumn")
    made.change("autumn", "start")
    made.enroll(TWO, "autumn")
    for number, campaign_id in ((ONE, "spring"), (TWO, "autumn")):
        made.start(number, campaign_id)
        made.leave_unresolved(number)
    made.match(ONE, made.person(ONE).attempts[0], "c", "inferred")
    made.tell("c", report("call.answered", 1))
    autumn = next(one.position for one in made.ledger.feed if one.stream == "campaign:autumn")
    assert [summary(tmp_path, made, n).calls["open"].calls for n in (1,)] == [1]
    made.match(TWO, made.person(TWO).attempts[0], "c", "metadata")
    made.tell("c", report("call.completed", 4))
    spring_calls, autumn_calls = (summary(tmp_path, made, n).calls for n in (1, autumn))
    assert spring_calls == dict.fromkeys(("completed", "failed", "canceled", "open"), NO_CALLS)
    assert autumn_calls["completed"] == Calls(calls=1, measured=1, seconds_total=3.0, seconds_max=3.0)


@pytest.mark.parametrize("nobody_answered", ["call.failed", "call.canceled", "call.completed"])
def test_who_did_not_answer_is_in_no_mean(tmp_path: Path, nobody_answered: str) -> None:
    made = world(ONE, TWO)
    for number in (ONE, TWO):
        made.start(number, "spring")
        made.accept(number)
    made.hear(ONE, "call.answered", 1)
    made.hear(ONE, "call.completed", 9)
    made.hear(TWO, nobody_answered, 30)
    found = summary(tmp_path, made).calls
    lengths = {end: (calls.calls, calls.measured, calls.seconds_mean) for end, calls in found.items() if calls.calls}
    if nobody_answered == "call.completed":
        assert lengths == {"completed": (2, 1, 8.0)}
    else:
        assert lengths == {"completed": (1, 1, 8.0), nobody_answered.removeprefix("call."): (1, 0, None)}


def test_a_call_that_ended_in_the_second_of_its_answer_lasted_no_second(tmp_path: Path) -> None:
    made = world(ONE)
    made.start(ONE, "spring")
    made.accept(ONE)
    made.hear(ONE, "call.answered", 4)
    made.hear(ONE, "call.completed", 4)
    assert summary(tmp_path, made).calls["completed"] == Calls(calls=1, measured=1, seconds_total=0.0, seconds_max=0.0)


def test_an_answer_without_its_time_is_in_no_mean(tmp_path: Path) -> None:
    made = world(ONE)
    made.start(ONE, "spring")
    made.accept(ONE)
    made.hear(ONE, "call.gathered", 3)
    made.hear(ONE, "call.completed", 9)
    assert summary(tmp_path, made).calls["completed"] == Calls(calls=1, measured=0, seconds_total=0.0, seconds_max=0.0)


def test_an_end_that_turns_out_to_be_another_is_counted_once(tmp_path: Path) -> None:
    made = world(ONE)
    made.start(ONE, "spring")
    made.accept(ONE)
    made.hear(ONE, "call.answered", 1)
    made.hear(ONE, "call.completed", 9)
    made.hear(ONE, "call.failed", 5)
    found = summary(tmp_path, made).calls
    assert (found["completed"].calls, found["completed"].seconds_total) == (0, 0.0)
    assert (found["failed"].calls, found["failed"].seconds_total) == (1, 4.0)
