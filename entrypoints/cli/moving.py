"""`dialtrail copy`: the ledger goes to another place, and is closed here."""

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from domain.counted import counted
from domain.errors import Conflict, InvalidInput, LedgerInUse, LedgerUnusable
from entrypoints.cli.data_folder import require_data
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.options import AsJson
from entrypoints.cli.output import counting, say, write, write_json

if TYPE_CHECKING:
    from adapters.ledger import Ledger, Side
    from application.copying import Close, Copied
    from domain.ledger_life import LedgerClosed
    from entrypoints.settings import Settings
    from entrypoints.shared import Carried, Shared

EPILOG = "Example: dialtrail copy --to postgresql://dialtrail@db.example.org/dialtrail"
DATABASES = ("postgresql://", "postgres://")
SOURCE_SETTING = "DIALTRAIL_DATABASE_URL"
LEASE_WAIT_SECONDS = 4.0
"""Somewhat more than a lease that nobody renews still holds."""
LEASE_LOOK_SECONDS = 0.05

To = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="PLACE",
        help="postgresql://…, or a folder, with no ledger in it. Leave the password to ~/.pgpass or PGPASSWORD.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Close the ledger here without asking.")]

Again = Annotated[
    bool,
    typer.Option(
        "--again",
        help="The ledger here was closed by an earlier copy, and that is lost for good: copy it once more. What was recorded there is missing.",
    ),
]

Place = Path | str


def copy(to: To, again: Again = False, yes: Yes = False, as_json: AsJson = False) -> None:
    """Move the ledger into a PostgreSQL database or another data folder. Stop `dialtrail up` first.

    Every event with its position and bytes, and the ledger's key, go along; all is compared; then the ledger is closed
    here: it can be read, and neither dials nor takes webhooks or commands. Where it is interrupted, the same command
    goes on. What subscriptions are to be told still, with their secrets, the memory of alerts and who signed out go
    along. Views are made anew.
    """
    from adapters.ledger import shown_place  # noqa: PLC0415 - here and below: help needs none of it
    from entrypoints.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    if settings.url is not None:
        raise CommandFailed(
            "copy reads the data folder or the database itself: run it where that is, without DIALTRAIL_URL"
        )
    require_data(settings)
    source: Place = settings.home if settings.ledger_url is None else settings.ledger_url
    target = _target(to, source)
    with _of_the_target():
        shown = shown_place(target)
    if not yes and sys.stdin.isatty() and sys.stderr.isatty():
        typer.confirm(_question(shown_place(source), shown, is_again=again), abort=True, err=True)
    done, carried = _copy(settings, source, target, shown, is_again=again)
    if as_json:
        said = {"copied_to": shown, "events": done.events, "position": done.last_position}
        write_json(said | {"beside": None if carried is None else carried._asdict()})
        return
    write(f"{counted(done.events, 'event')} in {shown}, up to position {done.last_position}, each as it was here")
    if carried is not None:
        say(_words(carried))
    variable = "DIALTRAIL_HOME" if isinstance(target, Path) else SOURCE_SETTING
    say(f"the ledger is closed here{' already' if done.was_there else ''}; set {variable} to {shown}, and start there")


def _target(to: str, source: Place) -> Place:
    if to.startswith(DATABASES):
        target: Place = to
    elif "://" in to:
        raise InvalidInput(
            "--to", f"{to.partition('://')[0]}:// is no place for a ledger; postgresql://… or a folder is"
        )
    else:
        target = Path(to)
    is_same = target == source or (
        isinstance(target, Path) and isinstance(source, Path) and target.resolve() == source.resolve()
    )
    if is_same:
        raise InvalidInput("--to", "is where the ledger is already")
    return target


def _question(source: str, target: str, *, is_again: bool) -> str:
    if is_again:
        return f"Copy the closed ledger of {source} to {target}? Is what it was copied to lost for good, and does nobody dial on it?"
    return f"Copy the ledger of {source} to {target}, and close it here?"


def _words(carried: "Carried") -> str:
    subscriptions = counted(carried.subscriptions, "subscription")
    letters = counted(carried.letters, "delivery that waits or was given up", "deliveries that wait or were given up")
    alerts = ", the memory of alerts" if carried.alerts else ""
    return (
        f"with {subscriptions}, {letters}{alerts}, and {counted(carried.sign_outs, 'session')} that was signed out of"
    )


def _copy(
    settings: "Settings", source: Place, target: Place, shown: str, *, is_again: bool
) -> "tuple[Copied, Carried | None]":
    import asyncio  # noqa: PLC0415
    import secrets  # noqa: PLC0415

    from adapters.folder_owner import FolderOwner  # noqa: PLC0415
    from adapters.ledger import Sealing, alone_on, carry_keys, open_ledger, open_side  # noqa: PLC0415
    from entrypoints.process import new_id, utc_now  # noqa: PLC0415

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
        with _of_the_target():
            theirs = held.enter_context(closing(open_side(target, is_source=False)))
            require_alone = held.enter_context(alone_on(target))
            beside_theirs = held.enter_context(_beside(settings, target))
        _require_no_others(theirs, beside_theirs, shown)
        ours = held.enter_context(closing(open_side(source, is_source=True)))
        has_keys_beside = ledger.sealed is not None and settings.keys_url is None

        def carry() -> "Carried":
            if has_keys_beside:
                carry_keys(source, target)
            return beside_theirs.take_all(beside)

        parts = _Parts(ledger, ours, theirs, shown, require_alone, carry, is_again)
        return asyncio.run(_copy_alone(settings, parts))


@contextmanager
def _beside(settings: "Settings", place: Place) -> "Iterator[Shared]":
    """What is kept beside the ledger there."""
    from entrypoints.process import utc_now  # noqa: PLC0415
    from entrypoints.shared import Shared  # noqa: PLC0415

    folder, url = (place, None) if isinstance(place, Path) else (settings.home, place)
    with closing(Shared(folder, url, lambda: int(utc_now().timestamp()))) as shared:
        try:
            yield shared
        except sqlite3.Error as error:
            raise CommandFailed(
                f"outbox.db, with what subscriptions are still to be told, could not be read or written ({error}): see to it, "
                "and give the same command again"
            ) from error


def _require_no_others(theirs: "Side", beside: "Shared", shown: str) -> None:
    """Without a ledger, or a copy that was begun, whatever lies beside is of another one."""
    from adapters.ledger.moved import COPIED, COPYING  # noqa: PLC0415

    if not theirs.last() and not theirs.meta().keys() & {COPYING, COPIED} and beside.outbox.places():
        raise CommandFailed(
            f"--to: {shown} has subscriptions of another ledger already; empty it, or name another place"
        )


class _Parts(NamedTuple):
    """What a copy is made between.

    The source, to be closed and to be read; the target, how that is shown, and that it is ours alone; how what lies beside
    is carried; and whether an earlier copy is lost.
    """

    ledger: "Ledger"
    ours: "Side"
    theirs: "Side"
    shown: str
    require_alone: Callable[[], None]
    carry: "Callable[[], Carried]"
    is_again: bool


async def _copy_alone(settings: "Settings", parts: _Parts) -> "tuple[Copied, Carried | None]":
    """Nobody else dials on the source meanwhile. Whoever did and was killed, such as this command, is waited for: their lease ends."""
    import asyncio  # noqa: PLC0415

    from adapters.ledger import owned_database  # noqa: PLC0415
    from entrypoints.process import awake_and_asleep  # noqa: PLC0415

    async with owned_database(settings.ledger_url, "copy", awake_and_asleep) as owned:
        try:
            async with asyncio.timeout(LEASE_WAIT_SECONDS):
                while owned.trouble() is not None:  # noqa: ASYNC110 - it is looked for beside this
                    await asyncio.sleep(LEASE_LOOK_SECONDS)
        except TimeoutError:
            raise CommandFailed(f"{SOURCE_SETTING}: {owned.trouble()}; stop it, and copy then") from None
        return await asyncio.to_thread(_copy_whole, settings, parts)


def _copy_whole(settings: "Settings", parts: _Parts) -> "tuple[Copied, Carried | None]":
    from adapters.ledger import resumable  # noqa: PLC0415
    from application.copying import copy_ledger  # noqa: PLC0415
    from entrypoints.process import new_id  # noqa: PLC0415

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
            )
        except Conflict as error:
            raise CommandFailed(f"--to: {error}") from error
    return done, carried[-1] if carried else None


def _closed(ledger: "Ledger") -> "LedgerClosed | None":
    from domain.identity import LEDGER_STREAM  # noqa: PLC0415
    from domain.ledger_life import LedgerClosed  # noqa: PLC0415

    found = [one.event for one in ledger.read_stream(LEDGER_STREAM) if isinstance(one.event, LedgerClosed)]
    return found[-1] if found else None


def _closing(parts: _Parts, home: Path) -> "Close":
    from application.commands.ledger_life import close_ledger  # noqa: PLC0415

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


def _mark_closed(ledger: "Ledger", home: Path) -> None:
    """Before the copy can be used: a backup that is put back here later lacks what the marks name, and dials nobody.

    Given again, it leaves the marks of whoever has dialled on the copy from this folder since.
    """
    from adapters.high_water import HighWater, mark_at_least, places_of_high_water  # noqa: PLC0415

    mark_at_least(places_of_high_water(home), ledger.key_check, HighWater(*ledger.last_event()))


@contextmanager
def _of_the_target() -> Iterator[None]:
    """What is said of a database is of the one behind `--to`."""
    try:
        yield
    except (LedgerInUse, LedgerUnusable) as error:
        raise CommandFailed(str(error).replace(SOURCE_SETTING, "--to")) from error
