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
    account_sent,
    begun,
    call_ended,
    refused,
    sent,
    troubled,
)
from tests.domain.pacing.provider import Provider, dial
from tests.domain.pacing.test_pace import DELAYS, JITTERS, most_in_one_second

ACCOUNT = AccountLimits()
HAPPENINGS = st.sampled_from(
    ["sent", "sent", "sent", "calls_per_second", "calls_at_once", "trouble", "ended", "restart"]
)


def set_to(per_second: float) -> AccountPace:
    """An account whose calls per second were set."""
    return begun(AccountLimits(calls_per_second=per_second), None, None, ())


def after_refusal(account: AccountPace, limit: Limit, now: float, **more: float) -> AccountPace:
    """The account after a request that left a moment ago was refused."""
    return refused(
        account, limit, sent_at=now, now=now, chance=0.5, calls_under_way=7, retry_after_seconds=None, **more
    )


@settings(max_examples=300)
@given(st.integers(1, 40), st.lists(st.tuples(HAPPENINGS, DELAYS, JITTERS), min_size=1, max_size=120))
def test_a_limit_that_was_set_holds_in_any_second_whatever_happens(
    limit: int, happenings: list[tuple[str, float, float]]
) -> None:
    account, now, left, arrived = set_to(limit), 1_000.0, list[float](), list[float]()
    for happening, delay, jitter in happenings:
        match happening:
            case "sent":
                now += account.wait_seconds(now) + delay
                account = account_sent(account, now)
                account = accepted(account, now, 1)
                left.append(now)
                arrived.append(now + jitter)
            case "calls_per_second" | "calls_at_once":
                now += delay
                at = account.taken[-1] if account.taken else now
                account = refused(account, happening, sent_at=at, now=now, chance=jitter * 20, calls_under_way=3)
            case "trouble":
                account = troubled(account, now + delay)
            case "ended":
                account = call_ended(account, now + delay)
            case _:
                learned = account.per_second.proven
                account = begun(AccountLimits(calls_per_second=limit), learned, None, left)

    assert most_in_one_second(left) <= limit
    assert most_in_one_second(arrived) <= limit


@settings(max_examples=150)
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


@pytest.mark.parametrize(
    ("hidden", "asked"), [(2, 10.0), (5, 1.5), (10, 1.5), (10, 10.0), (30, 10.0), (100, 3.0), (300, 1.5)]
)
def test_a_hidden_pace_is_found_and_kept_within_a_tenth_below(hidden: int, asked: float) -> None:
    done = dial(Provider(hidden), 60, asked=hidden * asked)
    rates = [done.rate(at, at + 10) / hidden for at in range(20, 60, 10)]

    assert min(rates) >= 0.9
    assert most_in_one_second(done.taken) <= hidden
    assert sum(at > 20 for at in done.refused) <= 0.005 * len(done.taken) + 3


@pytest.mark.parametrize("hidden", [3, 20, 60])
def test_a_hidden_number_of_calls_at_once_is_found_and_kept_within_a_tenth_below(hidden: int) -> None:
    done = dial(Provider(10_000, hidden), 80, asked=100.0, talk=(1.0, 3.0))
    open_then = [count for at, count in done.calls_at_once if at > 30]

    assert max(open_then) == hidden
    assert sum(open_then) / len(open_then) >= 0.9 * hidden
    assert sum(at > 30 for at in done.refused) <= 0.005 * len(done.taken) + 3


def test_a_limit_that_falls_and_rises_again_is_followed() -> None:
    done = dial(Provider(50), 210, asked=150.0, changes=[(60, 15), (100, 50)])

    assert done.rate(20, 60) >= 45
    assert 13.5 <= done.rate(80, 100) <= 15
    assert done.rate(190, 210) >= 45


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
