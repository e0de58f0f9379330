"""The command line: every command is a thin client of the HTTP API."""

import os
import sys

# What commands and servers write holds numbers and tokens: files are for the user who gives the command alone.
UMASK = 0o077


def main() -> None:
    """The console script `dialtrail`."""
    os.umask(UMASK)
    try:
        from entrypoints.cli.program import run  # noqa: PLC0415 - Ctrl-C while it loads is no reason for a traceback
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(run(sys.argv[1:]))
