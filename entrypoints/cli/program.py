"""All commands in one program, and what its ending says: 0, 1 for a failure, 2 for wrong words, settings or input."""

import io
import os
import platform
import re
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from adapters.zone_files import use_newest_zone_files
from domain.errors import DialtrailError, InvalidInput, LedgerUnusable, SettingsError
from entrypoints.cli.failure import EXIT_FAILURE, EXIT_INTERRUPTED, EXIT_SUCCESS, EXIT_USAGE
from entrypoints.cli.lazy import LazyGroup, coerce_late
from entrypoints.cli.output import say, write
from entrypoints.cli.places import PLACES

UNCUT_COLUMNS = 100_000
DISTRIBUTION = "dialtrail"


class Commands(LazyGroup):
    """All commands; each group below has its own."""

    places = PLACES


app = typer.Typer(
    cls=Commands,
    help="Controlled outbound calls through MiniVoice, with a ledger of everything that happened to them.",
    epilog="Example: dialtrail demo",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        import sqlite3  # noqa: PLC0415 - nothing else needs it
        from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

        try:
            own = version(DISTRIBUTION)
        except PackageNotFoundError:
            own = "(not installed: run scripts/install)"
        write(f"{DISTRIBUTION} {own}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}")
        raise typer.Exit


@app.callback()
def options(
    show_version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    pass


options.__doc__ = app.info.help


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code. What goes wrong is one line on stderr, never a traceback."""
    use_newest_zone_files()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # where not all characters can be written, others are escaped
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _invoke(arguments or ["--help"])
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        code = EXIT_INTERRUPTED
    except SystemExit as ended:  # how Typer ends what a shell's completion asked
        return ended.code if isinstance(ended.code, int) else EXIT_SUCCESS
    except typer.TyperException as error:
        return _say_usage(error)
    except DialtrailError as error:
        more = "; look closer with: dialtrail doctor" if isinstance(error, LedgerUnusable) else ""
        say(f"dialtrail: {_one_line(str(error))}{more}")
        return EXIT_USAGE if isinstance(error, InvalidInput | SettingsError) else EXIT_FAILURE
    except BrokenPipeError:
        # Who read our output has gone; nothing more can be said there, not even by the interpreter as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILURE
    except OSError as error:
        say(f"dialtrail: {_one_line(str(error))}; make room or rights for it, and try again")
        return EXIT_FAILURE
    except Exception as error:  # noqa: BLE001 - the last resort; the place is all that a report of it needs
        import traceback  # noqa: PLC0415

        place = traceback.extract_tb(error.__traceback__)[-1]
        say(
            f"dialtrail: a fault in Dialtrail: {type(error).__name__}: {_one_line(str(error))} "
            f"({place.filename}:{place.lineno}); please report this line"
        )
        return EXIT_FAILURE
    if code == EXIT_INTERRUPTED:
        say("dialtrail: interrupted")
    return code


def _invoke(arguments: Sequence[str]) -> int:
    terminal = sys.stdout.isatty()
    app.rich_markup_mode = "rich" if terminal else None
    command = typer.main.get_command(app)
    coerce_late(command)
    more: dict[str, Any] = {} if terminal else {"terminal_width": UNCUT_COLUMNS}
    result = command.main(args=list(arguments), prog_name="dialtrail", standalone_mode=False, **more)
    return result if isinstance(result, int) else 0


def _say_usage(error: typer.TyperException) -> int:
    context = getattr(error, "ctx", None)
    words = "dialtrail" if context is None else context.command_path
    say(f"dialtrail: {_one_line(error.format_message())} See: {words} --help")
    return error.exit_code


def _one_line(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text.strip())
