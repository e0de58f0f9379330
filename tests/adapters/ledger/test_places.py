"""Which place goes with an instant, beside a plain look at every event."""

from collections.abc import Container
from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adapters.event_mapper import Stamp
from adapters.ledger.ledger_time import LedgerTime
from adapters.ledger.places import position_at
from domain.account import AccountResumed
from domain.events import Recorded
from tests.adapters.ledger.stage import T0
from tests.projections.feed_ledger import FeedLedger

SECOND = timedelta(seconds=1)


class Session:
    """As far as the time of a commit hangs on it."""

    clock_is_ours = True

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        """What the clock says."""
        return self._now


def recorded_by(readings: list[datetime], acknowledging: Container[int] = ()) -> FeedLedger:
    """A ledger with one event a commit, by a clock that said this; those at some places acknowledge what it had said."""
    time, ledger = LedgerTime(None), FeedLedger()
    for place, reading in enumerate(readings, start=1):
        event = AccountResumed(acknowledged_position=place - 1 if place in acknowledging else None)
        stamp: Stamp = time.commit(Session(reading), lambda: T0).after([event]).stamp  # type: ignore[arg-type]
        time.take(stamp)
        ledger.add(
            Recorded(
                position=place,
                event_id=str(place),
                stream="account:f",
                version=place,
                recorded_at=stamp.recorded_at,
                metadata={},
                event=event,
                clock_at=stamp.clock_at,
                passed_at=stamp.passed_at,
            )
        )
    return ledger


@given(steps=st.lists(st.integers(1, 100), max_size=30), asked=st.integers(-10, 3_000))
def test_of_a_clock_that_was_never_set_back_it_is_the_last_one_recorded_by_then(steps: list[int], asked: int) -> None:
    readings = [T0 + SECOND * sum(steps[: n + 1]) for n in range(len(steps))]
    instant, now = T0 + SECOND * asked, T0 + SECOND * sum(steps)
    expected = sum(reading <= instant for reading in readings)
    assert position_at(recorded_by(readings).read_feed, len(steps), instant, now) == expected


def test_of_a_clock_that_stands_still_each_event_has_an_instant_of_its_own() -> None:
    ledger = recorded_by([T0] * 5)
    assert [position_at(ledger.read_feed, 5, one.recorded_at, T0) for one in ledger.feed] == [1, 2, 3, 4, 5]


@given(
    before=st.lists(st.integers(1, 100), min_size=1, max_size=20),
    ahead=st.lists(st.integers(1, 100), min_size=1, max_size=20),
    after=st.lists(st.integers(1, 100), min_size=1, max_size=20),
    by=st.sampled_from([3_600, 86_400, 31_536_000]),
    asked=st.integers(-10, 4_000),
)
def test_of_one_that_was_ahead_what_it_said_since_goes_before_what_was_recorded(
    before: list[int], ahead: list[int], after: list[int], by: int, asked: int
) -> None:
    true = [T0 + SECOND * sum((before + ahead + after)[: n + 1]) for n in range(len(before + ahead + after))]
    readings = [at + SECOND * by if len(before) <= n < len(before + ahead) else at for n, at in enumerate(true)]
    instant, now = T0 + SECOND * asked, true[-1]
    assume(instant != max(readings))
    right = sum(at <= instant for at in true)
    # What was recorded by the wrong clock counts as known once something was recorded after it.
    expected = right if not len(before) < right <= len(before + ahead) else len(before)
    assert position_at(recorded_by(readings).read_feed, len(true), instant, now) == expected


@pytest.mark.parametrize("by", [timedelta(seconds=9), timedelta(hours=2), timedelta(days=365)], ids=str)
def test_before_anything_is_recorded_by_the_clock_that_is_right_now_is_the_end(by: timedelta) -> None:
    ledger = recorded_by([T0 + by, T0 + by + SECOND])
    for just_now in (T0, T0 - SECOND, T0 + timedelta(days=1)):
        assert position_at(ledger.read_feed, 2, just_now, T0) == (2 if just_now >= T0 - 5 * SECOND else 0)
    assert position_at(ledger.read_feed, 2, T0 - timedelta(hours=1), T0) == 0


@given(
    before=st.lists(st.integers(1, 100), min_size=1, max_size=20),
    ahead=st.lists(st.integers(1, 100), min_size=1, max_size=20),
    after=st.lists(st.integers(1, 100), min_size=1, max_size=40),
    by=st.sampled_from([60, 500, 3_600, 86_400]),
    asked=st.integers(-10, 8_000),
    later=st.sampled_from([0, 100, 10_000, 1_000_000]),
)
def test_what_was_acknowledged_was_learned_by_then_whatever_the_clock_has_come_to_since(
    before: list[int], ahead: list[int], after: list[int], by: int, asked: int, later: int
) -> None:
    true = [T0 + SECOND * sum((before + ahead + after)[: n + 1]) for n in range(len(before + ahead + after))]
    said = len(before + ahead)
    readings = [at + SECOND * by if len(before) <= n < said else at for n, at in enumerate(true)]
    ledger = recorded_by(readings, acknowledging={said + 1})
    acknowledged = [one.set_right for one in ledger.feed if one.set_right is not None]
    instant = T0 + SECOND * asked

    found = position_at(ledger.read_feed, len(true), instant, true[-1] + SECOND * later, acknowledged)

    if instant >= true[said]:
        assert found == sum(at <= instant for at in true)
    else:
        # Within the stretch nothing says better when each was learned.
        assert found == sum(at <= instant for at in readings[:said])


def test_as_of_an_instant_before_the_first_of_two_acknowledgements() -> None:
    minutes = [
        0,
        10,
        400,
        11,
        12,
        500,
        13,
        14,
        700,
    ]  # the third and the sixth are ahead; so was the clock at the first word
    ledger = recorded_by([T0 + timedelta(minutes=one) for one in minutes], acknowledging={4, 7})
    acknowledged = [one.set_right for one in ledger.feed if one.set_right is not None]
    now = T0 + timedelta(minutes=700)
    expected = {9: 1, 10: 2, 10.5: 2, 11: 4, 12: 5, 12.5: 5, 13: 7, 14: 8, 450: 8, 600: 8, 700: 9, 800: 9}
    found = {m: position_at(ledger.read_feed, 9, T0 + timedelta(minutes=m), now, acknowledged) for m in expected}
    assert found == expected
