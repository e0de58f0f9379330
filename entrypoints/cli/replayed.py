"""What a replay found, as a person and as a program read it."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from application.replaying import FinalDifference, Rehearsal, RehearsedStep, StepDifference
from entrypoints.cli.api import Json
from entrypoints.cli.feed import REDELIVERED
from entrypoints.cli.output import write, write_table
from entrypoints.cli.times import Times

if TYPE_CHECKING:
    from adapters.delivery_sender import Sent

NONE = "-"


class Replayed(Struct, frozen=True, kw_only=True):
    """What was played; against what came as it came, where that is another order, and against what is known today."""

    played: Rehearsal
    final_differences: Sequence[FinalDifference] | None
    step_differences: Sequence[StepDifference] | None
    today: Rehearsal | None


def as_json(found: Replayed, sent: "Sequence[Sent]") -> Json:
    """For programs."""
    return {
        "steps": [msgspec.to_builtins(step) for step in found.played.steps],
        "ends": {call_id: _ending(found.played, call_id) for call_id in found.played.calls},
        "apart": [msgspec.to_builtins(one) for one in found.step_differences or ()],
        "parts": [msgspec.to_builtins(one) for one in found.final_differences or ()],
        "today": None if found.today is None else [msgspec.to_builtins(step) for step in _news(found.today)],
        "sent": [msgspec.to_builtins(one) for one in sent],
    }


def write_replayed(found: Replayed, sent: "Sequence[Sent]", times: Times, *, with_states: bool) -> None:
    """Step by step, where each call ends, where that is otherwise than as they came, and what it would do today."""
    _write_steps(found, sent, times, with_states=with_states)
    write()
    for call_id in found.played.calls:
        write(f"{call_id} ends with: {_told(_ending(found.played, call_id), times)}", "bold")
    if found.step_differences is not None and with_states:
        write(_step_differences_told(found.step_differences, len(found.played.steps)))
    if found.final_differences is not None and not found.final_differences:
        write("the same in the end as what came did", "green")
    if found.final_differences:
        write()
        rows = [
            [part.call_id, part.field, _value(part.field, part.a, times), _value(part.field, part.b, times)]
            for part in found.final_differences
        ]
        write_table(("call", "field", "as they came", "so"), rows)
    if found.today is not None:
        write()
        _write_today(found.today, times)


def write_news(found: Replayed, sent: "Sequence[Sent]", times: Times) -> None:
    """Only what it would do today."""
    if found.today is not None:
        _write_today(found.today, times)
    if sent:
        write()
        rows = [
            [step.place, answer.status, _ms(answer)] for step, answer in zip(found.played.steps, sent, strict=False)
        ]
        write_table(("delivery", "answered", "after"), rows, right=("delivery", "after"))


def _write_steps(found: Replayed, sent: "Sequence[Sent]", times: Times, *, with_states: bool) -> None:
    steps = found.played.steps
    different = {one.step: one.fields for one in found.step_differences or ()}
    columns: list[tuple[str, Callable[[int, RehearsedStep], object]]] = [("delivery", lambda _, step: step.place)]
    if len(found.played.calls) > 1:
        columns.append(("call", lambda _, step: step.call_id or "?"))
    columns += [
        ("report", lambda _, step: step.report or "unreadable"),
        ("adds", lambda _, step: ", ".join(step.events) or "nothing"),
        ("changes", lambda _, step: step.problem or _changes(step.changes, times)),
    ]
    if with_states:
        columns.append(("then it stands", lambda _, step: _told(step.state or {}, times)))
        if found.step_differences is not None:
            columns.append(("as they came", lambda index, _: _as_they_came(different.get(index + 1), times)))
    if sent:
        columns.append(("answered", lambda index, _: _answered(sent, index)))
    rows = [[cell(index, step) for _, cell in columns] for index, step in enumerate(steps)]
    write_table([name for name, _ in columns], rows, right=("delivery",), lead=("delivery", "report"))


def _answered(sent: "Sequence[Sent]", index: int) -> str:
    return f"{sent[index].status} in {_ms(sent[index])}" if index < len(sent) else "not sent"


def _ms(answer: "Sent") -> str:
    return f"{answer.ms:g} ms"


def _as_they_came(fields: Mapping[str, tuple[str | None, str | None]] | None, times: Times) -> str:
    if fields is None:
        return "the same"
    return ", ".join(f"{name} {_value(name, was, times)}" for name, (was, _) in fields.items())


def _step_differences_told(differences: Sequence[StepDifference], steps: int) -> str:
    if not differences:
        return "after no step it stands otherwise than as they came"
    first, last = differences[0], differences[-1]
    told = f"first otherwise after step {first.step} (delivery {first.place}: {', '.join(first.fields)})"
    return told if last.step == steps else f"{told}, the same again from step {last.step + 1} on"


def _write_today(today: Rehearsal, times: Times) -> None:
    news = _news(today)
    write(
        "if they came today, the ledger would learn nothing new"
        if not news
        else "if they came today, the ledger would add:"
    )
    several = len(today.calls) > 1
    for step in news:
        whose = f"{step.call_id} " if several else ""
        write(f"  {step.place}: {whose}{', '.join(step.events)}  {_changes(step.changes, times)}".rstrip())


def _news(today: Rehearsal) -> list[RehearsedStep]:
    """The steps that would add something but the note that a delivery came again."""
    return [step for step in today.steps if any(event != REDELIVERED for event in step.events)]


def _ending(played: Rehearsal, call_id: str) -> Mapping[str, str | None]:
    steps = [step for step in played.steps if step.call_id == call_id]
    return steps[-1].state or {}


def _told(state: Mapping[str, str | None], times: Times) -> str:
    return ", ".join(
        f"{name} {_value(name, value, times)}" for name, value in state.items() if value not in {None, "no"}
    )


def _changes(changes: Mapping[str, tuple[str | None, str | None]], times: Times) -> str:
    return ", ".join(
        f"{name}: {_value(name, before, times)} → {_value(name, after, times)}"
        for name, (before, after) in changes.items()
    )


def _value(name: str, value: str | None, times: Times) -> str:
    return (times.shown(value) if name.endswith("_at") else value) or NONE
