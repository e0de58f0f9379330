"""Which number of a pool is next: the one that rested longest among those that may be used, and the same whenever it is asked again."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from msgspec.structs import replace

from domain.caller_pool import (
    NOT_USED,
    CallerChoice,
    CallerPool,
    CallerUse,
    caller_chosen,
    choose_caller,
    day_counted,
    day_ends_at,
    day_of,
    usable,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEST_A, TEST_B, TEST_C = "+15551230001", "+15551230002", "+15551230003"
NEW_YORK, LOS_ANGELES, TORONTO, BERLIN, MUNICH = (
    "+12125550100",
    "+13105550100",
    "+14165550100",
    "+4930123456",
    "+4989123456",
)


def chosen(pool: CallerPool, use: CallerUse, number: str = TEST_C, *before: str, now: datetime = NOON) -> CallerChoice:
    found = choose_caller(pool, use, number, before, now)
    assert found is not None
    return found


def test_each_number_has_its_turn_and_one_that_comes_back_waits_for_the_others_no_longer_than_they_for_it() -> None:
    pool, use, seen = CallerPool(numbers=(TEST_A, TEST_B)), NOT_USED, []
    for numbers in [(TEST_A, TEST_B)] * 3 + [(TEST_A,)] * 2 + [(TEST_A, TEST_B)] * 4:
        choice = chosen(CallerPool(numbers=numbers), use)
        seen.append(choice.number)
        use = choice.use_after
    assert seen == [TEST_A, TEST_B, TEST_A, TEST_A, TEST_A, TEST_B, TEST_A, TEST_B, TEST_A]
    assert (use.turns, use.day, pool.choose) == (9, date(2026, 3, 2), "round")


@pytest.mark.parametrize(
    ("choose", "number", "number_chosen", "why"),
    [
        ("area", "+12125559999", NEW_YORK, "area"),
        ("area", "+13235559999", LOS_ANGELES, "country"),
        ("area", "+16135550199", TORONTO, "country"),
        ("area", "+4930999999", BERLIN, "area"),
        ("area", "+4915112345678", BERLIN, "country"),
        ("area", "+33123456789", MUNICH, "round"),
        ("country", "+12125559999", LOS_ANGELES, "country"),
        ("country", "+4930999999", BERLIN, "country"),
        ("country", "+447911123456", MUNICH, "round"),
        ("round", "+12125559999", MUNICH, "round"),
    ],
)
def test_the_nearest_goes_before_the_one_that_rested_longest(
    choose: Any, number: str, number_chosen: str, why: str
) -> None:
    pool = CallerPool(numbers=(MUNICH, LOS_ANGELES, NEW_YORK, TORONTO, BERLIN), choose=choose)
    use = CallerUse(turns=1, day=NOON.date()).with_one_more(MUNICH) if number.startswith("+49") else NOT_USED
    found = chosen(pool, use, number)
    assert (found.number, found.why) == (number_chosen, why)


def test_who_was_called_before_is_called_from_the_same_number_as_long_as_it_may_be_used() -> None:
    pool = CallerPool(numbers=(TEST_A, TEST_B), choose="sticky", calls_a_day_max=2)
    first = chosen(pool, NOT_USED)
    assert (first.number, first.why) == (TEST_A, "round")
    again = chosen(pool, first.use_after, TEST_C, TEST_A)
    assert (again.number, again.why) == (TEST_A, "sticky")
    other = chosen(pool, again.use_after, TEST_C, TEST_A, TEST_A)
    assert (other.number, other.why) == (TEST_B, "round")
    tomorrow = chosen(pool, other.use_after, TEST_C, TEST_A, TEST_A, now=NOON + timedelta(days=1))
    assert (tomorrow.number, tomorrow.why) == (TEST_A, "sticky")
    assert chosen(CallerPool(numbers=(TEST_B,), choose="sticky"), NOT_USED, TEST_C, TEST_A).number == TEST_B


def test_the_day_is_that_of_the_pools_zone_also_where_clocks_are_put_forward() -> None:
    berlin = CallerPool(numbers=(TEST_A,), calls_a_day_max=1, zone="Europe/Berlin")
    late = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    assert (day_of(berlin, late), day_of(CallerPool(numbers=()), late)) == (date(2026, 3, 29), date(2026, 3, 28))
    assert day_ends_at(berlin, date(2026, 3, 29)) == datetime(2026, 3, 29, 22, tzinfo=UTC)  # a day of 23 hours
    assert day_ends_at(CallerPool(numbers=()), date(2026, 3, 28)) == datetime(2026, 3, 29, tzinfo=UTC)
    use = chosen(berlin, NOT_USED, now=late).use_after
    assert usable(berlin, use, late) == []
    assert choose_caller(berlin, use, TEST_C, (), late) is None
    assert usable(berlin, use, datetime(2026, 3, 29, 22, tzinfo=UTC)) == [TEST_A]


@pytest.mark.parametrize(
    ("zone", "other_zone"),
    [("Asia/Tokyo", "America/Los_Angeles"), ("Pacific/Kiritimati", "Etc/GMT+12"), ("Europe/Berlin", None)],
)
def test_a_zone_in_which_the_day_is_earlier_gives_no_calls_back(zone: str, other_zone: str | None) -> None:
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    before = CallerPool(numbers=(TEST_A,), calls_a_day_max=1, zone=zone)
    after = replace(before, zone=other_zone)
    use = chosen(before, NOT_USED, now=late).use_after
    assert day_of(after, late) < day_of(before, late)

    assert usable(after, use, late) == []
    assert day_counted(after, use, late) == day_of(before, late)
    assert usable(before, use, late) == []
    next_day = day_ends_at(after, day_of(before, late))
    assert usable(after, use, next_day - timedelta(seconds=1)) == []
    assert usable(after, use, next_day) == [TEST_A]


@pytest.mark.parametrize(("days", "is_counted_on"), [(0, True), (1, True), (2, True), (3, False), (9_000, False)])
def test_a_clock_that_was_ahead_and_is_set_back_gives_no_calls_back_and_holds_nothing_for_years(
    days: int, is_counted_on: bool
) -> None:
    pool = CallerPool(numbers=(TEST_A,), calls_a_day_max=1)
    use = chosen(pool, NOT_USED, now=NOON + timedelta(days=days)).use_after

    assert usable(pool, use, NOON) == ([] if is_counted_on else [TEST_A])
    assert usable(pool, use, NOON + timedelta(days=3)) == [TEST_A] * (days != 3)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=40))
def test_however_the_day_goes_back_and_forth_what_was_counted_on_the_latest_is_not_forgotten(
    days: list[tuple[int, int]],
) -> None:
    pool, use, latest = CallerPool(numbers=(TEST_A, TEST_B), calls_a_day_max=2), NOT_USED, -1
    counted: Counter[str] = Counter()
    for day, calls in days:
        for _ in range(calls):
            if day > latest:
                latest, counted = day, Counter()
            choice = choose_caller(pool, use, TEST_C, (), NOON + timedelta(days=day))
            assert (choice is None) == (counted.total() == 4)
            if choice is not None:
                counted[choice.number] += 1
                use = choice.use_after
    assert all(count <= 2 for count in counted.values())


@given(
    pool=st.builds(
        CallerPool,
        numbers=st.lists(st.sampled_from([TEST_A, TEST_B, NEW_YORK, LOS_ANGELES, BERLIN]), min_size=1, max_size=5).map(
            tuple
        ),
        choose=st.sampled_from(["round", "country", "area", "sticky"]),
        calls_a_day_max=st.none() | st.integers(1, 3),
        zone=st.sampled_from([None, "Europe/Berlin", "America/Los_Angeles"]),
    ),
    calls=st.lists(st.tuples(st.sampled_from([TEST_C, "+13105559999", "+4930999"]), st.integers(0, 36)), max_size=30),
)
def test_no_number_is_used_more_often_than_its_cap_and_a_choice_made_again_of_what_was_stored_is_the_same(
    pool: CallerPool, calls: list[tuple[str, int]]
) -> None:
    use, counted, hours = NOT_USED, Counter[tuple[str, date]](), 0
    before: dict[str, list[str]] = {}
    for number, later in calls:
        hours += later
        now = NOON + timedelta(hours=hours)
        choice = choose_caller(pool, use, number, before.get(number, ()), now)
        if choice is None:
            assert pool.calls_a_day_max is not None
            assert all(counted[one, day_of(pool, now)] == pool.calls_a_day_max for one in pool.numbers)
            continue
        stored = caller_chosen(Raw(msgspec.json.encode({"caller": choice})))
        assert stored == choice
        assert choose_caller(pool, stored.use, number, before.get(number, ()), now) == choice
        counted[choice.number, day_of(pool, now)] += 1
        before.setdefault(number, []).append(choice.number)
        use = choice.use_after
    assert not pool.calls_a_day_max or all(count <= pool.calls_a_day_max for count in counted.values())


def test_a_verdict_without_a_choice_or_that_cannot_be_read_has_none() -> None:
    assert caller_chosen(Raw(b'{"judged_at":"2026-03-02T12:00:00Z"}')) is None
    assert caller_chosen(Raw(b'{"caller":5}')) is None
