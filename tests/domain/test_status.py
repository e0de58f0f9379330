"""A recipient's status in a campaign: each row of the design's table, and the order between the rows."""

from collections.abc import Mapping
from itertools import combinations
from typing import get_args

import pytest
from msgspec import Struct

from domain import dialing
from domain.call import CallState
from domain.campaign import CampaignCanceled, CampaignCompleted, CampaignEvent, CampaignStarted
from domain.dialing import Reason, Verdict
from domain.recipient import RecipientEvent, RecipientReleased, RecipientSuppressed, RecipientWithdrawn
from domain.status import STATUSES, RecipientStatus, Status, status_of
from tests.domain.given import (
    AUTUMN,
    NINE,
    NUMBER,
    SPRING,
    abandoned,
    accepted,
    account_after,
    at,
    call_told,
    campaign_after,
    enrolled,
    recipient_after,
    refused,
    report,
    resolved,
    started,
    unresolved,
)

RINGING = call_told([report("call.created")]).state
TALKING = call_told([report("call.created"), report("call.answered", 3)]).state
TALKED = call_told([report("call.created"), report("call.answered", 3), report("call.completed", 9)]).state
RANG_OUT = call_told([report("call.created"), report("call.completed", 9)]).state
FAILED = call_told([report("call.created"), report("call.failed", 9)]).state
CANCELED = call_told([report("call.created"), report("call.canceled", 9)]).state

USED_UP = Reason(rule="attempts_used_up", scope="recipient", final=True)
HOLDING = Reason(rule="outside_hours", scope="recipient", until=at(3600))


class Row(Struct, frozen=True):
    """What makes one row of the table hold: events (in the order of the rows' `turn`), a call, a reason in the verdict."""

    turn: int
    events: tuple[RecipientEvent, ...] = ()
    calls: Mapping[str, CallState] = {}
    reasons: tuple[Reason, ...] = ()


# An attempt of each row has an id and a call of its own, so that several rows can hold together. `turn` keeps the
# attempt that must be the last one last.
TABLE: Mapping[Status, Row] = {
    "in_progress": Row(2, (started("talking"), accepted("talking", "c-talking")), {"c-talking": TALKING}),
    "dialing": Row(9, (started("dialing"),)),
    "unresolved": Row(9, (started("lost"), unresolved("lost"))),
    "reached": Row(1, (started("talked"), accepted("talked", "c-talked")), {"c-talked": TALKED}),
    "withdrawn": Row(0, (RecipientWithdrawn(campaign_id=SPRING),)),
    "suppressed": Row(0, (RecipientSuppressed(number=NUMBER, source="keypress"),)),
    "refused": Row(0, (started("refused"), refused("refused"))),
    "queued": Row(0),
    "held": Row(0, reasons=(HOLDING,)),
    "failed": Row(5, (started("failed"), accepted("failed", "c-failed")), {"c-failed": FAILED}, (USED_UP,)),
    "canceled": Row(5, (started("taken"), accepted("taken", "c-taken")), {"c-taken": CANCELED}, (USED_UP,)),
    "not_reached": Row(5, (started("rang"), accepted("rang", "c-rang")), {"c-rang": RANG_OUT}, (USED_UP,)),
}
ATTEMPTS_ARE_LEFT = {"queued", "held"}
NO_ATTEMPTS_ARE_LEFT = {"failed", "canceled", "not_reached"}


def can_hold_together(one: Status, other: Status) -> bool:
    """Whether a recipient can be in both rows: attempts are left or not, and only one attempt is the last."""
    return {one, other} != {"dialing", "unresolved"} and not {one, other} <= ATTEMPTS_ARE_LEFT | NO_ATTEMPTS_ARE_LEFT


def status_where(*rows: Status) -> RecipientStatus:
    """The status of a recipient for whom all these rows hold."""
    holding = sorted((TABLE[row] for row in rows), key=lambda row: row.turn)
    events = [event for row in holding for event in row.events]
    return status_of(
        recipient_after(enrolled(), *events),
        SPRING,
        {call_id: call for row in holding for call_id, call in row.calls.items()},
        at(30),
        lambda: Verdict(
            judged_at=at(30),
            attempts_counted=0,
            attempts_max=3,
            reasons=tuple(reason for row in holding for reason in row.reasons),
        ),
    )


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ("in_progress", RecipientStatus(status="in_progress", attempts=1, call_id="c-talking")),
        ("dialing", RecipientStatus(status="dialing", attempts=1)),
        ("unresolved", RecipientStatus(status="unresolved", reason="read time-out", attempts=1)),
        ("reached", RecipientStatus(status="reached", attempts=1, call_id="c-talked")),
        ("withdrawn", RecipientStatus(status="withdrawn")),
        ("suppressed", RecipientStatus(status="suppressed", reason="keypress")),
        ("refused", RecipientStatus(status="refused", reason="invalid_request")),
        ("queued", RecipientStatus(status="queued")),
        ("held", RecipientStatus(status="held", reason="outside_hours", until=at(3600))),
        ("failed", RecipientStatus(status="failed", attempts=1, call_id="c-failed")),
        ("canceled", RecipientStatus(status="canceled", attempts=1, call_id="c-taken")),
        ("not_reached", RecipientStatus(status="not_reached", attempts=1, call_id="c-rang")),
    ],
)
def test_each_row_of_the_table_is_a_status(row: Status, status: RecipientStatus) -> None:
    assert status_where(row) == status


@pytest.mark.parametrize(("earlier", "later"), [pair for pair in combinations(TABLE, 2) if can_hold_together(*pair)])
def test_where_two_rows_hold_the_earlier_is_the_status(earlier: Status, later: Status) -> None:
    assert status_where(earlier, later).status == earlier


def test_every_status_has_a_row_and_is_listed_once() -> None:
    assert set(STATUSES) == set(get_args(Status)) == set(TABLE)
    assert len(STATUSES) == len(get_args(Status))


def judged(
    events: list[RecipientEvent],
    calls: Mapping[str, CallState] | None = None,
    campaign_events: tuple[CampaignEvent, ...] = (CampaignStarted(),),
) -> RecipientStatus:
    """The status by the verdict that `dialing.judge` gives of the same facts."""
    known = {} if calls is None else calls
    recipient = recipient_after(*events)
    verdict = dialing.judge(
        campaign_after(*campaign_events),
        recipient,
        account_after(),
        recipient.open_attempts({call_id for call_id, call in known.items() if call.phase == "ended"}),
        at(60),
    )
    return status_of(recipient, SPRING, known, at(60), lambda: verdict)


@pytest.mark.parametrize(
    ("events", "calls", "status"),
    [
        ([enrolled()], {}, RecipientStatus(status="queued")),
        ([enrolled(), started()], {}, RecipientStatus(status="dialing", attempts=1)),
        # Accepted, and nothing heard of the call yet.
        ([enrolled(), started(), accepted()], {}, RecipientStatus(status="dialing", attempts=1, call_id="c1")),
        (
            [enrolled(), started(), accepted()],
            {"c1": RINGING},
            RecipientStatus(status="dialing", attempts=1, call_id="c1"),
        ),
        (
            [enrolled(), started(), accepted()],
            {"c1": TALKING},
            RecipientStatus(status="in_progress", attempts=1, call_id="c1"),
        ),
        (
            [enrolled(), started(), accepted()],
            {"c1": TALKED},
            RecipientStatus(status="reached", attempts=1, call_id="c1"),
        ),
        (
            [enrolled(), started(), accepted()],
            {"c1": RANG_OUT},
            RecipientStatus(status="not_reached", attempts=1, call_id="c1"),
        ),
        (
            [enrolled(), started(), accepted()],
            {"c1": FAILED},
            RecipientStatus(status="failed", attempts=1, call_id="c1"),
        ),
        (
            [enrolled(), started(), accepted()],
            {"c1": CANCELED},
            RecipientStatus(status="canceled", attempts=1, call_id="c1"),
        ),
        (
            [enrolled(), started(), unresolved()],
            {},
            RecipientStatus(status="unresolved", reason="read time-out", attempts=1),
        ),
        (
            [enrolled(), started(), unresolved(), resolved(call_id="c1")],
            {"c1": TALKED},
            RecipientStatus(status="reached", attempts=1, call_id="c1"),
        ),
        ([enrolled(), started(), unresolved(), resolved()], {}, RecipientStatus(status="not_reached", attempts=1)),
        ([enrolled(), started(), unresolved(), resolved(redial=True)], {}, RecipientStatus(status="queued")),
        ([enrolled(), started(), abandoned()], {}, RecipientStatus(status="queued")),
        ([enrolled(), started(), refused(concerns="account")], {}, RecipientStatus(status="queued")),
        ([enrolled(), started(), refused()], {}, RecipientStatus(status="refused", reason="invalid_request")),
        # 502: the provider's word that nothing was placed counts as an attempt.
        (
            [enrolled(), started(), refused(concerns="recipient", counts=True, code="originate_failed")],
            {},
            RecipientStatus(status="failed", reason="originate_failed", attempts=1),
        ),
        # Another campaign's call to the same person.
        (
            [enrolled(), enrolled(AUTUMN), started("b1", AUTUMN), accepted("b1", "c9", AUTUMN)],
            {"c9": TALKING},
            RecipientStatus(status="held", reason="open_attempt"),
        ),
        (
            [enrolled(), enrolled(AUTUMN), started("b1", AUTUMN), accepted("b1", "c9", AUTUMN)],
            {"c9": TALKED},
            RecipientStatus(status="queued"),
        ),
        (
            [enrolled(), RecipientSuppressed(number=NUMBER, source="operator", expires_at=at(61))],
            {},
            RecipientStatus(status="suppressed", reason="operator", until=at(61)),
        ),
        (
            [enrolled(), RecipientSuppressed(number=NUMBER, source="operator", expires_at=at(60))],
            {},
            RecipientStatus(status="queued"),
        ),
    ],
)
def test_the_status_follows_from_what_happened(
    events: list[RecipientEvent], calls: Mapping[str, CallState], status: RecipientStatus
) -> None:
    assert judged(events, calls) == status


def test_who_was_never_called_is_withdrawn_by_a_campaign_that_was_canceled() -> None:
    assert judged([enrolled()], campaign_events=(CampaignStarted(), CampaignCanceled())) == RecipientStatus(
        status="withdrawn", reason="campaign_canceled"
    )


RELEASED: list[RecipientEvent] = [
    enrolled(),
    RecipientSuppressed(number=NUMBER, source="operator"),
    RecipientReleased(),
]
COMPLETED = (CampaignStarted(), CampaignCompleted())


def test_who_is_released_once_the_campaign_is_completed_waits_for_no_call_of_it() -> None:
    assert judged(RELEASED) == RecipientStatus(status="queued")
    assert judged(RELEASED, campaign_events=COMPLETED) == RecipientStatus(
        status="withdrawn", reason="campaign_completed"
    )


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (HOLDING, RecipientStatus(status="withdrawn", reason="campaign_completed")),
        (Reason(rule="zone_unknown", scope="recipient"), RecipientStatus(status="held", reason="zone_unknown")),
        (USED_UP, RecipientStatus(status="not_reached")),
    ],
)
def test_in_a_completed_campaign_only_a_hold_without_an_end_stays(reason: Reason, told: RecipientStatus) -> None:
    over = Reason(rule="campaign_not_running", scope="campaign", final=True, inputs={"phase": "completed"})
    verdict = Verdict(judged_at=NINE, attempts_counted=0, attempts_max=1, reasons=(over, reason))

    assert status_of(recipient_after(enrolled()), SPRING, {}, NINE, lambda: verdict) == told


def test_who_was_called_keeps_their_result_when_the_campaign_is_canceled() -> None:
    canceled = (CampaignStarted(), CampaignCanceled())

    assert [
        judged([enrolled(), started(), accepted()], {"c1": call}, canceled).status
        for call in (RINGING, TALKING, TALKED, RANG_OUT, FAILED)
    ] == ["dialing", "in_progress", "reached", "not_reached", "failed"]


def test_who_waits_for_the_whole_campaign_is_queued() -> None:
    assert judged([enrolled()], campaign_events=()) == RecipientStatus(status="queued")


def test_a_later_call_that_fails_does_not_take_back_that_the_person_was_reached() -> None:
    verdict = Verdict(judged_at=NINE, attempts_counted=2, attempts_max=2, reasons=(USED_UP,))
    recipient = recipient_after(enrolled(), started("a1"), accepted("a1", "c1"), started("a2"), accepted("a2", "c2"))

    assert status_of(recipient, SPRING, {"c1": TALKED, "c2": FAILED}, NINE, lambda: verdict) == RecipientStatus(
        status="reached", attempts=2, call_id="c2"
    )
