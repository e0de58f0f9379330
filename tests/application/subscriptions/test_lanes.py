"""The order in which letters leave: one after the other in each lane, whatever fails."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from adapters.outbox_rows import Letter
from application.subscriptions.lanes import Lanes

NOON = datetime(2026, 5, 29, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def letter(position: int, lane: str = "a", next_at: datetime | None = None) -> Letter:
    return Letter(position=position, nth=0, lane=lane, next_at=next_at)


def lanes_of(*letters: Letter) -> Lanes:
    lanes = Lanes()
    for one in letters:
        lanes.add(one)
    return lanes


def test_only_the_first_of_a_lane_leaves_and_lanes_do_not_wait_for_each_other() -> None:
    first, second, other = letter(1), letter(2), letter(3, "b")
    lanes = lanes_of(first, second, other)
    assert [lanes.take(NOON), lanes.take(NOON), lanes.take(NOON)] == [first, other, None]
    lanes.settle(first)
    assert lanes.is_ready
    assert lanes.take(NOON) == second
    lanes.settle(second)
    lanes.settle(other)
    assert (len(lanes), list(lanes), lanes.is_ready, lanes.next_at) == (0, [], False, None)


def test_of_lanes_that_are_rather_not_asked_one_is_taken_where_no_other_is_due() -> None:
    first, second, other = letter(1), letter(2, "b"), letter(3, "c")
    lanes = lanes_of(first, second, other)
    assert [lanes.take(NOON, {"a", "b"}) for _ in range(4)] == [other, first, second, None]


def test_what_failed_waits_for_its_time_and_its_lane_with_it() -> None:
    first, second = letter(1), letter(2)
    lanes = lanes_of(first, second)
    assert lanes.take(NOON) == first
    first.next_at = NOON + MINUTE
    lanes.put_off(first)
    assert (lanes.take(NOON), lanes.next_at) == (None, NOON + MINUTE)
    assert list(lanes.lane("a")) == [first, second]
    assert lanes.take(NOON + MINUTE) == first


def test_what_waited_for_its_time_goes_before_what_was_never_tried() -> None:
    new, again, later = letter(1, "a"), letter(2, "b", NOON), letter(3, "c", NOON + MINUTE)
    lanes = lanes_of(new, again, later)
    assert [lanes.take(NOON), lanes.take(NOON), lanes.take(NOON)] == [again, new, None]


@given(
    letters=st.lists(st.sampled_from("abc"), max_size=20),
    outcomes=st.lists(st.sampled_from(["taken", "failed", "given up"]), max_size=60),
    at_once=st.integers(1, 8),
    chance=st.randoms(use_true_random=False),
)
def test_each_leaves_at_least_once_and_those_of_a_lane_in_order_whatever_fails(
    letters: list[str], outcomes: list[str], at_once: int, chance: object
) -> None:
    lanes = lanes_of(*(letter(position, lane) for position, lane in enumerate(letters, 1)))
    now, left = NOON, defaultdict(list)
    on_the_way: list[Letter] = []
    while len(lanes):
        while len(on_the_way) < at_once and (taken := lanes.take(now)) is not None:
            on_the_way.append(taken)
            left[taken.lane].append(taken.position)
        assert len({one.lane for one in on_the_way}) == len(on_the_way)
        if not on_the_way:
            assert lanes.next_at is not None
            now = lanes.next_at
            continue
        answered = on_the_way.pop(chance.randrange(len(on_the_way)))  # type: ignore[attr-defined]
        if outcomes and outcomes.pop() == "failed":
            answered.next_at = now + chance.randrange(1, 9) * MINUTE  # type: ignore[attr-defined]
            lanes.put_off(answered)
        else:
            lanes.settle(answered)
    for lane in "abc":
        positions = [position for position, known in enumerate(letters, 1) if known == lane]
        assert left[lane] == sorted(left[lane])
        assert sorted(set(left[lane])) == positions
