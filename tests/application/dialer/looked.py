"""What the guard finds before anybody dials, without a dialer."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from adapters.high_water import places_of_high_water
from adapters.ledger import Ledger, Ownership
from application.dialer.config import DialerConfig
from application.dialer.restored import RestoredGuard
from domain.ledger_life import LedgerRestored
from entrypoints.process import new_id, utc_now
from tests.adapters.ledger import postgres_ledger, stage
from tests.adapters.ledger.stage import feed

MACHINE = {"boot": "a boot", "machine": "a machine"}


def begun(folder: Path, url: str | None = None, machine: Mapping[str, str] = MACHINE) -> str | None:
    """Begin to dial in a folder, or from it on a database, and end. Why nobody was called, None where nothing was found."""
    with closing(stage.open_ledger(folder) if url is None else postgres_ledger.open_ledger(url)) as ledger:
        return looked(ledger, folder, machine if url is None else {})


def looked(ledger: Ledger, folder: Path, machine: Mapping[str, str] = MACHINE) -> str | None:
    """The same on an open ledger."""
    known = ledger.position
    made = guard(ledger, folder, machine)
    try:
        asyncio.run(made.look())
    finally:
        made.close()
    new = [one.event for one in feed(ledger) if one.position > known]
    return next((event.why for event in new if isinstance(event, LedgerRestored)), None)


def guard(
    ledger: Ledger,
    folder: Path,
    machine: Mapping[str, str] = MACHINE,
    monotonic: Callable[[], float] = time.monotonic,
    takes: Callable[[], int] = lambda: 1,
) -> RestoredGuard:
    """What a dialer has."""
    config = DialerConfig(
        clock=utc_now,
        monotonic=monotonic,
        ownership=Ownership(takes=takes),
        chance=lambda: 0.5,
        new_id=new_id,
        boot_id="a boot",
        marks=folder / "marks",
        high_water=places_of_high_water(folder),
        machine=machine,
        fingerprint="key",
        only_numbers=None,
        answer_timeout_seconds=1,
    )
    return RestoredGuard(ledger, config, {"actor": "dialer"})
