"""`dialtrail up`: everything in one process; `serve`, `dial` and `project`: its parts, each in processes of their own."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from entrypoints.cli.output import say

if TYPE_CHECKING:
    from entrypoints.settings import Settings

EPILOG = "Example: dialtrail up --sandbox, or: MINIVOICE_API_KEY=mv_live_… MINIVOICE_WEBHOOK_SECRET=… dialtrail up"
PROGRAM = "dialtrail"
ON_ONE_DATABASE = "DIALTRAIL_DATABASE_URL=postgresql://… DIALTRAIL_HOME=/var/lib/dialtrail-2 dialtrail"
SERVE_EPILOG = f"Example: DIALTRAIL_PORT=8081 {ON_ONE_DATABASE} serve"
DIAL_EPILOG = f"Example: MINIVOICE_API_KEY=mv_live_… {ON_ONE_DATABASE} dial"
PROJECT_EPILOG = f"Example: {ON_ONE_DATABASE} project"

Sandbox = Annotated[
    bool,
    typer.Option(
        "--sandbox",
        help="Play MiniVoice's part on this machine as well, wired up, with an example campaign: calls nobody.",
    ),
]

Acceptors = Annotated[
    int | None,
    typer.Option(
        "--acceptors",
        metavar="N",
        min=0,
        max=16,
        help="So many processes accept connections and check webhooks beside this one, instead of DIALTRAIL_ACCEPTORS.",
    ),
]


def up(sandbox: Sandbox = False, acceptors: Acceptors = None) -> None:
    """Run Dialtrail: the API, the webhook endpoint, the dialer and all else, until Ctrl-C or SIGTERM.

    It listens on 127.0.0.1:8080 and keeps its data in ./dialtrail-data; DIALTRAIL_HOST, DIALTRAIL_PORT and
    DIALTRAIL_HOME say otherwise. Other commands find it by the data folder.

    With DIALTRAIL_DATABASE_URL several may run, on several machines, beside serve, dial and project: each serves, one
    of all dials, one keeps the views, and the others stand by.

    With --sandbox it needs no setting, and listens on 127.0.0.1:8099 (DIALTRAIL_SANDBOX_PORT) as well. Its data folder
    is the sandbox's for good: real calls are refused there.
    """
    from entrypoints.up import run  # noqa: PLC0415 - help needs none of it

    settings = _settings(acceptors)
    if sandbox:
        from entrypoints.beside import beside_sandbox  # noqa: PLC0415 - neither

        settings = beside_sandbox(settings)
    raise typer.Exit(run(settings, say, program=_program(), shows_secrets=sys.stderr.isatty()))


def serve(acceptors: Acceptors = None) -> None:
    """Answer the API, the pages, webhooks and what calls say; dial nobody. One of several processes on one PostgreSQL.

    It needs a data folder of its own (DIALTRAIL_HOME) and the same DIALTRAIL_DATABASE_URL as all others. As many as you
    like may stand behind one address; another process has to dial, and one to keep the views. /health/ready says what
    is missing, and who dials.
    """
    _run("serve", acceptors)


def dial() -> None:
    """Place the calls, and do all that runs beside that; answer nobody. One of several processes on one PostgreSQL.

    Of all that could, one dials at a time, and the others stand by: where it ends, hangs or is cut off, another goes on
    within seconds. Nobody is called twice; whose request may have been on the wire is unresolved. It needs a data
    folder of its own (DIALTRAIL_HOME), the same DIALTRAIL_DATABASE_URL and the same key as all others.
    """
    _run("dial")


def project() -> None:
    """Keep the views; answer and call nobody. One of several processes on one PostgreSQL.

    Of all that could, one keeps them at a time, and the others stand by. It needs a data folder of its own
    (DIALTRAIL_HOME) and the same DIALTRAIL_DATABASE_URL as all others.
    """
    _run("project")


def _run(command: str, acceptors: int | None = None) -> None:
    from entrypoints.roles import ALONE  # noqa: PLC0415 - help needs none of it
    from entrypoints.up import run  # noqa: PLC0415

    [role] = (one for one in ALONE if one.command == command)
    raise typer.Exit(run(_settings(acceptors), say, role=role, program=_program(), shows_secrets=sys.stderr.isatty()))


def _settings(acceptors: int | None = None) -> "Settings":
    from entrypoints.settings import load_settings  # noqa: PLC0415 - help needs none of it

    settings = load_settings()
    for warning in settings.warnings:
        say(f"warning: {warning}")
    return settings if acceptors is None else settings.model_copy(update={"acceptors": acceptors})


def _program() -> str:
    """How a person calls Dialtrail here: by its name where the shell finds this one, else by its path as it was typed."""
    called = Path(sys.argv[0])
    found = shutil.which(PROGRAM)
    is_found = found is not None and called.exists() and Path(found).samefile(called)
    return PROGRAM if is_found or called.name != PROGRAM else str(called)
