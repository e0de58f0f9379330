"""A ledger that went back under a running process, as where a standby was promoted that lacks the last commits.

All that was folded of it is of another ledger then, and nothing more is read or written: everything is begun anew, in the
same process, on the same address.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from adapters.high_water import HighWater, HighWaterMarks, places_of_high_water
from adapters.ledger import Ledger, Ownership
from domain.errors import LedgerUnusable

LOOK_SECONDS = 0.25
TRY_SECONDS = 1.0

ANEW = "the database lacks what was stored ({}): beginning anew; nobody is called before an operator says so"

Say = Callable[[str], None]
CodeT = TypeVar("CodeT")


def followed(ownership: Ownership, ledger: Ledger) -> Ownership:
    """The same, but nothing is ours to send while the database cannot be followed: soon nothing could be recorded either."""
    return replace(ownership, trouble=lambda: ledger.line_trouble or ownership.trouble())


async def gone_back(ledger: Ledger) -> None:
    """Return once it has."""
    while ledger.went_back is None:  # noqa: ASYNC110 - threads find it out, which know no loop
        await asyncio.sleep(LOOK_SECONDS)


def keep_what_was_known(ledger: Ledger, folder: Path) -> str:
    """Leave the event that is missing to whoever begins to dial here next, also where another process dialled; in words."""
    position, event_id = ledger.went_back or (0, "")
    with suppress(OSError):  # the database's timeline says it as well
        HighWaterMarks(places_of_high_water(folder), ledger.key_check, HighWater(position, event_id)).close()
    return f"the event at position {position}"


async def again_and_again(
    play: Callable[[bool], Awaitable[CodeT | None]], stop: asyncio.Event, stopped: CodeT, say: Say
) -> CodeT:
    """Play until there is a code, told whether it is the first time. Later ones may find no database for a while."""
    is_first, told = True, ""
    while not stop.is_set():
        try:
            code = await play(is_first)
            told = ""
        except LedgerUnusable as error:
            if is_first:
                raise
            code = None
            if str(error) != told:
                say(f"waiting: {error}")
                told = str(error)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), TRY_SECONDS)
        if code is not None:
            return code
        is_first = False
    return stopped
