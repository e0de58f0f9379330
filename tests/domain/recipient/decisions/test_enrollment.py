"""Who is enrolled, suppressed, released and attempted."""

import pytest
from msgspec import Raw

from domain.errors import Conflict
from domain.recipient import (
    INITIAL,
    AttemptStarted,
    RecipientEnrolled,
    RecipientReleased,
    RecipientSuppressed,
    enroll,
    release,
    start_attempt,
    suppress,
)
from domain.recipient.attempt import AttemptPhase
from tests.domain.given import (
    AUTUMN,
    NUMBER,
    SPRING,
    at,
    enrolled,
    recipient_after,
)
from tests.domain.recipient.phases import PHASES


def test_a_person_is_enrolled_with_what_their_row_said() -> None:
    told = enroll(
        INITIAL,
        SPRING,
        NUMBER,
        zone="Europe/Berlin",
        variables={"name": "Ada"},
        import_id="i1",
        line=2,
        reference="crm-1",
    )

    assert told == [
        RecipientEnrolled(
            campaign_id=SPRING,
            number=NUMBER,
            zone="Europe/Berlin",
            variables={"name": "Ada"},
            import_id="i1",
            line=2,
            reference="crm-1",
        )
    ]


def test_a_person_is_enrolled_once_in_each_campaign() -> None:
    state = recipient_after(enrolled(SPRING))

    assert enroll(state, SPRING, NUMBER, zone="Asia/Tokyo") == []
    assert enroll(state, AUTUMN, NUMBER) == [enrolled(AUTUMN)]


SUPPRESSED = RecipientSuppressed(number=NUMBER, source="operator", reason="asked", expires_at=at(60))


@pytest.mark.parametrize("phase", ["started", "unresolved"])
def test_nobody_is_attempted_again_before_the_last_attempt_is_settled(phase: AttemptPhase) -> None:
    state = recipient_after(*PHASES[phase])

    with pytest.raises(Conflict, match=f"a1 of this recipient is {phase}"):
        start_attempt(state, "a2", SPRING, request="{}", epoch="e", verdict=Raw(b"{}"))


def test_anybody_may_be_suppressed_enrolled_or_not() -> None:
    assert suppress(INITIAL, NUMBER, "operator", reason="asked", expires_at=at(60)) == [SUPPRESSED]
    assert suppress(recipient_after(enrolled()), NUMBER, "keypress") == [
        RecipientSuppressed(number=NUMBER, source="keypress")
    ]


def test_the_same_suppression_again_changes_nothing() -> None:
    assert suppress(recipient_after(SUPPRESSED), NUMBER, "operator", reason="asked", expires_at=at(60)) == []


def test_another_suppression_is_recorded() -> None:
    state = recipient_after(SUPPRESSED)

    assert suppress(state, NUMBER, "operator", reason="asked") == [
        RecipientSuppressed(number=NUMBER, source="operator", reason="asked")
    ]


def test_a_suppression_is_lifted_once() -> None:
    assert release(recipient_after(SUPPRESSED), "asked") == [RecipientReleased(reason="asked")]
    assert release(recipient_after(SUPPRESSED, RecipientReleased()), "asked") == []
    assert release(INITIAL) == []


def test_an_attempt_is_started_with_the_exact_request_and_its_verdict() -> None:
    assert start_attempt(
        recipient_after(enrolled()), "a1", SPRING, request='{"to":1}', epoch="e7", verdict=Raw(b'{"ok":true}')
    ) == [
        AttemptStarted(attempt_id="a1", campaign_id=SPRING, request='{"to":1}', epoch="e7", verdict=Raw(b'{"ok":true}'))
    ]


@pytest.mark.parametrize("phase", PHASES)
def test_an_attempts_id_is_never_used_twice(phase: AttemptPhase) -> None:
    with pytest.raises(Conflict) as raised:
        start_attempt(recipient_after(*PHASES[phase]), "a1", AUTUMN, request="{}", epoch="e1", verdict=Raw(b"{}"))

    assert str(raised.value) == "attempt a1 was started before"
