"""The command line: every command is a thin client of the HTTP API."""

import atexit
import gc
import os
import sys

# What commands and servers write holds numbers and tokens: files are for the user who gives the command alone.
UMASK = 0o077
# Most of what a command makes is what it imports, and that stays: looking through it after every 700 objects is a tenth
# of the start of `up`, which sets its own threshold later.
NEW_OBJECTS_A_LOOK = 100_000


def main() -> None:
    """The console script `dialtrail`."""
    os.umask(UMASK)
    gc.set_threshold(NEW_OBJECTS_A_LOOK)
    # A look at the end, when classes go too, is where msgspec may free one of its own twice (its issue 717).
    atexit.register(gc.freeze)
    try:
        from entrypoints.cli.program import run  # noqa: PLC0415 - Ctrl-C while it loads is no reason for a traceback
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(run(sys.argv[1:]))
