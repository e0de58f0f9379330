"""What is recorded of a person, and which outcome may follow which."""

from collections.abc import Callable, Mapping
from typing import get_args

import pytest

from domain.errors import Conflict, NotFound
from domain.recipient import (
    RecipientEvent,
    RecipientState,
    Resolution,
    abandon,
    accept,
    leave_unresolved,
    refuse,
    resolve,
)
from domain.recipient.attempt import AttemptPhase
from tests.domain.given import (
    abandoned,
    accepted,
    enrolled,
    recipient_after,
    refused,
    resolved,
    started,
    unresolved,
)
from tests.domain.recipient.phases import PHASES

Decision = Callable[[RecipientState], list[RecipientEvent]]
DECISIONS: Mapping[str, tuple[Decision, RecipientEvent]] = {
    "accept": (lambda s: accept(s, "a1", call_id="c1", status=201, response="{}"), accepted()),
    "refuse": (
        lambda s: refuse(
            s,
            "a1",
            status=400,
            code="invalid_request",
            body='{"error":{}}',
            concerns="recipient",
            counts=False,
        ),
        refused(),
    ),
    "abandon": (lambda s: abandon(s, "a1", "connection refused"), abandoned()),
    "leave_unresolved": (lambda s: leave_unresolved(s, "a1", "read time-out"), unresolved()),
    "resolve to its call": (lambda s: resolve(s, "a1", "person", "kim", call_id="c1"), resolved(call_id="c1")),
    "resolve to no call": (lambda s: resolve(s, "a1", "person", "kim"), resolved()),
    "resolve to redial": (lambda s: resolve(s, "a1", "person", "kim", redial=True), resolved(redial=True)),
}
ALLOWED = {
    *(("started", decision) for decision in ("accept", "refuse", "abandon", "leave_unresolved")),
    # What comes of the request itself is known best by who sent it, whatever another process thought meanwhile.
    *((phase, "accept") for phase in ("refused", "abandoned", "unresolved", "settled_without_call")),
    ("abandoned", "refuse"),
    ("abandoned", "leave_unresolved"),
    *(("unresolved", decision) for decision in ("resolve to its call", "resolve to no call", "resolve to redial")),
    # Who said that there is no call may find it after all.
    ("settled_without_call", "resolve to its call"),
}
SAID_AGAIN = {
    ("accepted", "accept"),
    ("accepted", "resolve to its call"),
    ("refused", "refuse"),
    ("abandoned", "abandon"),
    ("unresolved", "leave_unresolved"),
    ("settled_without_call", "resolve to no call"),
}


def test_the_table_has_every_phase() -> None:
    assert set(PHASES) == set(get_args(AttemptPhase))
    for phase, events in PHASES.items():
        attempt = recipient_after(*events).attempt("a1")
        assert attempt is not None
        assert attempt.phase == phase


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("phase", PHASES)
def test_an_outcome_may_follow_a_phase_or_changes_nothing_or_conflicts(phase: AttemptPhase, decision: str) -> None:
    state = recipient_after(*PHASES[phase])
    decide, event = DECISIONS[decision]

    if (phase, decision) in ALLOWED:
        assert decide(state) == [event]
    elif (phase, decision) in SAID_AGAIN:
        assert decide(state) == []
    else:
        with pytest.raises(Conflict) as raised:
            decide(state)
        assert f"attempt a1 is {phase}, not " in str(raised.value)


@pytest.mark.parametrize("decision", DECISIONS)
def test_an_outcome_that_was_recorded_changes_nothing_when_it_is_said_again(decision: str) -> None:
    decide, event = DECISIONS[decision]
    before: list[RecipientEvent] = [enrolled(), started()]
    if decision.startswith("resolve"):
        before.append(unresolved())

    assert decide(recipient_after(*before, event)) == []


@pytest.mark.parametrize("decision", DECISIONS)
def test_an_outcome_needs_its_attempt(decision: str) -> None:
    with pytest.raises(NotFound) as raised:
        DECISIONS[decision][0](recipient_after(enrolled(), started("a2")))

    assert str(raised.value) == "no attempt a1 of this recipient"


OTHER_OUTCOMES: Mapping[str, tuple[AttemptPhase, Decision]] = {
    "another call": ("accepted", lambda s: accept(s, "a1", call_id="c2", status=201, response="{}")),
    "resolved to another call": ("accepted", lambda s: resolve(s, "a1", "person", "kim", call_id="c2")),
    "another code": (
        "refused",
        lambda s: refuse(s, "a1", status=400, code="other", body="{}", concerns="recipient", counts=False),
    ),
    "another concern": (
        "refused",
        lambda s: refuse(s, "a1", status=400, code="invalid_request", body="{}", concerns="account", counts=False),
    ),
    "counted after all": (
        "refused",
        lambda s: refuse(s, "a1", status=400, code="invalid_request", body="{}", concerns="recipient", counts=True),
    ),
    "redialled after all": ("settled_without_call", lambda s: resolve(s, "a1", "person", "kim", redial=True)),
}
BY_METADATA = resolved(call_id="c9", how="metadata")


@pytest.mark.parametrize("phase", ["unresolved", "settled_without_call", "refused", "abandoned"])
def test_the_providers_echo_of_an_attempt_shows_its_call_whatever_was_thought(phase: AttemptPhase) -> None:
    state = recipient_after(*PHASES[phase])

    assert resolve(state, "a1", "metadata", "kim", call_id="c9") == [BY_METADATA]
    found = recipient_after(*PHASES[phase], BY_METADATA).attempt("a1")
    assert found is not None
    assert (found.phase, found.call_id, found.evidence, found.counts) == ("accepted", "c9", "metadata", True)


@pytest.mark.parametrize("phase", ["unresolved", "settled_without_call", "refused", "abandoned"])
def test_an_attempt_whose_call_was_taken_after_all_has_it_and_counts(phase: AttemptPhase) -> None:
    events = accept(recipient_after(*PHASES[phase]), "a1", call_id="c9", status=201, response="{}")

    found = recipient_after(*PHASES[phase], *events).attempt("a1")
    assert found is not None
    assert (found.phase, found.call_id, found.evidence, found.counts) == ("accepted", "c9", "response", True)


@pytest.mark.parametrize("how", ["inferred", "person", "metadata"])
def test_the_answer_to_the_request_itself_replaces_any_other_evidence(how: Resolution) -> None:
    before = [*PHASES["unresolved"], resolved(call_id="c1", how=how)]
    events = accept(recipient_after(*before), "a1", call_id="c9", status=201, response="{}")

    found = recipient_after(*before, *events).attempt("a1")
    assert found is not None
    assert (found.call_id, found.evidence) == ("c9", "response")


def test_an_attempt_that_was_sent_after_all_and_had_no_answer_keeps_its_recipient_from_being_called() -> None:
    abandoned_before = PHASES["abandoned"]
    after = recipient_after(*abandoned_before, *leave_unresolved(recipient_after(*abandoned_before), "a1", "time-out"))

    found = after.attempt("a1")
    assert found is not None
    assert (found.phase, found.counts, after.open_attempts(())) == ("unresolved", True, ["a1"])


def test_better_evidence_replaces_what_was_inferred_and_worse_is_refused() -> None:
    inferred = [*PHASES["unresolved"], resolved(call_id="c1", how="inferred")]

    assert resolve(recipient_after(*inferred), "a1", "metadata", "kim", call_id="c9") == [BY_METADATA]
    after = recipient_after(*inferred, BY_METADATA)
    attempt = after.attempt("a1")
    assert attempt is not None
    assert (attempt.call_id, attempt.other_calls) == ("c9", ())
    with pytest.raises(Conflict, match="inferred is no better evidence"):
        resolve(after, "a1", "inferred", "kim", call_id="c1")
    with pytest.raises(Conflict, match="no better evidence"):
        resolve(recipient_after(*PHASES["accepted"]), "a1", "metadata", "kim", call_id="c9")


def test_evidence_as_good_for_another_call_is_kept_beside_the_first() -> None:
    first = [*PHASES["unresolved"], BY_METADATA]
    second = resolved(call_id="c10", how="metadata")

    assert resolve(recipient_after(*first), "a1", "metadata", "kim", call_id="c10") == [second]
    both = recipient_after(*first, second)
    attempt = both.attempt("a1")
    assert attempt is not None
    assert (attempt.call_id, attempt.other_calls) == ("c9", ("c10",))
    assert resolve(both, "a1", "metadata", "kim", call_id="c10") == []


@pytest.mark.parametrize("other", OTHER_OUTCOMES)
def test_another_outcome_of_the_same_kind_conflicts(other: str) -> None:
    phase, decide = OTHER_OUTCOMES[other]
    with pytest.raises(Conflict) as raised:
        decide(recipient_after(*PHASES[phase]))

    assert f"attempt a1 is {phase}, not " in str(raised.value)
