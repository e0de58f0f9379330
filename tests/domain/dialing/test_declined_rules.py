"""Nobody is called about what they declined: before the rest is over, or ever, whatever order that is heard in."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import recipient
from domain.account import AccountState
from domain.campaign import CampaignState, Plan
from domain.dialing import Verdict, judge_person
from domain.policy import DeclineRules, Policy
from domain.recipient import RecipientDeclined, RecipientDeclineLifted, RecipientState, as_person
from domain.recipient.declined import declines_after, declines_together
from domain.status import status_of
from tests.domain.given import NINE, SPRING, at, enrolled

DAY = 86_400
SALES = Policy(purpose="sales", declined=DeclineRules(digits="8", rest_days=60))
ANYTHING = Policy(purpose="help", declined=DeclineRules(rest_days=30, per="person"))


def said(purpose: str = "sales", said_at: datetime | None = None, call: str | None = None) -> RecipientDeclined:
    return RecipientDeclined(campaign_id="other", purpose=purpose, source="keypress", said=call, said_at=said_at)


def person(*events: tuple[recipient.RecipientEvent, float]) -> RecipientState:
    state = recipient.evolve(recipient.INITIAL, enrolled(), NINE)
    for event, seconds in events:
        state = recipient.evolve(state, event, at(seconds))
    return state


def verdict(state: RecipientState, policy: Policy | None, now: datetime) -> Verdict:
    plan = Plan(caller_number="+15550100001", policy=policy)
    campaign = CampaignState(campaign_id=SPRING, plan=plan, phase="running", created_at=NINE)
    return judge_person(campaign, state, AccountState(), {}, now)


def test_a_campaign_of_the_same_purpose_waits_until_the_rest_is_over() -> None:
    state = person((said(), 10))
    (reason,) = verdict(state, SALES, at(10 + 60 * DAY - 1)).reasons
    assert (reason.rule, reason.final, reason.until) == ("declined", False, at(10 + 60 * DAY))
    assert reason.inputs == {
        "purpose": "sales",
        "declined_at": at(10).isoformat(),
        "campaign_id": "other",
        "source": "keypress",
        "rest_days": 60,
        "per": "purpose",
    }
    assert verdict(state, SALES, at(10 + 60 * DAY)).may_dial


def test_without_a_rest_it_holds_for_good_and_the_person_is_taken_out() -> None:
    state = person((said(SPRING), 10))
    found = verdict(state, None, at(4_000 * DAY))
    assert [(one.rule, one.final, one.until) for one in found.reasons] == [("declined", True, None)]
    status = status_of(state, SPRING, {}, at(20), lambda: found)
    assert (status.status, status.reason) == ("withdrawn", "declined")
    held = status_of(state, SPRING, {}, at(20), lambda: verdict(person((said(), 10)), SALES, at(20)))
    assert (held.status, held.reason, held.until) == ("held", "declined", at(10 + 60 * DAY))


@pytest.mark.parametrize(("policy", "may"), [(None, True), (SALES, False), (ANYTHING, False), (Policy(), True)])
def test_another_purpose_is_not_meant_unless_the_policy_counts_the_person(policy: Policy | None, may: bool) -> None:
    assert verdict(person((said(), 10)), policy, at(20)).may_dial is may


def test_it_counts_from_when_it_was_said_and_never_from_later_than_we_heard_of_it() -> None:
    early, late = person((said(said_at=at(5)), 10)), person((said(said_at=at(50)), 10))
    assert verdict(early, SALES, at(20)).reasons[0].until == at(5 + 60 * DAY)
    assert verdict(late, SALES, at(20)).reasons[0].until == at(10 + 60 * DAY)


def test_what_is_lifted_holds_no_more_and_does_not_come_back_by_the_same_call() -> None:
    word = said(call="in call c1", said_at=at(5))
    lifted = person((word, 10), (RecipientDeclineLifted(campaign_id="other", purpose="sales"), 20))
    assert verdict(lifted, SALES, at(30)).may_dial
    heard = {"said": "in call c1", "said_at": at(5)}
    assert recipient.decline(lifted.declines, SPRING, "sales", "keypress", **heard) == []  # type: ignore[arg-type]
    again = recipient.decline(lifted.declines, SPRING, "sales", "keypress", said="in call c1", said_at=at(25))
    assert len(again) == 1
    assert not verdict(person((word, 10), (again[0], 40)), SALES, at(50)).may_dial
    assert recipient.lift_decline(lifted.declines, SPRING, "sales") == []


def test_the_same_word_is_recorded_once_and_a_later_one_again() -> None:
    state = person((said(call="in call c1"), 10))
    assert recipient.decline(state.declines, SPRING, "sales", "keypress", said="in call c1") == []
    assert recipient.decline(state.declines, SPRING, "sales", "keypress", said="in call c2") != []
    operator = person((RecipientDeclined(campaign_id=SPRING, purpose="sales", source="operator"), 10))
    assert recipient.decline(operator.declines, SPRING, "sales", "operator") == []
    assert recipient.decline(operator.declines, SPRING, "sales", "operator", said_at=at(11)) != []


def test_every_spelling_of_the_number_declined_with_it() -> None:
    own = person()
    other = recipient.evolve(
        recipient.evolve(recipient.INITIAL, recipient.RecipientEnrolled(campaign_id="x", number="+15550100"), NINE),
        said(),
        at(10),
    )
    assert not verdict(as_person(own, [other]), SALES, at(20)).may_dial


@given(st.permutations([(said(said_at=at(n)), 100 + n) for n in (1, 5, 9)]))
def test_in_whatever_order_words_are_heard_the_last_one_said_counts(
    order: list[tuple[RecipientDeclined, float]],
) -> None:
    known = recipient.INITIAL.declines
    for event, seconds in order:
        known = declines_after(known, event, at(seconds))
    assert known["sales"].at == at(9)
    apart = [declines_after({}, event, at(seconds)) for event, seconds in order]
    assert declines_together(*apart)["sales"].at == at(9)
    assert at(9) + timedelta(days=60) == verdict(person(*order), SALES, at(200)).reasons[0].until


@pytest.mark.parametrize("revised", [SALES, Policy(purpose="help"), Policy(), None])
def test_what_was_said_of_a_campaign_holds_whatever_its_purpose_is_now(revised: Policy | None) -> None:
    word = RecipientDeclined(campaign_id=SPRING, purpose="news", source="operator")
    state = person((word, 10), (said("news"), 20))
    assert [one.rule for one in verdict(state, revised, at(30)).reasons] == ["declined"]
    elsewhere = person((said("news"), 20))
    apart = as_person(person(), [recipient.evolve(elsewhere, word, at(30))])
    assert not verdict(as_person(elsewhere, [apart]), revised, at(40)).may_dial
    assert verdict(elsewhere, revised, at(30)).may_dial


def test_a_lifted_word_of_a_call_does_not_come_back_under_another_purpose() -> None:
    word = RecipientDeclined(campaign_id=SPRING, purpose="news", source="keypress", said="in call c1")
    lifted = person((word, 10), (RecipientDeclineLifted(campaign_id=SPRING, purpose="news"), 20))
    assert recipient.decline(lifted.declines, SPRING, "sales", "keypress", said="in call c1", said_at=at(5)) == []


def test_what_was_lifted_in_all_spellings_does_not_come_back_by_what_was_said_in_one_of_them() -> None:
    lift = RecipientDeclineLifted(campaign_id=SPRING, purpose="sales")
    key = person((said(call="in call c1"), 10), (lift, 30))
    letter = RecipientDeclined(campaign_id=SPRING, purpose="sales", source="operator")
    operator, later = person((letter, 20), (lift, 30)), person((letter, 20), (lift, 40))
    for one, other in ((key, operator), (operator, key), (key, later), (later, key)):
        both = declines_together(one.declines, other.declines)
        assert not both["sales"].holds
        assert recipient.decline(both, SPRING, "sales", "keypress", said="in call c1") == []
        assert recipient.decline(both, SPRING, "sales", "keypress", said="in call c1", said_at=at(25)) == []
    both = declines_together(key.declines, later.declines)
    assert recipient.decline(both, SPRING, "sales", "keypress", said="in call c1", said_at=at(35)) == []
    assert recipient.decline(both, SPRING, "sales", "keypress", said="in call c1", said_at=at(45)) != []
