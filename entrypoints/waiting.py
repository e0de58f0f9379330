"""What a process waits for, said on stderr as often as it changes: it may have no page that says so."""

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Protocol

from entrypoints.roles import UP, Role

LOOK_SECONDS = 1.0


class Watched(Protocol):
    """What says how it stands."""

    def troubles(self) -> Mapping[str, str | None]:
        """What is wrong with each part; None where nothing is."""

    def waits_for(self) -> list[str]:
        """Which other processes do what this one could do."""


async def tell_what_it_waits_for(parts: Watched, role: Role, say: Callable[[str], None]) -> None:
    """Until cancelled. `up` in a data folder waits for nobody, and its health says all else."""
    told: list[str] = []
    while True:
        waits = parts.waits_for()
        if role != UP:
            waits = [*waits, *(f"{part}: {why}" for part, why in parts.troubles().items() if why is not None)]
        if _without_figures(waits) != _without_figures(told):
            say("waiting: " + "; ".join(waits) if waits else "waiting for nothing any more")
            told = waits
        await asyncio.sleep(LOOK_SECONDS)


def _without_figures(texts: list[str]) -> list[str]:
    """The same as before, though a position or an age in it went on."""
    return [re.sub(r"[0-9]+", "0", text) for text in texts]
