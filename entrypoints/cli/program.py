"""All commands in one program, and what its ending says: 0, 1 for a failure, 2 for wrong words, settings or input."""

import os
import platform
import re
import sqlite3
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import typer

from adapters.zone_files import use_newest_zone_files
from domain.errors import DialtrailError, InvalidInput, LedgerUnusable, SettingsError
from entrypoints.cli import (
    account,
    attempts,
    calls,
    campaign,
    capturing,
    compare,
    deliveries,
    doctor,
    explain,
    export,
    forensics,
    init,
    quarantine,
    rebuild,
    recipients,
    recording,
    replaying,
    script,
    script_versions,
    server,
    status,
    trying,
)
from entrypoints.cli.demo import EPILOG as DEMO_EPILOG
from entrypoints.cli.demo import demo
from entrypoints.cli.failure import EXIT_FAILURE, EXIT_INTERRUPTED, EXIT_SUCCESS, EXIT_USAGE
from entrypoints.cli.output import say, write
from entrypoints.sandbox.command import sandbox, sandbox_set

UNCUT_COLUMNS = 100_000
DISTRIBUTION = "dialtrail"

app = typer.Typer(
    help="Controlled outbound calls through MiniVoice, with a ledger of everything that happened to them.",
    epilog="Example: dialtrail demo",
)
app.command("demo", epilog=DEMO_EPILOG)(demo)
app.command("init", epilog=init.EPILOG)(init.init)
app.command("doctor", epilog=doctor.EPILOG)(doctor.doctor)
app.command("up", epilog=server.EPILOG)(server.up)
app.command("sandbox")(sandbox)
app.command("sandbox-set")(sandbox_set)
app.add_typer(campaign.app, name="campaign")
app.add_typer(recipients.app, name="recipients")
app.add_typer(script.app, name="script")
script.app.command("history", epilog=script_versions.HISTORY_EPILOG)(script_versions.history)
script.app.command("diff", epilog=script_versions.DIFF_EPILOG)(script_versions.diff)
script.app.command("rollback", epilog=script_versions.ROLLBACK_EPILOG)(script_versions.rollback)
app.command("try", epilog=trying.EPILOG)(trying.try_)
app.add_typer(account.app, name="account")
app.add_typer(recording.app, name="recording")
app.command("status", epilog=status.EPILOG)(status.status)
app.command("explain", epilog=explain.EPILOG)(explain.explain)
app.command("unresolved", epilog=attempts.UNRESOLVED_EPILOG)(attempts.unresolved)
app.command("resolve", epilog=attempts.RESOLVE_EPILOG)(attempts.resolve)
app.command("timeline", epilog=calls.TIMELINE_EPILOG)(calls.timeline)
app.command("events", epilog=calls.EVENTS_EPILOG)(calls.events)
app.command("deliveries", epilog=deliveries.EPILOG)(deliveries.deliveries)
app.command("replay", epilog=replaying.EPILOG)(replaying.replay)
app.add_typer(quarantine.app, name="quarantine")
app.command("capture", epilog=capturing.EPILOG)(capturing.capture)
app.command("forensics", epilog=forensics.EPILOG)(forensics.forensics)
app.command("compare", epilog=compare.EPILOG)(compare.compare)
app.add_typer(export.app, name="export")
app.command("rebuild", epilog=rebuild.EPILOG)(rebuild.rebuild)


def _show_version(wanted: bool) -> None:
    if wanted:
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
