"""The account keeps its limits for all campaigns together, and finds out those that nobody told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import fairness
from domain.fairness import Turns
from domain.pacing import (
    AccountLimits,
    AccountPace,
    Limit,
    Pace,
    accepted,
    account_released,
    account_sent,
    account_written,
    begun,
    call_ended,
    refused,
    sent,
    troubled,
)
from tests.domain.pacing.provider import Provider, dial
from tests.domain.pacing.test_pace import DELAYS, JITTERS, LIMITS, keeps, most_in_one_second
from tests.examples import examples

ACCOUNT = AccountLimits()
HAPPENINGS = st.sampled_from(
    ["released"] * 3 + ["written"] * 3 + ["calls_per_second", "calls_at_once", "trouble", "ended", "restart"]
)


def set_to(per_second: float) -> AccountPace:
    """An account whose calls per second were set."""
    return begun(AccountLimits(calls_per_second=per_second), None, None, ())


def after_refusal(account: AccountPace, limit: Limit, now: float, **more: float) -> AccountPace:
    """The account after a request that left a moment ago was refused."""
    return refused(
        account, limit, sent_at=now, now=now, chance=0.5, calls_under_way=7, retry_after_seconds=None, **more
    )


@settings(max_examples=examples(300))
@given(LIMITS, st.lists(st.tuples(HAPPENINGS, DELAYS, JITTERS), min_size=1, max_size=120))
def test_a_limit_that_was_set_holds_in_any_second_whatever_happens(
    limit: float, happenings: list[tuple[str, float, float]]
) -> None:
    account, now, going, left, arrived = set_to(limit), 1_000.0, 0, list[float](), list[float]()
    for happening, delay, jitter in happenings:
        now += delay
        match happening:
            case "released":
                now += account.wait_seconds(now)
                if account.wait_seconds(now) <= 0:
                    account, going = account_released(account, now), going + 1
            case "written" if going:
                account, going = accepted(account_written(account, now), now, 1), going - 1
                left.append(now)
                arrived.append(now + jitter)
            case "calls_per_second" | "calls_at_once":
                at = account.taken[-1] if account.taken else now
                account = refused(account, happening, sent_at=at, now=now, chance=jitter * 20, calls_under_way=3)
            case "trouble":
                account = troubled(account, now)
            case "ended":
                account = call_ended(account, now)
            case "restart":
                left, arrived, going = left + [now] * going, arrived + [now] * going, 0
                account = begun(AccountLimits(calls_per_second=limit), account.per_second.proven, None, left)
            case _:
                pass

    assert keeps(limit, left)
    assert keeps(limit, arrived)


@settings(max_examples=examples(150))
@given(
    st.integers(1, 30),
    st.dictionaries(st.sampled_from("abcd"), st.tuples(st.integers(1, 30), st.floats(0.2, 5)), min_size=1),
    st.lists(DELAYS, min_size=1, max_size=150),
)
def test_campaigns_together_keep_the_accounts_limit_and_each_its_own(
    limit: int, campaigns: dict[str, tuple[int, float]], delays: list[float]
) -> None:
    account, turns, now = set_to(limit), Turns(), 50.0
    paces = {name: Pace(calls_per_second=own) for name, (own, _) in campaigns.items()}
    left = {name: list[float]() for name in campaigns}
    for delay in delays:
        now += max(account.wait_seconds(now), min(pace.wait_seconds(now) for pace in paces.values())) + delay
        ready = [name for name, pace in paces.items() if pace.wait_seconds(now) <= 0]
        if not ready or account.wait_seconds(now) > 0:
            continue
        chosen = turns.next_of(ready)
        turns = fairness.taken(turns, chosen, campaigns[chosen][1])
        paces[chosen], account = sent(paces[chosen], now), account_sent(account, now)
        left[chosen].append(now)

    assert most_in_one_second([at for times in left.values() for at in times]) <= limit
    assert all(most_in_one_second(times) <= campaigns[name][0] for name, times in left.items())


@pytest.mark.no_cover  # many times the same
@pytest.mark.parametrize(
    ("hidden", "asked"),
    [(1, 50.0), (2, 10.0), (3, 1.5), (5, 1.5), (10, 1.5), (10, 10.0), (30, 10.0), (50, 20.0), (100, 3.0), (300, 3.0)],
)
def test_a_hidden_pace_is_found_and_kept_within_a_tenth_below(hidden: int, asked: float) -> None:
    done = dial(Provider(hidden), 60, asked=hidden * asked)
    rates = [done.rate(at, at + 20) / hidden for at in range(20, 50, 10)]

    assert min(rates) >= 0.9
    assert most_in_one_second(done.taken) <= hidden
    assert sum(at > 20 for at in done.refused) <= 0.005 * len(done.taken) + 3


@settings(max_examples=examples(25), deadline=None)
@given(
    st.integers(2, 60),
    st.floats(1.2, 20),
    st.floats(0.001, 0.05),
    st.floats(0.005, 0.4),
    st.integers(0, 1_000),
)
def test_a_hidden_pace_is_found_however_far_away_the_provider_is(
    hidden: int, asked: float, travel: float, answer: float, seed: int
) -> None:
    done = dial(
        Provider(hidden), 90, asked=hidden * asked, travel=(travel, travel + 0.02), answer_seconds=answer, seed=seed
    )

    assert done.rate(30, 90) >= 0.9 * hidden
    assert sum(at > 30 for at in done.refused) <= 0.01 * len(done.taken) + 8


def test_a_refusal_without_a_reason_at_the_start_is_made_good_soon() -> None:
    done = dial(Provider(10_000), 30, asked=100.0, stray={1})

    assert done.account.per_second.settled == 1
    assert len(done.refused) == 1
    assert done.rate(20, 30) >= 95


def test_a_refusal_without_a_reason_later_costs_half_of_the_pace_at_most() -> None:
    done = dial(Provider(100), 60, asked=300.0, stray={3_000})
    (at,) = (at for at in done.refused if 3_000 / 110 < at < 3_000 / 85)

    assert done.rate(at + 0.5, at + 1.5) >= 48
    assert done.rate(at + 12, at + 20) >= 90


@pytest.mark.no_cover  # many times the same
@pytest.mark.parametrize("hidden", [1, 3, 20, 60, 300])
def test_a_hidden_number_of_calls_at_once_is_found_and_kept_within_a_tenth_below(hidden: int) -> None:
    done = dial(Provider(10_000, hidden), 80, asked=max(100.0, hidden), talk=(1.0, 3.0))
    open_then = [count for at, count in done.calls_at_once if at > 30]

    assert max(open_then) == hidden
    assert sum(open_then) / len(open_then) >= 0.9 * hidden
    assert sum(at > 30 for at in done.refused) <= 0.005 * len(done.taken) + 3


def test_a_limit_that_falls_and_rises_again_is_followed() -> None:
    done = dial(Provider(50), 210, asked=150.0, changes=[(60, 15), (100, 50)])

    assert done.rate(20, 60) >= 45
    assert 13.5 <= done.rate(80, 100) <= 15
    assert done.rate(150, 210) >= 45


def test_a_restart_begins_from_what_was_learned() -> None:
    first = dial(Provider(50), 60, asked=500.0)
    learned = first.account.per_second.proven
    second = dial(Provider(50), 30, asked=500.0, start=1_000.0, account=begun(ACCOUNT, learned, None, []))

    assert learned == pytest.approx(50, abs=2)
    assert len(second.refused) < len(first.refused)
    assert most_in_one_second(second.sent) <= 54
    assert second.rate(1_000, 1_030) >= 45


def test_a_restart_counts_the_requests_of_the_last_second() -> None:
    account = begun(AccountLimits(calls_per_second=3), None, None, [99.2, 99.5, 99.9])

    assert account.wait_seconds(100.0) == pytest.approx(99.2 + 1.05 - 100.0)


def test_while_nothing_is_known_nothing_is_held_back() -> None:
    account = begun(ACCOUNT, None, None, ())
    for _ in range(1_000):
        account = account_sent(account, 100.0)

    assert (account.wait_seconds(100.0), account.gap_seconds, account.is_full(1_000_000)) == (0.0, 0.0, False)


@pytest.mark.parametrize(("held", "is_full"), [(9, False), (10, True), (11, True)])
def test_slots_that_were_set_are_full_when_so_many_are_held(held: int, is_full: bool) -> None:
    assert begun(AccountLimits(calls_at_once=10), None, None, ()).is_full(held) is is_full


def test_refused_requests_do_not_count_as_taken() -> None:
    account = begun(ACCOUNT, None, None, ())
    for at in (100.0, 100.1, 100.2, 100.3):
        account = account_sent(account, at)
    account = after_refusal(account, "calls_per_second", 100.3)

    assert account.taken == (100.0, 100.1, 100.2)
    assert account.per_second.limit == 3


def test_too_many_at_once_waits_for_a_call_to_end_and_leaves_the_pace_alone() -> None:
    account = after_refusal(set_to(100), "calls_at_once", 100.0)

    assert (account.at_once.limit, account.per_second.limit) == (7, 100)
    assert account.wait_seconds(100.0) == 5.0
    assert call_ended(account, 101.0).wait_seconds(101.0) == 0.0
    assert (account.is_full(6), account.is_full(7)) == (False, True)


def test_what_the_provider_says_of_when_to_come_back_is_honoured() -> None:
    account = refused(
        set_to(100),
        "calls_per_second",
        sent_at=100.0,
        now=100.0,
        chance=0.5,
        calls_under_way=0,
        retry_after_seconds=17.0,
    )

    assert account.wait_seconds(100.0) == 17.0


def test_the_same_history_gives_the_same_account() -> None:
    one, other = (dial(Provider(20), 10, asked=100.0, seed=7).account for _ in range(2))

    assert one == other
