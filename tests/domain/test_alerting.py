"""Once while it lasts, and once more when it is over."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.alerting import OVER_AFTER, RAISED_AFTER, Alert, AlertChange, Condition, looked

NOON = datetime(2026, 5, 29, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)


def condition(key: str = "account", says: str = "nobody is called") -> Condition:
    return Condition(
        key=key, need=key.partition(":")[0], campaign_id=None, since=None, says=says, what_to_do="add balance"
    )


class Looks:
    """Looks, one after the other, and what was told."""

    def __init__(self) -> None:
        self.known: dict[str, Alert] = {}
        self.told: list[tuple[str, str, datetime]] = []

    def at(self, now: datetime, *seen: Condition, unknown: Sequence[str] = ()) -> list[AlertChange]:
        self.known, changes = looked(self.known, seen, unknown, now)
        self.told += [(change.kind, change.alert.condition.key, now) for change in changes]
        return changes


def test_it_is_raised_once_it_has_held_for_its_time_and_is_over_once_it_is_gone_for_its_own() -> None:
    looks = Looks()
    assert looks.at(NOON, condition()) == []
    assert looks.at(NOON + RAISED_AFTER - TICK, condition()) == []
    (raised,) = looks.at(NOON + RAISED_AFTER, condition())
    assert (raised.kind, raised.alert.since) == ("raised", NOON)
    assert looks.at(NOON + timedelta(hours=9), condition(says="nobody is called, still")) == []
    gone_at = NOON + timedelta(hours=10)
    assert looks.at(gone_at) == []
    assert looks.at(gone_at + OVER_AFTER - TICK) == []
    (over,) = looks.at(gone_at + OVER_AFTER)
    assert (over.kind, over.alert.gone_at, over.alert.over_at) == ("over", gone_at, gone_at + OVER_AFTER)
    assert over.alert.condition.says == "nobody is called, still"
    assert looks.known == {}
    assert looks.at(gone_at + timedelta(days=1)) == []


def test_what_comes_and_goes_faster_is_told_at_most_once() -> None:
    looks = Looks()
    for second in range(0, 3_600, 20):
        looks.at(NOON + second * SECOND, *([condition()] if second % 40 else []))
    assert looks.told == []
    looks.at(NOON + timedelta(hours=2), condition())
    looks.at(NOON + timedelta(hours=2) + RAISED_AFTER, condition())
    for second in range(0, 3_600, 20):
        looks.at(NOON + timedelta(hours=3) + second * SECOND, *([condition()] if second % 40 else []))
    assert [kind for kind, _, _ in looks.told] == ["raised"]


def test_what_is_not_known_is_neither_raised_nor_over() -> None:
    looks = Looks()
    looks.at(NOON, condition())
    looks.at(NOON + RAISED_AFTER, unknown=["account"])
    (raised,) = looks.at(NOON + RAISED_AFTER + SECOND, condition())
    assert raised.kind == "raised"
    for hour in range(1, 9):
        assert looks.at(NOON + timedelta(hours=hour), unknown=["account"]) == []
    assert looks.at(NOON + timedelta(hours=9), unknown=["silence"]) == []
    (over,) = looks.at(NOON + timedelta(hours=9) + OVER_AFTER)
    assert over.kind == "over"


def test_alerts_do_not_know_of_each_other_and_a_clock_that_is_set_back_keeps_nobody_waiting() -> None:
    looks = Looks()
    looks.at(NOON, condition("budget:few:calls"))
    looks.at(NOON - timedelta(hours=5), condition("budget:few:calls"), condition("account"))
    changes = looks.at(NOON - timedelta(hours=5) + RAISED_AFTER, condition("budget:few:calls"), condition("account"))
    assert [change.alert.condition.key for change in changes] == ["budget:few:calls", "account"]


@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from(["holds", "gone", "unknown"])), max_size=60))
def test_for_every_course_raised_and_over_take_turns_and_each_has_waited(steps: list[tuple[int, str]]) -> None:
    looks, now = Looks(), NOON
    holds_since: datetime | None = None
    for seconds, what in steps:
        now += seconds * SECOND
        before = len(looks.told)
        looks.at(now, *([condition()] if what == "holds" else []), unknown=["account"] if what == "unknown" else [])
        if what == "holds":
            holds_since = holds_since or now
        elif what == "gone":
            holds_since = None
        for kind, _, at in looks.told[before:]:
            assert what == ("holds" if kind == "raised" else "gone")
            if kind == "raised":
                assert holds_since is not None
                assert at - holds_since >= RAISED_AFTER
    kinds = [kind for kind, _, _ in looks.told]
    assert kinds == [("raised", "over")[place % 2] for place in range(len(kinds))]
