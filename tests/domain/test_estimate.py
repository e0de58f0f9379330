from datetime import UTC, datetime, timedelta

from domain.estimate import PeopleWaiting, estimated_ends
from domain.policy import WEEKDAYS, Policy, Window

NOON = datetime(2026, 5, 29, 12, 0, tzinfo=UTC)
BERLIN, NEW_YORK, TOKYO = "Europe/Berlin", "America/New_York", "Asia/Tokyo"
DAYTIME = dict.fromkeys(WEEKDAYS, (Window(9 * 60, 20 * 60),))


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def now(people: int) -> list[PeopleWaiting]:
    return [PeopleWaiting(NOON, people)]


def test_those_who_may_be_called_at_any_hour_share_the_pace() -> None:
    assert estimated_ends({"": now(10)}, Policy(), 2.0, NOON) == {"": at(5)}
    assert estimated_ends({BERLIN: now(30), TOKYO: now(10)}, Policy(), 2.0, NOON) == {BERLIN: at(20), TOKYO: at(20)}
    assert estimated_ends({}, Policy(), 2.0, NOON) == {}


def test_a_zone_waits_for_its_hours_and_then_has_the_pace_for_itself() -> None:
    ends = estimated_ends({BERLIN: now(60), NEW_YORK: now(60), TOKYO: now(60)}, Policy(hours=DAYTIME), 1.0, NOON)

    assert ends == {
        BERLIN: at(60),
        NEW_YORK: datetime(2026, 5, 29, 13, 1, tzinfo=UTC),
        TOKYO: datetime(2026, 5, 30, 0, 1, tzinfo=UTC),
    }


def test_those_who_come_later_are_called_from_then_on() -> None:
    waiting = {BERLIN: [PeopleWaiting(NOON, 10), PeopleWaiting(at(7_200), 10)]}

    assert estimated_ends(waiting, Policy(), 1.0, NOON) == {BERLIN: at(7_210)}


def test_more_than_a_day_can_take_goes_on_the_next_day() -> None:
    ends = estimated_ends({BERLIN: now(7 * 3_600)}, Policy(hours=DAYTIME), 1.0, NOON)

    assert ends == {BERLIN: datetime(2026, 5, 30, 8, 0, tzinfo=UTC)}


def test_who_is_not_called_before_the_campaigns_end_has_none() -> None:
    over_soon = Policy(ends_at=at(10))
    assert estimated_ends({BERLIN: now(10)}, over_soon, 1.0, NOON) == {BERLIN: at(10)}
    assert estimated_ends({BERLIN: now(11)}, over_soon, 1.0, NOON) == {BERLIN: None}


def test_without_a_common_hour_there_is_no_end() -> None:
    both = "Asia/Tokyo|America/New_York"
    assert estimated_ends({both: now(1)}, Policy(hours=dict.fromkeys(WEEKDAYS, (Window(600, 660),))), 1.0, NOON) == {
        both: None
    }
