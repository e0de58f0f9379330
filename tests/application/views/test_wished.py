"""Whose wished time has come, but for those whom a campaign that goes first has yet to call."""

from pathlib import Path

import pytest

from application.views.wished import wished_now, wishes_counted
from domain.policy import Policy
from tests.application.views.test_reads import AUTUMN, ONE, SPRING, THREE, TWO, reading
from tests.projections.history import World
from tests.projections.kept_world import SECOND, stream_of

HELP = Policy(purpose="help")


def wishing(policy: Policy, *in_both: str) -> World:
    """Three who wished to be called by now, the first of them the longest ago; those `in_both` are in a campaign for help as well."""
    made = World()
    made.create(AUTUMN, HELP)
    made.create(SPRING, policy)
    for number in in_both:
        made.enroll(number, AUTUMN)
    for seconds, number in enumerate((ONE, TWO, THREE), start=1):
        made.enroll(number, SPRING)
        made.wish(number, SPRING, seconds, 3_600)
    for campaign_id in (AUTUMN, SPRING):
        made.change(campaign_id, "start")
    made.now += 60 * SECOND
    return made


@pytest.mark.parametrize(
    ("policy", "in_both", "called"),
    [
        (Policy(waits_for=("help",)), (ONE,), [TWO, THREE]),
        (Policy(waits_for=("help",)), (ONE, TWO), [THREE]),
        (Policy(waits_for=("other", "help")), (ONE, TWO, THREE), []),
        (Policy(waits_for=("other",)), (ONE, TWO), [ONE, TWO, THREE]),
        (Policy(), (ONE,), [ONE, TWO, THREE]),
    ],
)
def test_whom_a_campaign_that_goes_first_has_yet_to_call_is_left_out(
    tmp_path: Path, policy: Policy, in_both: tuple[str, ...], called: list[str]
) -> None:
    made = wishing(policy, *in_both)
    with reading(tmp_path, made.ledger) as reads:
        assert wished_now(reads, SPRING, made.now, 10).streams == [stream_of(number) for number in called]


def test_they_take_nobodys_place_among_those_who_are_read(tmp_path: Path) -> None:
    made = wishing(Policy(waits_for=("help",)), ONE, TWO)
    with reading(tmp_path, made.ledger) as reads:
        assert wished_now(reads, SPRING, made.now, 1).streams == [stream_of(THREE)]


def test_a_campaign_that_is_paused_is_waited_for_a_day(tmp_path: Path) -> None:
    made = wishing(Policy(waits_for=("help",)), ONE)
    made.change(AUTUMN, "pause")
    with reading(tmp_path, made.ledger) as reads:
        seen = [len(wished_now(reads, SPRING, made.now + hours * 3_600 * SECOND, 10).streams) for hours in (0, 23, 25)]
    assert seen == [2, 2, 3]


@pytest.mark.parametrize(("hours", "called"), [(2, [TWO, THREE]), (30, [ONE, TWO, THREE]), (7_200, [ONE, TWO, THREE])])
def test_a_later_wish_in_the_campaign_that_goes_first_is_waited_for_a_day(
    tmp_path: Path, hours: int, called: list[str]
) -> None:
    made = wishing(Policy(waits_for=("help",)), ONE)
    made.wish(ONE, AUTUMN, hours * 3_600, 60)
    with reading(tmp_path, made.ledger) as reads:
        assert wished_now(reads, SPRING, made.now, 10).streams == [stream_of(number) for number in called]


def test_those_that_are_open_and_those_that_are_due_are_counted_over_all_campaigns(tmp_path: Path) -> None:
    made = wishing(Policy(), ONE, TWO)
    made.wish(ONE, AUTUMN, 7_200, 60)
    with reading(tmp_path, made.ledger) as reads:
        assert wishes_counted(reads, made.now)[:2] == (4, 3)
        assert wishes_counted(reads, made.now + 10_000 * SECOND)[:2] == (4, 4)
