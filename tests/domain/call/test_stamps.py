"""A provider's time is a claim: one that cannot be counts for nothing, whatever it is about."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.call import INITIAL, PROVIDER_SKEW_MAX, CallClaimed, CallEvent, CallState, ReportEvent, evolve
from domain.call.stamps import TIMES_KEPT_MAX, Stamps, can_be
from tests.domain.given import at, report
from tests.examples import examples

A_TICK = timedelta(microseconds=1)
LEARNED = at(100)


@pytest.mark.parametrize(
    ("said", "believed"),
    [
        (LEARNED, True),
        (LEARNED + PROVIDER_SKEW_MAX, True),
        (LEARNED + PROVIDER_SKEW_MAX + A_TICK, False),
        (LEARNED + timedelta(hours=2), False),
        (datetime(2036, 1, 1, tzinfo=UTC), False),
        (datetime.max.replace(tzinfo=UTC), False),
        (datetime(2000, 1, 1, tzinfo=UTC), True),
        (datetime(2000, 1, 1, tzinfo=UTC) - A_TICK, False),
        (datetime(1970, 1, 1, tzinfo=UTC), False),
        (datetime.min.replace(tzinfo=UTC), False),
    ],
)
def test_a_time_is_believed_from_2000_on_until_we_learned_it_and_the_skew_more(said: datetime, believed: bool) -> None:
    assert can_be(said, LEARNED) is believed


def test_nothing_of_the_22nd_century_is_believed_even_then() -> None:
    assert not can_be(datetime(2100, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC))


def test_of_very_many_times_the_first_ones_are_kept_in_whatever_order_they_come() -> None:
    times = [at(seconds) for seconds in range(2 * TIMES_KEPT_MAX)]
    forth, back = Stamps(), Stamps()
    for one, other in zip(times, reversed(times), strict=True):
        forth, back = forth.joined(one), back.joined(other)

    assert forth == back == Stamps(tuple(times[:TIMES_KEPT_MAX]))
    assert (forth.first(None), forth.first(at(3.5)), forth.first(at(1_000)), Stamps().first(None)) == (
        at(0),
        at(4),
        None,
        None,
    )


def claimed_by_an_attempt_of(started_at: datetime | None) -> CallClaimed:
    return CallClaimed(
        attempt_id="a1", campaign_id="spring", recipient="9f86d081", how="response", attempt_started_at=started_at
    )


def said_at(name: str, said: datetime) -> ReportEvent:
    return replace(report(name, 5), occurred_at=said)


def after(*events: CallEvent) -> CallState:
    history = INITIAL
    for event in events:
        history = evolve(history, event, LEARNED)
    return history.state


ODD = [
    datetime(2036, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    at(2 * 3_600),
    at(-2 * 3_600),
]


@pytest.mark.parametrize("said", ODD)
def test_an_odd_time_of_anything_is_no_time_of_it(said: datetime) -> None:
    claim = claimed_by_an_attempt_of(at(1))
    for order in permutations([said_at("call.answered", said), said_at("call.failed", said), claim]):
        state = after(*order)

        assert (state.answered_at, state.ended_at, state.is_clock_odd) == (None, None, True)
        assert (state.reached, state.outcome, state.end_learned_at) == (True, "failed", LEARNED)


@pytest.mark.parametrize("said", ODD)
def test_an_odd_time_wins_against_none_that_can_be(said: datetime) -> None:
    odd = [said_at("call.created", said), said_at("call.answered", said), said_at("call.completed", said)]
    good = [report("call.created", 1), report("call.answered", 5, note="x"), report("call.failed", 9)]
    claim = claimed_by_an_attempt_of(at(1))
    for first, second in [(odd, good), (good, odd)]:
        state = after(*first, claim, *second)

        assert (state.created_at, state.answered_at, state.ended_at) == (at(1), at(5), at(9))
        assert (state.outcome, state.step) == ("failed", "call.answered")


def test_what_happened_before_the_call_was_created_cannot_be() -> None:
    created, early = report("call.created", 70), report("call.failed", 9)

    for order in permutations([created, early]):
        assert (after(*order).ended_at, after(*order).is_clock_odd) == (None, True)
    assert (after(report("call.created", 69), early).ended_at, after(early).ended_at) == (at(9), at(9))


def test_a_claim_that_does_not_say_when_its_attempt_began_puts_no_time_in_doubt() -> None:
    state = after(claimed_by_an_attempt_of(None), report("call.created", -3_600), report("call.failed", -3_500))

    assert (state.created_at, state.ended_at, state.is_clock_odd) == (at(-3_600), at(-3_500), False)


REPORTS = st.builds(
    said_at,
    st.sampled_from(["call.created", "call.answered", "call.gathered", "call.completed", "call.failed"]),
    st.sampled_from([*ODD, at(0), at(5), at(70), at(99)]),
)
EVENTS = st.lists(st.one_of(REPORTS, st.sampled_from([claimed_by_an_attempt_of(at(1)), claimed_by_an_attempt_of(at(80))])))  # fmt: skip


@settings(max_examples=examples(300))
@given(EVENTS, st.data())
def test_what_is_believed_does_not_hang_on_the_order(events: list[CallEvent], data: st.DataObject) -> None:
    one, other = after(*events), after(*data.draw(st.permutations(events)))

    assert other == one
    shown = ("created_at", "answered_at", "ended_at", "outcome", "step", "is_clock_odd", "terminal")
    assert [getattr(other, name) for name in shown] == [getattr(one, name) for name in shown]
