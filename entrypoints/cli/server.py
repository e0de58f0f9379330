"""`dialtrail up`: everything in one process."""

import sys

import typer

from entrypoints.cli.output import say

EPILOG = "Example: MINIVOICE_API_KEY=mv_live_… MINIVOICE_WEBHOOK_SECRET=… dialtrail up"


def up() -> None:
    """Run Dialtrail: the API, the webhook endpoint, the dialer and all else, until Ctrl-C or SIGTERM.

    It listens on 127.0.0.1:8080 and keeps its data in ./dialtrail-data; DIALTRAIL_HOST, DIALTRAIL_PORT and
    DIALTRAIL_HOME say otherwise. Other commands find it by the data folder.
    """
    from entrypoints.settings import load_settings  # noqa: PLC0415 - help needs none of it
    from entrypoints.up import run  # noqa: PLC0415

    settings = load_settings()
    for warning in settings.warnings:
        say(f"warning: {warning}")
    raise typer.Exit(run(settings, say, shows_secrets=sys.stderr.isatty()))
