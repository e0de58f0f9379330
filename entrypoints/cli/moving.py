"""`dialtrail copy`: the ledger goes to another place, and is closed here."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from domain.counted import counted
from domain.errors import InvalidInput
from entrypoints.cli.data_folder import require_data
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.options import AsJson
from entrypoints.cli.output import confirm, say, write, write_json

if TYPE_CHECKING:
    from entrypoints.shared import Carried

EPILOG = "Example: dialtrail copy --to postgresql://dialtrail@db.example.org/dialtrail"
SEALED_WORDS = (
    "its log begins anew: where DIALTRAIL_LOG_ORIGIN is set, set another name before it starts. What lies here is not sealed, "
    "nor are its backups: keep it for whoever checks the old log, or destroy it"
)
DATABASES = ("postgresql://", "postgres://")
SOURCE_SETTING = "DIALTRAIL_DATABASE_URL"

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

Seal = Annotated[
    bool,
    typer.Option(
        "--seal",
        help="Make a sealed ledger of one that is not: what is personal can be erased there. Its log begins anew, and names what the old one came to.",
    ),
]

Place = Path | str


def copy(to: To, again: Again = False, yes: Yes = False, seal: Seal = False, as_json: AsJson = False) -> None:
    """Move the ledger into a PostgreSQL database or another data folder. Stop `dialtrail up` first.

    Every event with its position and bytes, and the ledger's key, go along; all is compared; then the ledger is closed
    here: it can be read, and neither dials nor takes webhooks or commands. Where it is interrupted, the same command
    goes on. What subscriptions are to be told still, with their secrets, the memory of alerts and who signed out go
    along. Views are made anew.
    """
    from adapters.ledger import shown_place  # noqa: PLC0415 - here and below: help needs none of it
    from entrypoints.cli.moving_parts import copy_beside_owners, of_the_target  # noqa: PLC0415
    from entrypoints.settings import load_settings  # noqa: PLC0415

    settings = load_settings()
    if settings.url is not None:
        raise CommandFailed(
            "copy reads the data folder or the database itself: run it where that is, without DIALTRAIL_URL"
        )
    require_data(settings)
    source: Place = settings.home if settings.ledger_url is None else settings.ledger_url
    target = _target(to, source)
    with of_the_target():
        shown = shown_place(target)
    if not yes and sys.stdin.isatty() and sys.stderr.isatty():
        confirm(_question(shown_place(source), shown, is_again=again))
    done, carried = copy_beside_owners(settings, source, target, shown, is_again=again, is_sealed=seal)
    if as_json:
        said = {"copied_to": shown, "events": done.events, "position": done.last_position}
        write_json(said | {"beside": None if carried is None else carried._asdict()})
        return
    how = "each sealed, and otherwise as it was here" if seal else "each as it was here"
    write(f"{counted(done.events, 'event')} in {shown}, up to position {done.last_position}, {how}")
    if carried is not None:
        say(_words(carried))
    variable = "DIALTRAIL_HOME" if isinstance(target, Path) else SOURCE_SETTING
    if seal:
        say(SEALED_WORDS)
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
