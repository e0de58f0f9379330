"""Slots counted as if each were looked at, and without doing so."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from projections.in_flight.held_slots import SLOT_HELD_MAX, HeldSlots

NOON = datetime(2026, 5, 29, 12, tzinfo=UTC)
instants = st.integers(-5, 5).map(lambda quarters: NOON + quarters * SLOT_HELD_MAX / 4)
moves = st.lists(st.tuples(st.sampled_from("abcd"), st.one_of(st.none(), instants)), max_size=20)


@given(moves, instants)
def test_in_whatever_order_slots_are_taken_and_given_back_and_whatever_the_clock_says(
    done: list[tuple[str, datetime | None]], now: datetime
) -> None:
    slots, plain = HeldSlots(), dict[str, datetime]()
    for attempt_id, since in done:
        if since is None:
            slots.give_back(attempt_id)
            plain.pop(attempt_id, None)
        else:
            slots.take(attempt_id, since)
            plain[attempt_id] = since
    held = {attempt_id for attempt_id, since in plain.items() if now - since < SLOT_HELD_MAX}
    assert (len(slots), slots.count(now)) == (len(plain), len(held))
    assert {attempt_id for attempt_id in "abcd" if slots.counts(attempt_id, now)} == held


class Instant(datetime):
    """Counts how often it is compared."""

    compared = 0

    def __lt__(self, other: datetime) -> bool:  # type: ignore[override]
        Instant.compared += 1
        return super().__lt__(other)


def test_a_count_of_many_looks_at_few() -> None:
    slots = HeldSlots()
    for n in range(10_000):
        slots.take(str(n), NOON + timedelta(milliseconds=n))
    Instant.compared = 0
    assert slots.count(Instant(2026, 5, 29, 14, 0, 5, tzinfo=UTC)) == 10_000 - 5_001
    assert 0 < Instant.compared <= 20
