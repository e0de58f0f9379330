"""What proves that a call was answered, and that a person did: the same in whatever order it comes."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.call import INITIAL, AnswerServed, CallEvent, CallGathered, CallState, ReportEvent, evolve
from domain.call.facts import ANSWER_PROOFS
from tests.domain.given import at, report
from tests.examples import examples


def gathered(digits: str | None, seconds: float = 6) -> CallGathered:
    said = report("call.gathered", seconds, note=str(digits))
    assert isinstance(said, CallGathered)
    return replace(said, digits=digits, timed_out=not digits)


def served(seconds: float = 4) -> AnswerServed:
    return AnswerServed(occurred_at=at(seconds), step="greeting", request="{}", actions="[]", duration_ms=1.0)


def after(*events: CallEvent) -> CallState:
    history = INITIAL
    for event in events:
        history = evolve(history, event, at(100))
    return history.state


CREATED, COMPLETED, FAILED, CANCELED = (
    report(f"call.{name}", seconds)
    for name, seconds in (("created", 0), ("completed", 9), ("failed", 9), ("canceled", 9))
)
ANSWERED, STARTED, READY, NO_RECORDING = (
    report(name, seconds)
    for name, seconds in (
        ("call.answered", 3),
        ("recording.started", 5),
        ("recording.completed", 90),
        ("recording.failed", 90),
    )
)


@pytest.mark.parametrize(
    ("events", "proofs", "person"),
    [
        ((CREATED, COMPLETED), (), ()),
        ((CREATED, served(), COMPLETED), (), ()),
        ((CREATED, served()), (), ()),
        ((CREATED, NO_RECORDING, COMPLETED), (), ()),
        ((CREATED, report("call.transferred", 4), COMPLETED), (), ()),
        ((CREATED, ANSWERED, COMPLETED), ("call.answered",), ()),
        ((CREATED, ANSWERED), ("call.answered",), ()),
        ((ANSWERED, FAILED), ("call.answered",), ()),
        ((CREATED, gathered("5"), COMPLETED), ("call.gathered",), ("digits",)),
        ((CREATED, gathered(None), COMPLETED), ("call.gathered",), ()),
        ((CREATED, gathered(""), COMPLETED), ("call.gathered",), ()),
        ((CREATED, gathered("  "), COMPLETED), ("call.gathered",), ()),
        ((gathered("1" * 40), CANCELED), ("call.gathered",), ("digits",)),
        ((gathered("5"), FAILED), ("call.gathered",), ("digits",)),
        ((CREATED, STARTED), ("recording.started",), ()),
        ((CREATED, STARTED, COMPLETED), ("recording.started",), ()),
        ((CREATED, READY, COMPLETED), ("recording.completed",), ()),
        ((STARTED, NO_RECORDING, COMPLETED), ("recording.started",), ()),
        ((STARTED, READY, FAILED), (), ()),
        ((STARTED, READY, CANCELED), (), ()),
        ((STARTED, gathered("5"), FAILED), ("call.gathered",), ("digits",)),
        ((ANSWERED, gathered("9"), STARTED, COMPLETED), ("call.answered", "call.gathered", "recording.started"), ("digits",)),
    ],
)  # fmt: skip
def test_only_what_an_answered_call_alone_can_have_proves_the_answer(
    events: tuple[CallEvent, ...], proofs: tuple[str, ...], person: tuple[str, ...]
) -> None:
    for order in permutations(events):
        state = after(*order)

        assert (state.answer_proofs, state.person_proofs, state.reached) == (proofs, person, bool(proofs))


def test_a_call_that_was_told_what_to_do_says_when_last_but_for_what_was_said_again() -> None:
    again = replace(served(50), again=True)

    for order in permutations([served(4), served(7), again, COMPLETED]):
        assert (after(*order).served_at, after(*order).reached) == (at(7), False)


def test_a_proof_makes_a_call_that_rings_one_that_is_under_way() -> None:
    assert [after(CREATED, one).phase for one in (ANSWERED, gathered(None), STARTED, served(), NO_RECORDING)] == [
        "in_progress",
        "in_progress",
        "in_progress",
        "dialing",
        "dialing",
    ]


EVENTS = st.lists(
    st.one_of(
        st.builds(report, st.sampled_from(["call.created", "call.transferred", *ANSWER_PROOFS]), st.integers(0, 9)),
        st.builds(gathered, st.sampled_from([None, "", "5", "12345678901234567"]), st.integers(0, 9)),
        st.builds(report, st.sampled_from(["call.completed", "call.failed", "call.canceled"]), st.integers(0, 9)),
        st.builds(served, st.integers(0, 9)),
    ),
    max_size=8,
)


@settings(max_examples=examples(300))
@given(EVENTS, st.data())
def test_what_is_proved_does_not_hang_on_order_or_number(events: list[CallEvent], data: st.DataObject) -> None:
    repeated: list[ReportEvent] = [event for event in events if not isinstance(event, AnswerServed)]  # type: ignore[misc]
    shuffled = data.draw(st.permutations([*events, *repeated]))

    one, other = after(*events), after(*shuffled)

    assert other == one
    assert (other.answer_proofs, other.person_proofs, other.phase) == (one.answer_proofs, one.person_proofs, one.phase)
