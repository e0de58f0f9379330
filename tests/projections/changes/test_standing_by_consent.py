"""Of somebody of whom only consents are known, the short way says what a whole verdict does."""

from collections.abc import Sequence
from datetime import timedelta
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.account import AccountState
from domain.campaign import CampaignState
from domain.policy import ConsentRules, Policy
from domain.recipient import ConsentGiven, ConsentRevoked, RecipientEvent
from projections.changes import Standing, standing, standing_of
from tests.domain.given import NUMBER, SPRING, at, campaign_after, enrolled, recipient_after
from tests.examples import examples

PURPOSES = (SPRING, "renewal", "other")
SECONDS = st.integers(0, 40)
WORDS = st.one_of(
    st.builds(
        lambda n, purpose, given_at, lasts: ConsentGiven(
            consent_id=f"c{n}",
            number=NUMBER,
            purpose=purpose,
            basis="b",
            source="s",
            given_at=at(given_at),
            until=None if lasts is None else at(given_at + lasts),
        ),
        st.integers(0, 3),
        st.sampled_from(PURPOSES),
        SECONDS,
        st.none() | st.integers(1, 60),
    ),
    st.builds(
        lambda purpose, when: ConsentRevoked(number=NUMBER, purpose=purpose, source="s", revoked_at=at(when)),
        st.none() | st.sampled_from(PURPOSES),
        SECONDS,
    ),
)
RULES = st.builds(
    ConsentRules,
    required=st.booleans(),
    purposes=st.sampled_from(((), ("renewal",), ("renewal", "other"))),
    max_age_days=st.none() | st.just(1),
)


def campaign(rules: ConsentRules, purpose: str | None) -> CampaignState:
    one = campaign_after()
    return replace(one, plan=replace(one.plan, policy=Policy(consent=rules, purpose=purpose)))


def standings(words: Sequence[RecipientEvent], spring: CampaignState, earlier: int = 0) -> list[Standing]:
    """After each event, a day after them all, and once more `earlier`, as where a clock was set right."""
    found: list[Standing] = []
    events = [enrolled(), *words]
    for count in range(1, len(events) + 1):
        person, before = recipient_after(*events[:count]), found[-1] if found else None
        found.append(standing_of(person, spring, {}, AccountState(), at(10 * count), count, before))
    much_later = at(0) + timedelta(days=1, seconds=20)
    person = recipient_after(*events)
    found.append(standing_of(person, spring, {}, AccountState(), much_later, 99, found[-1]))
    found.append(standing_of(person, spring, {}, AccountState(), at(earlier), 100, None))
    return found


@settings(max_examples=examples(300))
@given(st.lists(WORDS, max_size=4), RULES, st.none() | st.just("renewal"), SECONDS)
def test_the_short_way_says_what_a_whole_verdict_does(
    words: list[RecipientEvent], rules: ConsentRules, purpose: str | None, earlier: int
) -> None:
    spring = campaign(rules, purpose)
    with patch.object(standing, "_is_untouched", lambda *_: False):
        whole = standings(words, spring, earlier)
    assert standings(words, spring, earlier) == whole


def test_what_follows_a_consent_that_ends_may_be_another_one_where_a_clock_was_set_right() -> None:
    first, next_one = (
        ConsentGiven(
            consent_id=f"c{nth}",
            number=NUMBER,
            purpose=SPRING,
            basis="b",
            source="s",
            given_at=at(given),
            until=at(ends),
        )
        for nth, given, ends in ((1, 0, 30), (2, 20, 60))
    )
    person = recipient_after(enrolled(), *[first] * 20, next_one)
    spring = campaign(ConsentRules(required=True), None)
    short = standing_of(person, spring, {}, AccountState(), at(10), 9, None)
    with patch.object(standing, "_is_untouched", lambda *_: False):
        assert short == standing_of(person, spring, {}, AccountState(), at(10), 9, None)
    assert short.then is not None
    assert (short.then.at, short.then.status) == (at(30), "queued")


@pytest.mark.parametrize("lasts", [None, 60])
def test_an_enrolment_and_its_consent_take_no_verdict(lasts: int | None) -> None:
    until = None if lasts is None else at(lasts)
    agreed = ConsentGiven(
        consent_id="c", number=NUMBER, purpose=SPRING, basis="b", source="s", given_at=at(0), until=until
    )
    with patch.object(standing, "judge_person", side_effect=AssertionError("judged")):
        before, after, *_ = standings([agreed], campaign(ConsentRules(required=True), None))
    assert (before.status, before.reason, after.status) == ("held", "consent_missing", "queued")
    assert (after.then is None) == (lasts is None)
