"""What `dialtrail copy` is put together from: whoever could write meanwhile is kept away, and what lies beside is carried."""

import asyncio
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from adapters.folder_owner import FolderOwner
from adapters.high_water import HighWater, mark_at_least, places_of_high_water
from adapters.ledger import (
    Ledger,
    Sealing,
    Side,
    alone_on,
    carry_keys,
    open_ledger,
    open_side,
    owned_database,
    resumable,
)
from adapters.ledger.key_tables import keys_of
from adapters.ledger.moved import COPIED, COPYING
from adapters.ledger.sealed_copy import SealingCopy
from application.commands.ledger_life import close_ledger
from application.copying import Close, Copied, copy_ledger
from domain.errors import Conflict, LedgerInUse, LedgerUnusable
from domain.identity import LEDGER_STREAM
from domain.ledger_life import LedgerClosed
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.output import counting, say
from entrypoints.log_orders import end_log_of, log_name, log_orders
from entrypoints.process import awake_and_asleep, new_id, utc_now
from entrypoints.settings import Settings
from entrypoints.shared import Carried, Shared

SOURCE_SETTING = "DIALTRAIL_DATABASE_URL"
LEASE_WAIT_SECONDS = 4.0
"""Somewhat more than a lease that nobody renews still holds."""
LEASE_LOOK_SECONDS = 0.05

Place = Path | str


def copy_beside_owners(
    settings: Settings, source: Place, target: Place, shown: str, *, is_again: bool, is_sealed: bool = False
) -> tuple[Copied, Carried | None]:
    """Copy, while nobody else owns a folder of it or dials on its database; and what was carried, None where nothing was left to."""
    with ExitStack() as held:
        folders = (settings.home, *([target] if isinstance(target, Path) else []))
        for folder in dict.fromkeys(one.resolve() for one in folders):
            held.callback(FolderOwner.take(folder, "copy").release)
        ledger = open_ledger(
            settings.home,
            settings.ledger_url,
            clock=utc_now,
            new_event_id=new_id,
            new_key=secrets.token_bytes,
            sealing=Sealing(new_bytes=secrets.token_bytes, keys_url=settings.keys_url),
        )
        held.callback(ledger.close)
        # Before the target has a ledger: what an earlier version left in the folder is moved to its database.
        beside = held.enter_context(_beside(settings, source))
        with of_the_target():
            theirs = held.enter_context(closing(open_side(target, is_source=False)))
            require_alone = held.enter_context(alone_on(target))
            beside_theirs = held.enter_context(_beside(settings, target))
        _require_no_others(theirs, beside_theirs, shown)
        sealer = held.enter_context(_sealer(settings, ledger, target)) if is_sealed else None
        ours = held.enter_context(closing(open_side(source, is_source=True)))
        has_keys_beside = ledger.sealed is not None and settings.keys_url is None

        def carry() -> Carried:
            if unsigned := end_log_of(settings, log_name(ledger), ours.rows):
                say(unsigned)
            if has_keys_beside:
                carry_keys(source, target)
            return beside_theirs.take_all(beside)

        parts = _Parts(ledger, ours, theirs, shown, require_alone, carry, is_again, sealer)
        return asyncio.run(_copy_alone(settings, parts))


@contextmanager
def _sealer(settings: Settings, ledger: Ledger, target: Place) -> Iterator[SealingCopy]:
    """Has its keys where the copy will look for them. Raises `CommandFailed` where there is nothing to be sealed."""
    if ledger.sealed is not None:
        raise CommandFailed("--seal: the ledger here is sealed already, and its copy will be; leave it out")
    folder = target if isinstance(target, Path) else settings.home
    url = settings.keys_url or (None if isinstance(target, Path) else target)
    with of_the_target(), closing(keys_of(folder, url, writes=True)) as keys:
        yield SealingCopy(
            keys,
            log_orders(settings, log_name(ledger)).origin,
            new_bytes=secrets.token_bytes,
            new_event_id=new_id,
            clock=utc_now,
        )


@contextmanager
def _beside(settings: Settings, place: Place) -> Iterator[Shared]:
    """What is kept beside the ledger there."""
    folder, url = (place, None) if isinstance(place, Path) else (settings.home, place)
    with closing(Shared(folder, url, lambda: int(utc_now().timestamp()))) as shared:
        try:
            yield shared
        except sqlite3.Error as error:
            raise CommandFailed(
                f"outbox.db, with what subscriptions are still to be told, could not be read or written ({error}): see to it, "
                "and give the same command again"
            ) from error


def _require_no_others(theirs: Side, beside: Shared, shown: str) -> None:
    """Without a ledger, or a copy that was begun, whatever lies beside is of another one."""
    if not theirs.last() and not theirs.meta().keys() & {COPYING, COPIED} and beside.outbox.places():
        raise CommandFailed(
            f"--to: {shown} has subscriptions of another ledger already; empty it, or name another place"
        )


class _Parts(NamedTuple):
    """What a copy is made between.

    The source, to be closed and to be read; the target, how that is shown, and that it is ours alone; how what lies beside
    is carried; whether an earlier copy is lost; and what seals the copy, None where it is as the ledger is.
    """

    ledger: Ledger
    ours: Side
    theirs: Side
    shown: str
    require_alone: Callable[[], None]
    carry: Callable[[], Carried]
    is_again: bool
    sealer: SealingCopy | None


async def _copy_alone(settings: Settings, parts: _Parts) -> tuple[Copied, Carried | None]:
    """Nobody else dials on the source meanwhile. Whoever did and was killed, such as this command, is waited for: their lease ends."""
    async with owned_database(settings.ledger_url, "copy", awake_and_asleep) as owned:
        try:
            async with asyncio.timeout(LEASE_WAIT_SECONDS):
                while owned.trouble() is not None:  # noqa: ASYNC110 - it is looked for beside this
                    await asyncio.sleep(LEASE_LOOK_SECONDS)
        except TimeoutError:
            raise CommandFailed(f"{SOURCE_SETTING}: {owned.trouble()}; stop it, and copy then") from None
        return await asyncio.to_thread(_copy_whole, settings, parts)


def _copy_whole(settings: Settings, parts: _Parts) -> tuple[Copied, Carried | None]:
    carried: list[Carried] = []

    def told(_: str, position: int) -> None:
        moved(position)

    ledger, close = parts.ledger, _closing(parts, settings.home)
    closed = _closed(ledger)
    if closed is None and parts.is_again:
        raise CommandFailed("--again: the ledger here was closed by no copy; leave it out")
    if closed is not None:
        _mark_closed(ledger, settings.home)  # what closed it may have ended before it did
    with counting("events copied or compared") as moved, resumable():
        try:
            done = copy_ledger(
                parts.ours,
                parts.theirs,
                closed,
                close,
                new_id,
                told,
                lambda: carried.append(parts.carry()),
                is_lost=parts.is_again,
                sealer=parts.sealer,
            )
        except Conflict as error:
            raise CommandFailed(f"--to: {error}") from error
    return done, carried[-1] if carried else None


def _closed(ledger: Ledger) -> LedgerClosed | None:
    found = [one.event for one in ledger.read_stream(LEDGER_STREAM) if isinstance(one.event, LedgerClosed)]
    return found[-1] if found else None


def _closing(parts: _Parts, home: Path) -> Close:
    def close(copy_id: str, last_position: int) -> int | None:
        parts.require_alone()
        decide: Callable[..., bool] = close_ledger(copy_id, parts.shown, last_position)
        ledger = parts.ledger
        closed = ledger.execute_and_wait(decide, lane="commands", metadata={"actor": "copy"})
        if not closed.result:
            return None
        _mark_closed(ledger, home)
        return closed.position

    return close


def _mark_closed(ledger: Ledger, home: Path) -> None:
    """Before the copy can be used: a backup that is put back here later lacks what the marks name, and dials nobody.

    Given again, it leaves the marks of whoever has dialled on the copy from this folder since.
    """
    mark_at_least(places_of_high_water(home), ledger.key_check, HighWater(*ledger.last_event()))


@contextmanager
def of_the_target() -> Iterator[None]:
    """What is said of a database is of the one behind `--to`."""
    try:
        yield
    except (LedgerInUse, LedgerUnusable) as error:
        raise CommandFailed(str(error).replace(SOURCE_SETTING, "--to")) from error
