"""`dialtrail verify`: is the ledger the one that was signed?"""

import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from adapters.wal_files import LEDGER_FILE
from domain.counted import counted
from domain.errors import InvalidInput
from entrypoints.cli.data_folder import require_data
from entrypoints.cli.failure import EXIT_FAILURE, CommandFailed
from entrypoints.cli.options import AsJson
from entrypoints.cli.output import counting, say, write, write_json

if TYPE_CHECKING:
    from adapters.ledger import LedgerReader
    from application.log_keeping.publishing import CheckpointPlaces
    from application.log_keeping.verified import Verified
    from entrypoints.settings import Settings

EPILOG = "Example: dialtrail verify --checkpoint checkpoint-2026-11-30"
CHECKPOINT_BYTES_MAX = 128 * 1024
POSITION_DIGITS_MAX = 18
"""All such numbers are integers of a database."""

Checkpoints = Annotated[
    list[Path] | None,
    typer.Option("--checkpoint", metavar="FILE", help="A signed checkpoint that lay elsewhere; as many as you like."),
]
Keys = Annotated[
    list[str] | None,
    typer.Option(
        "--key",
        metavar="VKEY",
        help="The log's verifier key as it was given to you; else those that the log's store names. As many as you like.",
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="POSITION|TIME",
        help="Look at the bytes of what was recorded since then; what was before is believed to the log's hashes.",
    ),
]


def verify(checkpoint: Checkpoints = None, key: Keys = None, since: Since = None, as_json: AsJson = False) -> None:
    """Make every leaf of the verifiable log again from the stored bytes, and compare hashes, roots and signatures.

    It reads the data folder or the database itself, also while dialtrail up runs, and changes nothing. Exit code 1: something
    does not hold; the first position that does not is named, with what was done. Who can alter the ledger can alter the log
    beside it as well: bring a checkpoint and a key that lay where they cannot write.
    """
    from adapters.log_lines import log_to_stderr  # noqa: PLC0415 - here and below: help needs none of it
    from entrypoints.process import tune_gc, utc_now  # noqa: PLC0415
    from entrypoints.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    if settings.url is not None:
        raise CommandFailed("verify reads the data folder itself: run it where that is, without DIALTRAIL_URL")
    require_data(settings, even_if_owned=True)
    tune_gc()
    with closing(log_to_stderr(logging.CRITICAL, utc_now)), counting("events") as moved:
        found = _verified(settings, [_read(path) for path in checkpoint or []], key or [], since, moved)
    if as_json:
        write_json({"holds": found.holds, **msgspec.to_builtins(found)})
    else:
        _write(found, trusts_store=not key)
    if not found.holds:
        raise typer.Exit(EXIT_FAILURE)


def _verified(
    settings: "Settings",
    given: Sequence[tuple[str, bytes]],
    keys: Sequence[str],
    since: str | None,
    moved: Callable[[int], None],
) -> "Verified":
    from adapters.ledger import look_through_indexes, open_reader  # noqa: PLC0415
    from adapters.verifiable_log.note import VerifierKey  # noqa: PLC0415
    from adapters.verifiable_log.opening import open_log_store  # noqa: PLC0415
    from application.log_keeping.publishing import CheckpointPlaces  # noqa: PLC0415
    from application.log_keeping.verified import verify as verify_all  # noqa: PLC0415

    known = [VerifierKey.parse(text, "--key") for text in keys]
    places = CheckpointPlaces(settings.home, settings.log_checkpoint_files)
    with (
        closing(open_reader(settings.home, settings.ledger_url, settings.keys_url)) as reader,
        closing(open_log_store(settings.home, settings.ledger_url, only_reads=True)) as store,
    ):
        return verify_all(
            reader.read_rows,
            store,
            given=given,
            published=_published(places),
            keys=known,
            damaged_rows=reader.damaged_rows(),
            since_position=0 if since is None else _position(reader, since),
            indexes=() if settings.ledger_url is not None else look_through_indexes(settings.home / LEDGER_FILE),
            moved=moved,
        )


def _published(places: "CheckpointPlaces") -> list[tuple[str, bytes]]:
    found = places.look()
    for one in found.unread:
        say(f"the place for checkpoints {one} cannot be read: what lies there was not compared")
    return [(str(path), note) for path, note in found.notes]


def _position(reader: "LedgerReader", since: str) -> int:
    from adapters.ledger.places import position_at  # noqa: PLC0415
    from application.moment import instant_in  # noqa: PLC0415
    from entrypoints.process import utc_now  # noqa: PLC0415

    if since.isascii() and since.isdigit() and len(since) <= POSITION_DIGITS_MAX:
        return int(since)
    try:
        instant = instant_in(since)
    except ValueError:
        raise InvalidInput("--since", "is neither a position nor a time such as 2026-11-30T12:00:00Z") from None
    return position_at(reader.read_feed, reader.position, instant, utc_now())


def _read(path: Path) -> tuple[str, bytes]:
    try:
        with path.open("rb") as file:
            return str(path), file.read(CHECKPOINT_BYTES_MAX)
    except OSError as error:
        raise InvalidInput("--checkpoint", f"{path} cannot be read ({error.strerror})") from error


def _write(found: "Verified", *, trusts_store: bool) -> None:
    for one in found.findings:
        write(f"does not hold: {one.why}")
    events = counted(found.events, "event")
    if found.holds:
        begin = "" if found.from_position == 1 else f" (their bytes from position {found.from_position} on)"
        write(f"holds: {events} up to position {found.position}{begin}, {_signed(found)}")
    else:
        write(f"looked at {events} up to position {found.position}; {_signed(found)}")
    if found.closed_at is not None:
        say(
            f"the ledger was closed at position {found.closed_at}, when it was copied elsewhere: that last event is in no log, "
            "and the others are in the one of the copy"
        )
    if found.not_logged:
        say(f"{counted(found.not_logged, 'event is', 'events are')} not in the log yet: nothing is proven of them")
    if found.unjudged:
        say(
            f"{counted(found.unjudged, 'checkpoint is', 'checkpoints are')} of other keys than those that are known here, and not judged"
        )
    if trusts_store and found.keys:
        say(f"the log's store says that this key signs: {found.keys[-1]}; if you were given one, name it with --key")


def _signed(found: "Verified") -> str:
    if not found.checkpoints:
        return "and no checkpoint that holds"
    hold = counted(found.checkpoints, "checkpoint that holds", "checkpoints that hold")
    return f"{found.signed:,} of them under the largest of {hold}"
