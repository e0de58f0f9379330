"""A person as the ledger knows them: a fold over what happened to them."""

import pytest

from domain.recipient import (
    INITIAL,
    Attempt,
    Concerns,
    Enrollment,
    RecipientEvent,
    RecipientReleased,
    RecipientState,
    RecipientSuppressed,
    RecipientWithdrawn,
    Suppression,
    evolve,
)
from tests.domain.given import (
    AUTUMN,
    NINE,
    NUMBER,
    ONE_OF_EACH_RECIPIENT,
    SPRING,
    abandoned,
    accepted,
    at,
    enrolled,
    recipient_after,
    refused,
    resolved,
    started,
    unresolved,
)
from tests.work import work_of


def first_attempt(phase_events: list[RecipientEvent]) -> Attempt:
    """The only attempt, started at second 1 (after its enrolment)."""
    (attempt,) = recipient_after(enrolled(), *phase_events).attempts
    return attempt


def expected(changed_seconds: int, **changes: object) -> dict[str, object]:
    return {
        "attempt_id": "a1",
        "campaign_id": SPRING,
        "phase": "started",
        "started_at": at(1),
        "epoch": "e1",
        "changed_at": at(changed_seconds),
        "call_id": None,
        "status": None,
        "code": None,
        "concerns": None,
        "why": None,
        "evidence": None,
        "other_calls": (),
        "counts": True,
        "purpose": None,
        "caller_number": None,
        "caller_why": None,
        "lookup": None,
        **changes,
    }


@pytest.mark.parametrize(
    ("events", "attempt"),
    [
        ([started()], expected(1)),
        ([started(), accepted()], expected(2, phase="accepted", call_id="c1", status=201, evidence="response")),
        (
            [started(), refused()],
            expected(2, phase="refused", status=400, code="invalid_request", concerns="recipient", counts=False),
        ),
        (
            [started(), refused(concerns="destination", counts=True, code=None)],
            expected(2, phase="refused", status=400, concerns="destination", counts=True),
        ),
        ([started(), abandoned()], expected(2, phase="abandoned", why="connection refused", counts=False)),
        ([started(), unresolved()], expected(2, phase="unresolved", why="read time-out")),
        (
            [started(), unresolved(), resolved(call_id="c9")],
            expected(3, phase="accepted", call_id="c9", why="read time-out", evidence="person"),
        ),
        (
            [started(), unresolved(), resolved()],
            expected(3, phase="settled_without_call", why="read time-out", evidence="person", counts=True),
        ),
        (
            [started(), unresolved(), resolved(redial=True)],
            expected(3, phase="settled_without_call", why="read time-out", evidence="person", counts=False),
        ),
    ],
)
def test_an_attempt_is_what_became_of_it(events: list[RecipientEvent], attempt: dict[str, object]) -> None:
    folded = first_attempt(events)

    assert {name: getattr(folded, name) for name in folded.__struct_fields__} == attempt


def test_a_person_is_one_across_all_campaigns() -> None:
    state = recipient_after(
        enrolled(SPRING),
        enrolled(AUTUMN),
        RecipientWithdrawn(campaign_id=SPRING),
        RecipientSuppressed(number=NUMBER, source="keypress", reason="pressed 9"),
    )

    assert state == RecipientState(
        number=NUMBER,
        enrollments={SPRING: Enrollment(withdrawn=True), AUTUMN: Enrollment()},
        suppression=Suppression(source="keypress", reason="pressed 9", expires_at=None, since=at(3)),
        suppressed_by=frozenset({("keypress", "pressed 9", None)}),
    )


def test_attempts_are_kept_in_order_and_told_apart_by_campaign() -> None:
    state = recipient_after(
        started("a1", SPRING), refused("a1"), started("a2", AUTUMN), accepted("a2", "c2", AUTUMN), started("a3", SPRING)
    )

    assert [a.attempt_id for a in state.attempts] == ["a1", "a2", "a3"]
    assert [a.attempt_id for a in state.attempts_in(SPRING)] == ["a1", "a3"]
    assert (state.attempts_counted(SPRING), state.attempts_counted(AUTUMN), state.attempts_counted("other")) == (
        1,
        1,
        0,
    )
    assert state.attempt("a2") == state.attempts[1]
    assert state.attempt("a9") is None


@pytest.mark.parametrize(
    ("concerns", "counts", "ends_the_recipient"),
    [
        ("recipient", False, True),
        ("recipient", True, False),
        ("destination", False, False),
        ("campaign", False, False),
        ("account", False, False),
    ],
)
def test_only_a_refusal_of_this_person_ends_them(concerns: Concerns, counts: bool, ends_the_recipient: bool) -> None:
    state = recipient_after(enrolled(), started(), refused(concerns=concerns, counts=counts))

    assert state.refusal(SPRING) == (state.attempt("a1") if ends_the_recipient else None)
    assert state.refusal(AUTUMN) is None


def test_a_suppression_holds_until_it_expires() -> None:
    state = recipient_after(RecipientSuppressed(number=NUMBER, source="operator", expires_at=at(60)))

    assert [state.suppression_at(at(s)) for s in (0, 59.999, 60, 61)] == [state.suppression] * 2 + [None] * 2


def test_a_shorter_suppression_does_not_shorten_a_longer_one_in_either_order() -> None:
    short = RecipientSuppressed(number=NUMBER, source="operator", expires_at=at(60))
    longer = RecipientSuppressed(number=NUMBER, source="operator", expires_at=at(90))
    for_good = RecipientSuppressed(number=NUMBER, source="keypress")

    for first, second, end in (
        (short, longer, at(90)),
        (longer, short, at(90)),
        (short, for_good, None),
        (for_good, short, None),
    ):
        suppression = recipient_after(first, second).suppression
        assert suppression is not None
        assert suppression.expires_at == end


def test_a_suppression_without_an_end_holds_until_it_is_lifted() -> None:
    suppressed = RecipientSuppressed(number=NUMBER, source="operator")

    assert recipient_after(suppressed).suppression_at(at(10**9)) is not None
    assert recipient_after(suppressed, RecipientReleased()).suppression_at(NINE) is None
    assert INITIAL.suppression_at(NINE) is None


def test_an_attempt_is_open_while_a_call_of_it_may_be_under_way() -> None:
    state = recipient_after(
        *(started("a1"), accepted("a1", "c1")),
        *(started("a2"), accepted("a2", "c2")),
        *(started("a3"), refused("a3")),
        *(started("a4"), abandoned("a4")),
        *(started("a5"), unresolved("a5")),
        *(started("a6"), unresolved("a6"), resolved("a6")),
        *(started("a7"), unresolved("a7"), resolved("a7", call_id="c7")),
        started("a8", AUTUMN),
    )

    assert state.open_attempts(ended_calls={"c1"}) == ["a2", "a5", "a7", "a8"]
    assert state.open_attempts(ended_calls={"c1", "c2", "c7"}) == ["a5", "a8"]
    assert INITIAL.open_attempts(ended_calls=()) == []


@pytest.mark.parametrize("event", ONE_OF_EACH_RECIPIENT, ids=lambda event: event.NAME)
def test_every_event_can_be_folded_from_the_start(event: RecipientEvent) -> None:
    assert isinstance(evolve(INITIAL, event, NINE), RecipientState)


@pytest.mark.parametrize(
    "event", [accepted(), refused(), abandoned(), unresolved(), resolved()], ids=lambda event: event.NAME
)
def test_the_outcome_of_an_attempt_that_is_not_known_changes_nothing(event: RecipientEvent) -> None:
    state = recipient_after(enrolled(), started("a2"))

    assert evolve(state, event, at(9)) == state


@pytest.mark.no_cover
@pytest.mark.parametrize("which", [-1, -2])
def test_what_becomes_of_a_late_attempt_is_as_much_work_for_a_person_with_ten_times_as_many(which: int) -> None:
    def calls_of(attempts: int) -> int:
        state = INITIAL
        for n in range(attempts):
            state = evolve(state, started(f"a{n}"), at(n))
        late = abandoned(state.attempts[which].attempt_id)
        return work_of(lambda: evolve(state, late, at(attempts))).calls

    assert calls_of(2_000) <= calls_of(200)
