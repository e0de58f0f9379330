"""The flat row that the user's own systems are told."""

from domain.call import CallState
from domain.status import RecipientStatus
from projections.outcome import Heard, OutcomeRow, heard_of, outcome_row
from tests.domain.call.test_entered import pressed
from tests.domain.given import (
    AUTUMN,
    NUMBER,
    ONE_OF_EACH_RECIPIENT,
    SPRING,
    accepted,
    at,
    call_after,
    enrolled,
    recipient_after,
    refused,
    report,
    started,
)

TALKED = call_after(
    report("call.created", 0),
    report("call.answered", 4),
    pressed("2", 9),
    pressed("1", 12),
    report("call.completed", 34),
).state
RANG_OUT = call_after(report("call.created", 60), report("call.completed", 90)).state
CALLED_TWICE = recipient_after(
    enrolled(),
    started("a1"),
    accepted("a1", "c1"),
    started("a2"),
    accepted("a2", "c2"),
    started("a3", AUTUMN),
    accepted("a3", "c3", AUTUMN),
)


def test_a_row_has_where_they_stand_and_what_was_heard() -> None:
    person = recipient_after(
        ONE_OF_EACH_RECIPIENT[0], started("a1"), refused("a1"), started("a2"), accepted("a2", "c2")
    )
    status = RecipientStatus(status="reached", attempts=2, call_id="c2")

    assert outcome_row(SPRING, person, status, {"c2": TALKED}, changed_at=at(40), position=17) == OutcomeRow(
        campaign_id=SPRING,
        number=NUMBER,
        reference="crm-1",
        status="reached",
        reason=None,
        attempts=2,
        call_id="c2",
        answered=True,
        digits=("2", "1"),
        seconds=30.0,
        code=person.last_error_code(SPRING),
        changed_at=at(40),
        position=17,
    )
    assert person.last_error_code(SPRING) is not None


def test_the_call_that_was_answered_tells_more_than_a_later_one_that_was_not() -> None:
    assert heard_of(CALLED_TWICE, SPRING, {"c1": TALKED, "c2": RANG_OUT}) == Heard(
        call_id="c1", answered=True, digits=("2", "1"), seconds=30.0
    )
    assert heard_of(CALLED_TWICE, SPRING, {"c1": TALKED, "c2": TALKED}).call_id == "c2"
    assert heard_of(CALLED_TWICE, SPRING, {"c1": RANG_OUT, "c2": RANG_OUT}) == Heard(call_id="c2")


def test_a_call_of_which_nothing_was_heard_is_named_and_one_of_another_campaign_is_not() -> None:
    assert heard_of(CALLED_TWICE, SPRING, {}) == Heard(call_id="c2")
    assert heard_of(CALLED_TWICE, AUTUMN, {"c1": TALKED, "c3": CallState()}) == Heard(call_id="c3")
    assert heard_of(recipient_after(enrolled()), SPRING, {}) == Heard()
