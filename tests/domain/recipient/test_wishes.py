"""Callbacks: what may be wished, what of a person's past gives way to it, and when it is kept."""

from datetime import datetime

import pytest

from domain import recipient
from domain.account import AccountState
from domain.call import CallState
from domain.campaign import CampaignState, Plan
from domain.dialing import Verdict, judge_person
from domain.errors import Conflict, InvalidInput
from domain.policy import Cap, ConversationGap, Policy, Retry
from domain.recipient import (
    RecipientCallbackDropped,
    RecipientCallbackSet,
    RecipientState,
    RecipientSuppressed,
    RecipientWithdrawn,
    Wish,
    check_wished,
    drop_callback,
    is_lapsed,
    open_callback,
    set_callback,
)
from domain.status import status_of
from tests.domain.given import NINE, NUMBER, SPRING, abandoned, accepted, at, call_after, enrolled, report, started

HOUR = 3_600
POLICY = Policy(attempts_max=3, retry={"not_reached": Retry(after_seconds=90_000)}, attempt_gap_seconds=80_000)
WISH = Wish(at=at(HOUR), source="operator")


def person(*events: tuple[recipient.RecipientEvent, float]) -> RecipientState:
    state = recipient.evolve(recipient.INITIAL, enrolled(), NINE)
    for event, seconds in events:
        state = recipient.evolve(state, event, at(seconds))
    return state


def wished(seconds: float = HOUR, grace: float = 60) -> RecipientCallbackSet:
    return RecipientCallbackSet(campaign_id=SPRING, at=at(seconds), give_up_at=at(seconds + grace), source="operator")


def tried(*, reached: bool) -> tuple[RecipientState, dict[str, CallState]]:
    """Somebody whose first call was over after ten seconds."""
    known = person((started(), 0), (accepted(), 1))
    heard = [report("call.created", 0), *([report("call.answered", 2)] if reached else [])]
    return known, {"c1": call_after(*heard, report("call.completed", 10)).state}


def verdict(state: RecipientState, calls: dict[str, CallState], now: datetime, policy: Policy = POLICY) -> Verdict:
    campaign = CampaignState(
        campaign_id=SPRING, plan=Plan(caller_number="+15550100001", policy=policy), phase="running", created_at=NINE
    )
    return judge_person(campaign, state, AccountState(), calls, now)


def rules(given: Verdict) -> list[str]:
    return [reason.rule for reason in given.reasons]


def test_nobody_calls_before_the_wished_time_and_from_then_on_they_may_be_called() -> None:
    state = person((wished(), 1))
    before = verdict(state, {}, at(HOUR - 1))
    assert (rules(before), before.reasons[0].until) == (["callback_waits"], at(HOUR))
    due = verdict(state, {}, at(HOUR))
    assert (due.may_dial, due.callback_at) == (True, at(HOUR))
    assert verdict(person(), {}, at(HOUR)).callback_at is None


@pytest.mark.parametrize("reached", [True, False])
def test_the_campaigns_own_gaps_and_outcomes_give_way_to_a_wish(reached: bool) -> None:
    state, calls = tried(reached=reached)
    assert rules(verdict(state, calls, at(HOUR))) == (
        ["outcome_not_retried"] if reached else ["retry_gap", "attempt_gap"]
    )
    state = recipient.evolve(state, wished(), at(20))
    assert rules(verdict(state, calls, at(HOUR))) == []


def test_caps_and_the_number_of_attempts_do_not_give_way() -> None:
    state, calls = tried(reached=False)
    state = recipient.evolve(state, wished(), at(20))
    capped = Policy(attempts_max=3, caps=(Cap(attempts_max=1, period_seconds=86_400),))
    assert rules(verdict(state, calls, at(HOUR), capped)) == ["person_cap"]
    assert rules(verdict(state, calls, at(HOUR), Policy(attempts_max=1))) == ["attempts_used_up"]


def test_a_conversation_of_the_same_campaign_gives_way_and_one_of_another_does_not() -> None:
    gap = Policy(attempts_max=3, conversation_gaps=(ConversationGap(seconds=86_400),))
    state, calls = tried(reached=True)
    state = recipient.evolve(state, wished(), at(20))
    assert rules(verdict(state, calls, at(HOUR), gap)) == []
    elsewhere = recipient.evolve(
        person((started("a2", "autumn"), 0), (accepted("a2", "c1", "autumn"), 1)), wished(), at(20)
    )
    assert rules(verdict(elsewhere, calls, at(HOUR), gap)) == ["conversation_gap"]


def test_who_was_reached_waits_again_and_is_reached_again_once_it_is_kept_or_given_up() -> None:
    state, calls = tried(reached=True)

    def status(known: RecipientState, seconds: float) -> tuple[str, str | None]:
        now = at(seconds)
        found = status_of(known, SPRING, calls, now, lambda: verdict(known, calls, now))
        return found.status, found.reason

    again = recipient.evolve(state, wished(), at(20))
    assert status(again, 30) == ("held", "callback_waits")
    assert status(again, HOUR) == ("queued", None)
    given_up = recipient.evolve(again, drop_callback(again, SPRING, "operator")[0], at(40))
    assert status(given_up, 50) == ("reached", None)


def test_it_is_kept_by_an_attempt_since_and_open_again_where_that_came_to_nothing() -> None:
    state = person((wished(), 1), (started(), HOUR + 1))
    assert open_callback(state, SPRING) is None
    assert open_callback(person((started(), 0), (wished(), 1)), SPRING) is not None
    assert open_callback(recipient.evolve(state, abandoned(), at(HOUR + 2)), SPRING) is not None


def test_the_same_wish_again_changes_nothing_and_another_moves_it() -> None:
    (first,) = set_callback(person(), SPRING, WISH, 60, 3, NINE)
    assert first == wished()
    state = person((first, 1))
    assert set_callback(state, SPRING, WISH, 60, 3, at(2)) == []
    (moved,) = set_callback(state, SPRING, Wish(at=at(2 * HOUR), source="operator"), 60, 3, at(2))
    assert moved == wished(2 * HOUR)
    assert drop_callback(person((first, 1), (moved, 2)), SPRING, "operator") == [
        RecipientCallbackDropped(campaign_id=SPRING, at=at(2 * HOUR), why="operator")
    ]
    assert drop_callback(person(), SPRING, "operator") == []


@pytest.mark.parametrize(
    ("state", "attempts_max", "says"),
    [
        (person((RecipientWithdrawn(campaign_id=SPRING), 1)), 3, "taken out"),
        (person((RecipientSuppressed(number=NUMBER, source="letter"), 1)), 3, "suppressed"),
        (tried(reached=True)[0], 1, "1 attempt is used up of 1"),
    ],
)
def test_where_nobody_could_be_called_it_is_refused_in_words(
    state: RecipientState, attempts_max: int, says: str
) -> None:
    with pytest.raises(Conflict, match=says):
        set_callback(state, SPRING, WISH, 60, attempts_max, at(20))


@pytest.mark.parametrize("seconds", [0, -1, 367 * 86_400])
def test_a_time_that_is_past_or_too_far_ahead_is_refused(seconds: float) -> None:
    with pytest.raises(InvalidInput, match="at: is"):
        check_wished(at(seconds), NINE)


def test_it_lapses_at_its_end_and_not_before() -> None:
    state = person((wished(), 1))
    assert [is_lapsed(state, SPRING, at(HOUR + s)) for s in (0, 59.9, 60)] == [False, False, True]
    assert not is_lapsed(person(), SPRING, at(HOUR))


def test_what_was_wished_in_one_spelling_is_the_persons() -> None:
    own, other = person(), person((wished(), 1))
    assert open_callback(recipient.as_person(own, [other]), SPRING) == open_callback(other, SPRING)
