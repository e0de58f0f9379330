"""`dialtrail up`: everything in one process."""

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from entrypoints.cli.output import say

EPILOG = "Example: dialtrail up --sandbox, or: MINIVOICE_API_KEY=mv_live_… MINIVOICE_WEBHOOK_SECRET=… dialtrail up"
PROGRAM = "dialtrail"

Sandbox = Annotated[
    bool,
    typer.Option(
        "--sandbox",
        help="Play MiniVoice's part on this machine as well, wired up, with an example campaign: calls nobody.",
    ),
]


def up(sandbox: Sandbox = False) -> None:
    """Run Dialtrail: the API, the webhook endpoint, the dialer and all else, until Ctrl-C or SIGTERM.

    It listens on 127.0.0.1:8080 and keeps its data in ./dialtrail-data; DIALTRAIL_HOST, DIALTRAIL_PORT and
    DIALTRAIL_HOME say otherwise. Other commands find it by the data folder.

    With --sandbox it needs no setting, and listens on 127.0.0.1:8099 (DIALTRAIL_SANDBOX_PORT) as well. Its data folder
    is the sandbox's for good: real calls are refused there.
    """
    from entrypoints.settings import load_settings  # noqa: PLC0415 - help needs none of it
    from entrypoints.up import run  # noqa: PLC0415

    settings = load_settings()
    for warning in settings.warnings:
        say(f"warning: {warning}")
    if sandbox:
        from entrypoints.beside import beside_sandbox  # noqa: PLC0415 - neither

        settings = beside_sandbox(settings)
    raise typer.Exit(run(settings, say, program=_program(), shows_secrets=sys.stderr.isatty()))


def _program() -> str:
    """How a person calls Dialtrail here: by its name where the shell finds this one, else by its path as it was typed."""
    called = Path(sys.argv[0])
    found = shutil.which(PROGRAM)
    is_found = found is not None and called.exists() and Path(found).samefile(called)
    return PROGRAM if is_found or called.name != PROGRAM else str(called)
