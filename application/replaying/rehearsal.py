"""What deliveries do, with today's code, to calls of which nothing is known yet or all that the ledger knows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from adapters.capture_file import Captured
from adapters.minivoice_webhook import UnreadableDelivery, read_delivery
from domain import call
from domain.call import CallHistory, CallState


class RehearsedStep(Struct, frozen=True, kw_only=True):
    """One delivery played: the place that it had, whose it is, what it would append, and the call's state after it.

    `problem` says why one cannot be read; then nothing is known of its call.
    """

    place: int
    call_id: str | None
    report: str | None
    events: tuple[str, ...]
    changes: Mapping[str, tuple[str | None, str | None]]
    state: Mapping[str, str | None] | None
    problem: str | None = None


class Rehearsal(Struct, frozen=True):
    """All steps, and the calls in the end."""

    steps: Sequence[RehearsedStep]
    calls: Mapping[str, CallHistory]

    def states(self) -> Mapping[str, CallState]:
        """Where each call stands in the end."""
        return {call_id: history.state for call_id, history in self.calls.items()}


class FinalDifference(Struct, frozen=True):
    """What is not the same of a call at the end of two replays; `a` and `b` are what each says."""

    call_id: str
    field: str
    a: str | None
    b: str | None


class StepDifference(Struct, frozen=True):
    """That after one delivery a call stands otherwise than it did in another replay after the same delivery.

    `step` counts the steps, from 1; `fields` are what the other replay says, and what this one says.
    """

    step: int
    place: int
    call_id: str
    fields: Mapping[str, tuple[str | None, str | None]]


def rehearse(deliveries: Iterable[tuple[int, Captured]], known: Mapping[str, CallHistory] | None = None) -> Rehearsal:
    """Play them in this order; each has the place that it had. `known` are calls as they stand before; nothing is stored."""
    calls = dict(known or {})
    steps = []
    for place, delivery in deliveries:
        try:
            received = read_delivery(delivery.body, delivery.headers)
        except UnreadableDelivery as error:
            steps.append(
                RehearsedStep(
                    place=place, call_id=None, report=None, events=(), changes={}, state=None, problem=str(error)
                )
            )
            continue
        history = calls.get(received.call_id, call.INITIAL)
        before = shown_state(history.state)
        events = call.receive(history, received.report, received.as_packed)
        for event in events:
            history = call.evolve(history, event, delivery.received_at)
        calls[received.call_id] = history
        after = shown_state(history.state)
        steps.append(
            RehearsedStep(
                place=place,
                call_id=received.call_id,
                report=call.report_name(received.report),
                events=tuple(event.NAME for event in events),
                changes={name: (before[name], after[name]) for name in after if before[name] != after[name]},
                state=after,
            )
        )
    return Rehearsal(steps, calls)


def final_differences(a: Rehearsal, b: Rehearsal) -> list[FinalDifference]:
    """What is not the same in the end; nothing where both came to the same, in whatever order."""
    states_a, states_b = a.states(), b.states()
    found = []
    for call_id in sorted(states_a.keys() | states_b.keys()):
        one, other = (shown_state(states.get(call_id, CallState())) for states in (states_a, states_b))
        found += [FinalDifference(call_id, name, one[name], other[name]) for name in one if one[name] != other[name]]
    return found


def step_differences(a: Rehearsal, b: Rehearsal) -> list[StepDifference]:
    """After which steps of `b` a call stands otherwise than in `a` after the same delivery, where `a` played it."""
    after = {step.place: step.state for step in a.steps if step.state is not None}
    found = []
    for number, step in enumerate(b.steps, start=1):
        other = after.get(step.place)
        if step.call_id is None or step.state is None or other is None or other == step.state:
            continue
        fields = {name: (other[name], now) for name, now in step.state.items() if other[name] != now}
        found.append(StepDifference(number, step.place, step.call_id, fields))
    return found


def shown_state(state: CallState) -> dict[str, str | None]:
    """A call's state as texts, each member of it that can differ."""
    return {
        "phase": state.phase,
        "outcome": state.outcome,
        "reached": "yes" if state.reached else "no",
        "step": state.step,
        "created_at": _time(state.created_at),
        "answered_at": _time(state.answered_at),
        "ended_at": _time(state.ended_at),
        "digits": ", ".join(state.entered) or None,
        "contested": "yes" if state.contested else "no",
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()
