import pytest
from msgspec.structs import replace

from domain import account, call
from domain.account import AccountState
from domain.call import CallState
from domain.campaign import Phase
from domain.recipient import RecipientEvent, RecipientReleased, RecipientState, RecipientSuppressed, RecipientWithdrawn
from projections.changes import Standing, TimedStanding, standing_of
from tests.domain.given import (
    AUTUMN,
    NUMBER,
    SPRING,
    abandoned,
    accepted,
    at,
    call_after,
    campaign_after,
    enrolled,
    recipient_after,
    refused,
    report,
    started,
)

HELD = AccountState(held_prefixes={"+1555": "rate_not_found"})
SUPPRESSED = RecipientSuppressed(number=NUMBER, source="operator", expires_at=at(60))


def stands(
    person: RecipientState,
    seconds: float,
    position: int,
    before: Standing | None = None,
    *,
    phase: Phase = "running",
    calls: dict[str, CallState] | None = None,
    known: AccountState = account.INITIAL,
) -> Standing:
    """Where a person stands in spring."""
    campaign = replace(campaign_after(), phase=phase)
    return standing_of(person, campaign, calls or {}, known, at(seconds), position, before)


QUEUED = Standing(status="queued", since=at(0), position=1)


def test_who_is_enrolled_is_queued_since_then() -> None:
    assert stands(recipient_after(enrolled()), 0, 1) == QUEUED


@pytest.mark.parametrize("phase", ["created", "running", "paused", "completed", "canceled"])
def test_what_concerns_the_whole_campaign_is_in_no_standing(phase: Phase) -> None:
    assert stands(recipient_after(enrolled()), 0, 1, phase=phase) == QUEUED


def test_a_paused_account_is_in_no_standing() -> None:
    paused = account.evolve(account.INITIAL, account.AccountPaused(cause="operator"), at(0))
    assert stands(recipient_after(enrolled()), 0, 1, known=paused) == QUEUED


def test_nothing_new_is_the_standing_that_was_there() -> None:
    for known in (account.INITIAL, HELD):
        before = stands(recipient_after(enrolled()), 0, 1, known=known)
        assert stands(recipient_after(enrolled(), enrolled(AUTUMN)), 1, 2, before, known=known) == before


def test_a_suppression_that_ends_by_itself_says_what_comes_then() -> None:
    after = stands(recipient_after(enrolled(), SUPPRESSED), 1, 2, QUEUED)
    assert after == Standing(
        status="suppressed",
        reason="operator",
        since=at(1),
        position=2,
        then=TimedStanding(at(60), "queued", None),
    )
    assert stands(recipient_after(enrolled(), SUPPRESSED), 1, 2, QUEUED, known=HELD).then == TimedStanding(
        at(60), "held", "destination_held"
    )


def test_a_suppression_for_good_has_no_then() -> None:
    for_good = RecipientSuppressed(number=NUMBER, source="operator")
    assert stands(recipient_after(enrolled(), for_good), 1, 2, QUEUED).then is None


def test_who_is_released_is_queued_again_since_then() -> None:
    suppressed = stands(recipient_after(enrolled(), SUPPRESSED), 1, 2, QUEUED)
    after = stands(recipient_after(enrolled(), SUPPRESSED, RecipientReleased()), 2, 3, suppressed)
    assert after == Standing(status="queued", since=at(2), position=3)


def test_another_row_of_the_same_status_keeps_since_when() -> None:
    first = stands(recipient_after(enrolled(), SUPPRESSED), 1, 2, QUEUED)
    longer = RecipientSuppressed(number=NUMBER, source="operator", expires_at=at(90))
    after = stands(recipient_after(enrolled(), SUPPRESSED, longer), 2, 3, first)
    assert (after.position, after.since, after.then) == (3, at(1), TimedStanding(at(90), "queued", None))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((started(),), ("dialing", None, 1, None, None)),
        ((started(), abandoned()), ("queued", None, 0, None, None)),
        ((started(), accepted()), ("dialing", None, 1, "c1", None)),
        ((started(), refused()), ("refused", "invalid_request", 0, None, "invalid_request")),
        (
            (started(), refused(concerns="destination", code="rate_not_found")),
            ("queued", None, 0, None, "rate_not_found"),
        ),
        ((started("a1", AUTUMN),), ("held", "open_attempt", 0, None, None)),
        ((RecipientWithdrawn(campaign_id=SPRING),), ("withdrawn", None, 0, None, None)),
    ],
)
def test_an_attempt_moves_the_standing(
    events: tuple[RecipientEvent, ...], expected: tuple[str, str | None, int, str | None, str | None]
) -> None:
    after = stands(recipient_after(enrolled(), enrolled(AUTUMN), *events), 9, 9, QUEUED)
    assert (after.status, after.reason, after.attempts, after.call_id, after.code) == expected


@pytest.mark.parametrize(
    ("heard", "status"),
    [
        ([], "dialing"),
        ([report("call.answered", 3)], "in_progress"),
        ([report("call.answered", 3), report("call.completed", 9)], "reached"),
        ([report("call.completed", 9)], "not_reached"),
        ([report("call.failed", 9)], "failed"),
        ([report("call.canceled", 9)], "canceled"),
        ([call.CallObserved(digest="d", body="{}", gave_up=True)], "unresolved"),
    ],
)
def test_a_call_moves_the_standing(heard: list[call.CallEvent], status: str) -> None:
    person = recipient_after(enrolled(), started(), accepted())
    assert stands(person, 9, 9, QUEUED, calls={"c1": call_after(*heard).state}).status == status


def test_a_held_destination_holds_who_has_its_prefix() -> None:
    person = recipient_after(enrolled())
    others = AccountState(held_prefixes={"+49": None})
    assert [stands(person, 1, 2, QUEUED, known=known) for known in (HELD, others)] == [
        Standing(status="held", reason="destination_held", since=at(1), position=2),
        QUEUED,
    ]
