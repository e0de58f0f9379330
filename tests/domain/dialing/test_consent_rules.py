"""Where a policy requires consent, nobody is called without one that holds at that instant, in whatever order its words came."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import recipient
from domain.account import AccountState
from domain.campaign import CampaignState, Plan
from domain.dialing import CONSENT_MISSING, Verdict, consent_runs_out, judge_person
from domain.policy import ConsentRules, Policy
from domain.recipient import ConsentGiven, ConsentRevoked, ConsentUsed, RecipientState, as_person
from domain.recipient.consent import NO_CONSENTS, ConsentEvent, consent_at
from tests.domain.given import NINE, NUMBER, SPRING, at, enrolled

DAY = 86_400
REQUIRED = Policy(purpose="sales", consent=ConsentRules(required=True))
NOW = at(10 * DAY)


def agreed(
    consent_id: str = "c1", given_at: float = 0, purpose: str = "sales", until: float | None = None
) -> ConsentGiven:
    ends = None if until is None else at(until)
    return ConsentGiven(
        consent_id=consent_id,
        number=NUMBER,
        purpose=purpose,
        basis="express",
        source="form",
        given_at=at(given_at),
        until=ends,
    )


def revoked(seconds: float, purpose: str | None = None) -> ConsentRevoked:
    return ConsentRevoked(number=NUMBER, revoked_at=at(seconds), source="letter", purpose=purpose)


def person(*events: recipient.RecipientEvent) -> RecipientState:
    state = recipient.evolve(recipient.INITIAL, enrolled(), NINE)
    for event in events:
        state = recipient.evolve(state, event, NOW)
    return state


def verdict(state: RecipientState, policy: Policy | None = REQUIRED, now: datetime = NOW) -> Verdict:
    plan = Plan(caller_number="+15550100001", policy=policy)
    campaign = CampaignState(campaign_id=SPRING, plan=plan, phase="running", created_at=NINE)
    return judge_person(campaign, state, AccountState(), {}, now)


def why(state: RecipientState, policy: Policy = REQUIRED, now: datetime = NOW) -> object:
    (reason,) = verdict(state, policy, now).reasons
    assert (reason.rule, reason.scope, reason.final, reason.until) == (CONSENT_MISSING, "recipient", False, None)
    return reason.inputs["why"]


def test_without_one_nobody_is_called_and_what_is_missing_is_said() -> None:
    assert why(person()) == "none"
    assert why(person(agreed(purpose="help"))) == "other_purpose"
    assert why(person(agreed(), revoked(5))) == "revoked"
    assert why(person(agreed(until=DAY))) == "expired"
    assert why(person(agreed(given_at=11 * DAY)), now=at(9 * DAY)) == "not_yet"
    old = Policy(purpose="sales", consent=ConsentRules(required=True, max_age_days=9))
    assert why(person(agreed()), old) == "too_old"
    assert verdict(person(agreed(given_at=DAY + 1)), old).may_dial
    assert why(person(agreed(given_at=DAY)), old) == "too_old"


def test_a_verdict_names_the_consent_that_it_rests_on() -> None:
    found = verdict(person(agreed(until=20 * DAY), agreed("c2", 5), agreed("c3", 1)))
    assert (found.may_dial, found.consent_id) == (True, "c2")
    assert verdict(person(agreed()), None).consent_id is None
    assert verdict(person(), Policy(consent=ConsentRules())).may_dial


def test_the_purposes_that_count_are_the_policy_s_own_or_those_that_it_names() -> None:
    named = Policy(purpose="sales", consent=ConsentRules(required=True, purposes=("offers", "news")))
    assert verdict(person(agreed(purpose="news")), named).may_dial
    assert why(person(agreed(purpose="sales")), named) == "other_purpose"
    alone = Policy(consent=ConsentRules(required=True))
    assert verdict(person(agreed(purpose=SPRING)), alone).may_dial


def test_what_was_taken_back_holds_again_only_where_it_is_given_again_after_that() -> None:
    assert not verdict(person(revoked(50), agreed("c1", 50))).may_dial
    assert verdict(person(revoked(50), agreed("c1", 51))).may_dial
    assert verdict(person(agreed(), revoked(50, "help"))).may_dial
    assert not verdict(person(agreed(), revoked(50, "sales"))).may_dial


def test_nothing_was_given_or_taken_back_later_than_it_was_recorded() -> None:
    """As by a clock that was ahead, and was set right since."""
    assert verdict(person(agreed(given_at=11 * DAY))).may_dial
    assert verdict(person(revoked(12 * DAY), agreed("c2", 1))).consent_id is None
    assert why(person(agreed(given_at=11 * DAY), revoked(12 * DAY))) == "revoked"


@given(st.permutations([agreed("c1", 0), agreed("c2", 30), revoked(10), revoked(20, "sales"), revoked(40, "help")]))
def test_words_may_be_heard_in_any_order(order: list[ConsentEvent]) -> None:
    known = NO_CONSENTS
    for event in order:
        known = known.after(event, NOW)
    held = [consent_at(known, ["sales"], None, at(seconds)) for seconds in (5, 25, 35)]
    assert [None if one is None else one.consent_id for one in held] == ["c1", None, "c2"]


def test_every_spelling_counts_and_its_use_changes_nothing() -> None:
    other = recipient.evolve(recipient.INITIAL, agreed(), NINE)
    assert verdict(as_person(person(), [other])).may_dial
    taken_back = recipient.evolve(recipient.INITIAL, revoked(50), NINE)
    assert not verdict(as_person(person(agreed()), [taken_back])).may_dial
    used = ConsentUsed(campaign_id=SPRING, attempt_id="a1", consent_id="c1")
    assert person(agreed(), used) == person(agreed())


@pytest.mark.parametrize(
    ("events", "word", "is_new"),
    [
        ((), revoked(5), True),
        ((revoked(5),), revoked(5), False),
        ((revoked(5),), revoked(4, "sales"), False),
        ((revoked(5),), revoked(6), True),
        ((revoked(5, "help"), agreed()), revoked(5), True),
    ],
)
def test_the_same_word_is_recorded_once(events: tuple[ConsentEvent, ...], word: ConsentRevoked, is_new: bool) -> None:
    assert bool(recipient.revoke_consent(person(*events).consents, word)) is is_new
    known = person(agreed()).consents
    assert recipient.give_consent(known, agreed()) == []
    assert recipient.give_consent(known, agreed("c2")) != []


def test_when_a_consent_runs_out_is_known_before() -> None:
    policy = Policy(purpose="sales", consent=ConsentRules(required=True, max_age_days=30))
    assert consent_runs_out(policy, SPRING, person(agreed(until=20 * DAY)), NOW) == at(20 * DAY)
    assert consent_runs_out(policy, SPRING, person(agreed()), NOW) == NINE + timedelta(days=30)
    assert consent_runs_out(REQUIRED, SPRING, person(agreed()), NOW) is None
    assert consent_runs_out(None, SPRING, person(agreed()), NOW) is None
