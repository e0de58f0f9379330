"""Every event: its permanent name, its personal fields, and that it survives being written down."""

import msgspec
import pytest

from domain.events import EVENTS, Event, Recorded, may_bring_back, may_free
from domain.personal import PERSONAL_KINDS, kind_of_field
from tests.domain.given import NINE, ONE_OF_EACH

PERMANENT_NAMES = {
    *("campaign.created", "campaign.revised", "campaign.started", "campaign.paused", "campaign.resumed"),
    *("campaign.canceled", "campaign.completed"),
    *("caller_number.removed", "agents.told"),
    *("campaign.change_requested", "campaign.change_approved", "campaign.change_declined"),
    *("account.paused", "account.resumed", "destination.held", "destination.released"),
    *("limit.learned", "usage.observed", "divergence.observed"),
    *("recipient.enrolled", "recipient.withdrawn", "recipient.suppressed", "recipient.released"),
    *("recipient.callback_set", "recipient.callback_dropped"),
    *("consent.given", "consent.revoked", "consent.used"),
    *("recipient.declined", "recipient.decline_lifted"),
    *("recipient.rang_back", "call.came_in"),
    *("attempt.started", "attempt.accepted", "attempt.refused", "attempt.abandoned"),
    *("attempt.unresolved", "attempt.resolved"),
    "recipient.lookup_failed",
    *("recipient.erased", "recipient.erasure_requested", "legal_hold.set", "legal_hold.lifted"),
    *("call.created", "call.answered", "call.gathered", "call.completed", "call.failed", "call.canceled"),
    *("recording.started", "recording.completed", "recording.failed", "call.reported"),
    *("call.claimed", "call.redelivered", "call.observed", "answer.served", "insight.fetched"),
    "recording.requested",
    "delivery.quarantined",
    "delivery.read_again",
    *("subscription.created", "subscription.changed", "subscription.paused", "subscription.resumed"),
    "subscription.dead",
    *("ledger.closed", "ledger.restored", "ledger.sealed", "keys.destroyed"),
}

PERSONAL_FIELDS = {
    "account.paused": {"body"},
    "account.resumed": set(),
    "answer.served": {"request", "actions"},
    "attempt.abandoned": set(),
    "attempt.accepted": {"response"},
    "attempt.refused": {"body"},
    "attempt.resolved": set(),
    "attempt.started": {"request", "lookup"},
    "attempt.unresolved": {"body"},
    "call.answered": {"snapshot", "body", "raw"},
    "call.canceled": {"snapshot", "body", "raw"},
    "call.claimed": set(),
    "call.came_in": set(),
    "call.completed": {"snapshot", "body", "raw"},
    "call.created": {"snapshot", "body", "raw"},
    "call.failed": {"snapshot", "body", "raw"},
    "call.gathered": {"snapshot", "body", "raw", "digits"},
    "call.observed": {"body", "raw"},
    "call.redelivered": set(),
    "call.reported": {"snapshot", "body", "raw"},
    "agents.told": {"agents"},
    "caller_number.removed": {"number"},
    "campaign.canceled": set(),
    "campaign.change_approved": set(),
    "campaign.change_declined": set(),
    "campaign.change_requested": {"plan"},
    "campaign.completed": set(),
    "campaign.created": {"plan"},
    "campaign.paused": {"body"},
    "campaign.resumed": set(),
    "campaign.revised": {"plan"},
    "campaign.started": set(),
    "delivery.quarantined": {"body"},
    "delivery.read_again": set(),
    "destination.held": {"prefix", "body"},
    "destination.released": {"prefix"},
    "divergence.observed": set(),
    "insight.fetched": {"body", "raw"},
    "limit.learned": set(),
    "recipient.callback_dropped": set(),
    "recipient.callback_set": set(),
    "consent.given": {"number", "text", "source", "by"},
    "consent.revoked": {"number", "source", "reason"},
    "consent.used": set(),
    "recipient.declined": {"reason"},
    "recipient.decline_lifted": {"reason"},
    "recipient.enrolled": {"number", "variables", "reference"},
    "recipient.lookup_failed": set(),
    "recipient.released": {"reason"},
    "recipient.rang_back": set(),
    "recipient.suppressed": {"number"},
    "recipient.withdrawn": {"reason"},
    "recording.completed": {"snapshot", "body", "raw"},
    "recording.failed": {"snapshot", "body", "raw"},
    "recording.requested": {"body", "raw"},
    "recording.started": {"snapshot", "body", "raw"},
    "keys.destroyed": set(),
    "ledger.closed": set(),
    "legal_hold.lifted": {"reason"},
    "legal_hold.set": {"reason"},
    "recipient.erased": set(),
    "recipient.erasure_requested": set(),
    "ledger.restored": set(),
    "ledger.sealed": set(),
    "subscription.changed": set(),
    "subscription.created": set(),
    "subscription.dead": set(),
    "subscription.paused": set(),
    "subscription.resumed": set(),
    "usage.observed": set(),
}


def test_the_permanent_names_are_those_of_the_design_and_no_others() -> None:
    assert set(EVENTS) == PERMANENT_NAMES


def test_no_two_events_share_a_name() -> None:
    assert {name: event.NAME for name, event in EVENTS.items()} == {name: name for name in EVENTS}
    assert len(set(EVENTS.values())) == len(EVENTS)


def test_there_is_one_example_of_each_event() -> None:
    assert {type(event) for event in ONE_OF_EACH} == set(EVENTS.values())
    assert len(ONE_OF_EACH) == len(EVENTS)


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: event.NAME)
def test_an_event_cannot_be_changed(event: Event) -> None:
    fields = event.__struct_fields__
    assert type(event).__struct_config__.frozen
    for field in fields:
        with pytest.raises(AttributeError):
            setattr(event, field, None)


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: event.NAME)
def test_an_event_is_equal_after_it_was_written_and_read(event: Event) -> None:
    assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: event.NAME)
def test_the_fields_that_disclose_a_person_are_known_and_exist(event: Event) -> None:
    assert set(event.PERSONAL) == PERSONAL_FIELDS[event.NAME]
    assert set(event.PERSONAL) <= set(event.__struct_fields__)


def test_each_field_that_discloses_a_person_has_a_kind() -> None:
    kinds = {
        (name, field): kind_of_field(name, field) for name, event in EVENTS.items() for field in sorted(event.PERSONAL)
    }

    assert set(kinds.values()) == set(PERSONAL_KINDS)
    assert {field for (_, field), kind in kinds.items() if kind == "number"} == {"number", "snapshot"}
    assert {field for (_, field), kind in kinds.items() if kind == "variables"} == {"variables", "lookup"}
    assert {field for (_, field), kind in kinds.items() if kind == "digits"} == {"digits"}
    assert {key for key, kind in kinds.items() if kind == "insight"} == {
        ("insight.fetched", f) for f in ("body", "raw")
    }
    of_no_one = {
        ("caller_number.removed", "number"),
        ("recipient.enrolled", "reference"),
    }
    of_no_one |= {key for key in kinds if key[1] == "reason"}
    of_no_one |= {key for key in kinds if key[0].startswith("consent.") and key[1] != "number"}
    of_no_one |= {key for key in kinds if key[1] in {"plan", "agents", "prefix"}}
    assert {key for key, kind in kinds.items() if kind == "other"} == of_no_one


def test_a_recorded_event_is_known_by_its_permanent_name() -> None:
    names = {
        Recorded(position=1, event_id="e", stream="call:c1", version=1, recorded_at=NINE, metadata={}, event=event).name
        for event in ONE_OF_EACH
    }

    assert names == PERMANENT_NAMES


def test_what_may_bring_somebody_back_is_known_and_of_one_campaign_where_it_names_one() -> None:
    of_its_campaign = {event.NAME for event in ONE_OF_EACH if may_bring_back(event, "spring_followup")}
    of_any = {event.NAME for event in ONE_OF_EACH if may_bring_back(event, "another")}

    assert of_any == {
        "recipient.released",
        "consent.given",
        "recipient.decline_lifted",
        "destination.released",
        "campaign.revised",
    }
    assert of_its_campaign - of_any == {
        *(
            "recipient.enrolled",
            "recipient.callback_set",
            "call.claimed",
            "attempt.started",
            "attempt.accepted",
            "attempt.refused",
        ),
        *("attempt.abandoned", "attempt.unresolved", "attempt.resolved"),
    }


def test_what_may_free_somebody_is_what_ends_a_call_or_settles_an_attempt() -> None:
    assert {event.NAME for event in ONE_OF_EACH if may_free(event)} == {
        *("call.completed", "call.failed", "call.canceled"),
        *("attempt.accepted", "attempt.refused", "attempt.abandoned", "attempt.resolved"),
    }
