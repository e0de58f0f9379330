"""The command line: every command is a thin client of the HTTP API."""

import sys


def main() -> None:
    """The console script `dialtrail`."""
    try:
        from entrypoints.cli.program import run  # noqa: PLC0415 - Ctrl-C while it loads is no reason for a traceback
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(run(sys.argv[1:]))
