"""A command: what one commit of the ledger decides."""

from collections.abc import Callable
from typing import TypeVar

from adapters.ledger.transaction import Transaction

ResultT = TypeVar("ResultT")
# It reads, decides and appends in the transaction that it is given, and has no other effect.
Command = Callable[[Transaction], ResultT]
