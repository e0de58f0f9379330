"""A command that waits, and what becomes of it."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from msgspec import Struct

from adapters.ledger.transaction import Transaction

ResultT = TypeVar("ResultT")

Decide = Callable[[Transaction], Any]


class CommandOutcome(Struct, frozen=True):
    """What became of a command: its result and the ledger's position after its commit, or its own error."""

    result: Any = None
    position: int = 0
    error: BaseException | None = None


def read_by(decide: Decide) -> Sequence[str]:
    """The streams that a command says it will read, so that those of one commit are read together; most say none."""
    named: Sequence[str] = getattr(decide, "reads", ())
    return named


Waker = Callable[[Sequence[tuple[Any, CommandOutcome]]], None]


class Committed(Struct, Generic[ResultT], frozen=True):
    """A command's result, and the ledger's position once it was on disk."""

    result: ResultT
    position: int


class Ticket(Struct):
    """A command that waits. `token` is handed to `wake` with its outcome; tickets of one `wake` are woken together."""

    decide: Decide
    metadata: Mapping[str, str]
    wake: Waker
    token: Any


def wake_all(batch: Sequence[Ticket], outcomes: Sequence[CommandOutcome]) -> list[Exception]:
    """Tell each caller what became of its command, and go on where one cannot be told; what went wrong with those."""
    together: dict[Waker, list[tuple[Any, CommandOutcome]]] = {}
    for ticket, outcome in zip(batch, outcomes, strict=True):
        together.setdefault(ticket.wake, []).append((ticket.token, outcome))
    failed: list[Exception] = []
    for wake, woken in together.items():
        try:
            wake(woken)
        except Exception as error:  # noqa: BLE001 - the others must be woken, and the thread go on
            failed.append(error)
    return failed


def taken_back(queue: deque[Ticket], ticket: Ticket) -> bool:
    """Whether a command that came after the writer's last look was still there to be taken back."""
    try:
        queue.remove(ticket)
    except (ValueError, IndexError):
        return False
    return True


def committed(outcome: CommandOutcome) -> Committed[Any]:
    """What a caller gets; raises what the command ended in."""
    if outcome.error is not None:
        raise outcome.error
    return Committed(outcome.result, outcome.position)
