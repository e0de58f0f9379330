"""May this recipient be dialled now? Each rule by itself, and several together."""

import pytest
from msgspec.structs import replace

from domain.account import AccountPaused, DestinationHeld
from domain.campaign import CampaignCanceled, CampaignCompleted, CampaignPaused, CampaignStarted
from domain.dialing import Reason, judge
from domain.policy import Cap, Policy, Window
from domain.recipient import RecipientEnrolled, RecipientEvent, RecipientState, RecipientSuppressed, RecipientWithdrawn
from tests.domain.dialing.verdicts import FREE, NOW, RUNNING, USED_UP, judged, open_attempt, verdict
from tests.domain.given import (
    AUTUMN,
    NUMBER,
    PLAN,
    SPRING,
    abandoned,
    accepted,
    account_after,
    at,
    campaign_after,
    enrolled,
    recipient_after,
    refused,
    resolved,
    started,
    unresolved,
)


def test_who_is_enrolled_in_a_running_campaign_may_be_dialled() -> None:
    assert judged(enrolled()) == verdict()
    assert (verdict().may_dial, verdict().holding) == (True, None)


@pytest.mark.parametrize(
    ("events", "final", "inputs"),
    [
        ((), False, {"phase": "created", "code": None}),
        ((CampaignStarted(), CampaignPaused(cause="operator")), False, {"phase": "paused", "code": None}),
        (
            (CampaignStarted(), CampaignPaused(cause="provider", code="caller_id_not_allowed")),
            False,
            {"phase": "paused", "code": "caller_id_not_allowed"},
        ),
        ((CampaignStarted(), CampaignCanceled()), True, {"phase": "canceled", "code": None}),
        ((CampaignStarted(), CampaignCompleted()), True, {"phase": "completed", "code": None}),
    ],
)
def test_a_campaign_that_does_not_run_dials_nobody(
    events: tuple[CampaignStarted, ...], final: bool, inputs: dict[str, str | int | bool | None]
) -> None:
    assert judged(enrolled(), campaign=campaign_after(*events)) == verdict(
        Reason(rule="campaign_not_running", scope="campaign", final=final, inputs=inputs)
    )


def test_a_paused_account_dials_nobody() -> None:
    account = account_after(AccountPaused(cause="provider", status=402, code="insufficient_balance"))

    assert judged(enrolled(), account=account) == verdict(
        Reason(rule="account_paused", scope="account", inputs={"cause": "provider", "code": "insufficient_balance"})
    )


def test_who_is_not_enrolled_is_never_dialled() -> None:
    assert judged(enrolled(AUTUMN)) == verdict(Reason(rule="not_enrolled", scope="recipient", final=True))


def test_who_is_withdrawn_is_never_dialled_by_this_campaign() -> None:
    withdrawn = Reason(rule="withdrawn", scope="recipient", final=True)

    assert judged(enrolled(), RecipientWithdrawn(campaign_id=SPRING)) == verdict(withdrawn)
    assert judged(enrolled(), enrolled(AUTUMN), RecipientWithdrawn(campaign_id=AUTUMN)) == verdict()


def test_who_is_suppressed_for_good_is_never_dialled() -> None:
    assert judged(enrolled(), RecipientSuppressed(number=NUMBER, source="keypress")) == verdict(
        Reason(rule="suppressed", scope="recipient", final=True, inputs={"source": "keypress"})
    )


def test_who_is_suppressed_for_a_time_waits_until_its_end() -> None:
    until_later = RecipientSuppressed(number=NUMBER, source="operator", expires_at=at(61))
    until_now = RecipientSuppressed(number=NUMBER, source="operator", expires_at=NOW)

    assert judged(enrolled(), until_later) == verdict(
        Reason(rule="suppressed", scope="recipient", until=at(61), inputs={"source": "operator"})
    )
    assert judged(enrolled(), until_now) == verdict()


def test_whom_the_provider_refused_is_never_dialled() -> None:
    assert judged(enrolled(), started(), refused()) == verdict(
        Reason(rule="refused", scope="recipient", final=True, inputs={"code": "invalid_request", "attempt_id": "a1"})
    )


@pytest.mark.parametrize(
    "events",
    [
        (started(), abandoned()),
        (started(), refused(concerns="account")),
        (started(), refused(concerns="campaign")),
        (started(), refused(concerns="destination")),
        (started(), unresolved(), resolved(redial=True)),
    ],
)
def test_an_attempt_that_does_not_count_puts_the_recipient_back(events: tuple[RecipientEvent, ...]) -> None:
    assert judged(enrolled(), *events) == verdict()


@pytest.mark.parametrize(
    "events",
    [
        (started(), accepted()),
        (started(), refused(counts=True)),
        (started(), unresolved(), resolved()),
        (started(), unresolved(), resolved(call_id="c1")),
    ],
)
def test_without_a_policy_one_attempt_that_counts_is_all(events: tuple[RecipientEvent, ...]) -> None:
    assert judged(enrolled(), *events, ended_calls={"c1"}) == verdict(USED_UP, counted=1)


def test_a_held_destination_waits_without_an_end() -> None:
    account = account_after(DestinationHeld(prefix="+1555", code="rate_not_found"))
    held = Reason(rule="destination_held", scope="recipient", inputs={"code": "rate_not_found"})

    assert judged(enrolled(), account=account) == verdict(held)
    assert judged(enrolled(), account=account_after(DestinationHeld(prefix="+1556"))) == verdict()


def test_a_test_installation_dials_only_its_own_numbers() -> None:
    other = Reason(rule="not_in_only_numbers", scope="recipient", inputs={"setting": "DIALTRAIL_ONLY_NUMBERS"})

    assert judged(enrolled(), only_numbers={NUMBER}) == verdict()
    assert judged(enrolled(), only_numbers={"+15550000000"}) == verdict(other)
    assert judged(enrolled(), only_numbers=()) == verdict(other)


def test_every_rule_that_stands_against_a_call_is_named() -> None:
    found = judged(
        enrolled(),
        RecipientWithdrawn(campaign_id=SPRING),
        RecipientSuppressed(number=NUMBER, source="operator", expires_at=at(90)),
        *(started("a1"), refused("a1")),
        *(started("a2"), refused("a2", counts=True)),
        *(enrolled(AUTUMN), started("b1", AUTUMN)),
        campaign=campaign_after(),
        account=account_after(AccountPaused(cause="operator"), DestinationHeld(prefix="+1555")),
        only_numbers=(),
    )

    assert [(reason.rule, reason.scope, reason.final) for reason in found.reasons] == [
        ("campaign_not_running", "campaign", False),
        ("account_paused", "account", False),
        ("withdrawn", "recipient", True),
        ("suppressed", "recipient", False),
        ("refused", "recipient", True),
        ("attempts_used_up", "recipient", True),
        ("open_attempt", "recipient", False),
        ("destination_held", "recipient", False),
        ("not_in_only_numbers", "recipient", False),
    ]
    assert not found.may_dial
    assert found.holding == open_attempt("b1")


def test_what_stands_against_a_whole_campaign_holds_no_single_recipient() -> None:
    found = judged(enrolled(), campaign=campaign_after(), account=account_after(AccountPaused(cause="operator")))

    assert (found.may_dial, found.holding) == (False, None)


def test_a_person_of_whom_nothing_is_known_is_not_enrolled() -> None:
    assert judge(RUNNING, RecipientState(), FREE, (), NOW) == verdict(
        Reason(rule="not_enrolled", scope="recipient", final=True)
    )


def test_a_policy_says_how_many_attempts_there_are() -> None:
    plan = replace(PLAN, policy=Policy(attempts_max=3))
    campaign = replace(RUNNING, plan=plan)

    assert judged(enrolled(), campaign=campaign) == replace(verdict(), attempts_max=3)


def test_the_rules_of_the_clock_are_left_out_where_they_are_applied_at_read_time() -> None:
    never = Policy(
        hours={"monday": (Window(0, 1),)},
        excluded_dates=(NOW.date(),),
        holidays=("US",),
        starts_at=at(90),
        ends_at=at(30),
        only=("+15550000000",),
    )
    recipient = recipient_after(enrolled())
    campaign = replace(RUNNING, plan=replace(PLAN, policy=never))

    assert judge(campaign, recipient, FREE, (), NOW, clock_rules=False) == verdict()
    assert [(r.rule, r.scope, r.final) for r in judge(campaign, recipient, FREE, (), NOW).reasons] == [
        ("not_in_only_list", "recipient", False),
        ("not_started_yet", "campaign", False),
        ("campaign_over", "campaign", True),
        ("zone_unknown", "recipient", False),
        ("excluded_date", "recipient", False),
    ]


def test_the_zone_of_the_enrolment_goes_before_that_of_the_number() -> None:
    # It is nine in London, and one in the morning in Los Angeles.
    campaign = replace(RUNNING, plan=replace(PLAN, policy=Policy(hours={"monday": (Window(480, 1200),)})))
    number = "+442079460000"
    of_its_own = RecipientEnrolled(campaign_id=SPRING, number=number, zone="America/Los_Angeles")

    assert judged(RecipientEnrolled(campaign_id=SPRING, number=number), campaign=campaign).may_dial
    assert [r.rule for r in judged(of_its_own, campaign=campaign).reasons] == ["outside_hours"]


def test_what_is_judged_by_has_no_number_in_it() -> None:
    policy = Policy(
        hours={"tuesday": (Window(0, 1),)},
        default_zone="Europe/Berlin",
        excluded_dates=(NOW.date(),),
        attempts_max=2,
        caps=(Cap(attempts_max=1, period_seconds=86_400),),
        only=("+15550000000",),
    )
    events: list[RecipientEvent] = [enrolled(), started(), accepted(), started("a2"), accepted("a2", "c2")]
    found = judged(*events, campaign=replace(RUNNING, plan=replace(PLAN, policy=policy)), ended_calls={"c1", "c2"})

    assert [r.rule for r in found.reasons] == [
        "attempts_used_up",
        "person_cap",
        "not_in_only_list",
        "outside_hours",
        "excluded_date",
    ]
    assert "+1555" not in repr(found)
