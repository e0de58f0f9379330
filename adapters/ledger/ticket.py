"""A command that waits, and what becomes of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from adapters.ledger.transaction import Transaction

Decide = Callable[[Transaction], Any]


class CommandOutcome(Struct, frozen=True):
    """What became of a command: its result and the ledger's position after its commit, or its own error."""

    result: Any = None
    position: int = 0
    error: BaseException | None = None


Waker = Callable[[Sequence[tuple[Any, CommandOutcome]]], None]


class Ticket(Struct):
    """A command that waits. `token` is handed to `wake` with its outcome; tickets of one `wake` are woken together."""

    decide: Decide
    metadata: Mapping[str, str]
    wake: Waker
    token: Any
