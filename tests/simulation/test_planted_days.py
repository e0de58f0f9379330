"""Worlds for planted bugs: a good day but for what is asked, and written down as the judge reads it."""

import json
from pathlib import Path

from tests.simulation.judge.day import Day
from tests.simulation.judge.person import person_of
from tests.simulation.plan import Act
from tests.simulation.planted_days import world_of, written
from tests.simulation.planting import planted_bugs
from tests.simulation.world import Played


def test_a_world_is_a_good_day_but_for_what_is_asked() -> None:
    asked = {
        "people": 4,
        "zones": ["UTC", "Asia/Tokyo"],
        "habits": {"slow": 1.0},
        "faults": [["kill", 12, 0.1]],
        "seconds": 60,
    }

    plan = world_of(1, asked)

    assert [zone for _, zone in plan.people] == ["UTC", "Asia/Tokyo", "UTC", "Asia/Tokyo"]
    assert (plan.habits.slow, plan.habits.silent, plan.seconds) == (1.0, 0.0, 60)
    assert plan.faults == [Act(at=12.0, what="kill", value=0.1)]
    assert plan.acts == []
    assert world_of(1, asked) == plan


def test_a_world_may_have_a_canary_agents_and_people_of_two_spellings() -> None:
    plan = world_of(1, {"canary": 2, "agents_free": 3, "spelled_twice": 2})

    assert (plan.canary, plan.agents_free) == (2, 3)
    assert [person_of(number) for number, _ in plan.people] == [f"+4477009001{end}" for end in (23, 23, 24, 24)]
    assert len({number for number, _ in plan.people}) == 4


def test_each_planted_bug_asks_for_a_world_that_there_can_be() -> None:
    for bug in planted_bugs():
        assert world_of(1, bug.world).people, bug.name


def test_what_is_written_down_says_when_a_request_left_at_the_earliest_and_when_the_day_ended(tmp_path: Path) -> None:
    request = {
        "at": "2026-03-02T12:00:01.000000Z",
        "what": "request",
        "method": "POST",
        "path": "/v1/calls",
        "body": {},
    }
    played = Played(seed=1, journal=json.dumps(request) + "\n")

    written(world_of(1, {"seconds": 60}), played, tmp_path)

    day = Day(tmp_path)
    assert [f"{one.left_at:%S.%f}" for one in day.last.requests] == ["00.990000"]
    assert (day.lines[-1].what, f"{day.ends_at:%H:%M}") == ("end", "14:01")
