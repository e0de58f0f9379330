"""The judge on how a campaign begins: a canary's calls, and a pace that grows."""

from pathlib import Path

import pytest

from tests.simulation.made_days import MadeDay, plan


def started(day: MadeDay, **said: object) -> None:
    """How the campaign was started."""
    next(one for one in day.feed if one["event"] == "campaign.started")["body"].update(said)


@pytest.mark.parametrize(("most", "broken"), [(None, set[str]()), (2, set[str]()), (1, {"canary"})])
def test_a_canary_s_calls(tmp_path: Path, most: int | None, broken: set[str]) -> None:
    day = MadeDay(people=2)
    started(day, canary=most)
    for nth in (1, 2):
        day.now += 2
        day.call(nth, f"a{nth}", f"c{nth}")

    assert day.judged(tmp_path) == broken


@pytest.mark.parametrize(("cause", "broken"), [("canary", set[str]()), ("operator", {"canary"})])
def test_who_resumes_after_a_canary_has_seen_it_and_any_other_pause_leaves_its_bound(
    tmp_path: Path, cause: str, broken: set[str]
) -> None:
    day = MadeDay(people=2)
    started(day, canary=1)
    day.call()
    day.tell("campaign:spring", "campaign.paused", cause=cause)
    day.tell("campaign:spring", "campaign.resumed")
    day.now += 2
    day.call(2, "a2", "c2")

    assert day.judged(tmp_path) == broken


def test_what_was_refused_is_no_call_of_a_canary(tmp_path: Path) -> None:
    day = MadeDay(people=2)
    started(day, canary=1)
    day.send(day.begin(), status=429, call=None)
    day.settle("refused", status=429, code="cps_limit_reached", body="", concerns="account", counts=False)
    day.now += 2
    day.call(2, "a2", "c2")

    assert day.judged(tmp_path) == set()


@pytest.mark.parametrize(("seconds", "broken"), [(100, set[str]()), (1_000, {"pace"})])
def test_a_pace_that_grows(tmp_path: Path, seconds: int, broken: set[str]) -> None:
    ramp = {"calls_per_second_start": 1.0, "seconds": seconds}
    day = MadeDay({**plan(ramp=ramp), "limits": {"calls_per_second": 3.0, "calls_at_once": 10}}, people=2)
    day.now = 100.0  # with 100 s it is 3 a second by now, with 1000 s 1.2
    for nth in (1, 2):
        day.now += 0.4
        day.call(nth, f"a{nth}", f"c{nth}")

    assert day.judged(tmp_path) == broken
