#!/usr/bin/env -S sh -c 'exec "$(dirname -- "$0")/../../.venv/bin/python" "$0" "$@"'
"""Says what deliveries would change if they came today, with today's code and what the ledger knows.

scripts/replay/effects.py CALL_ID | --file FILE [--to URL [--secret-variable NAME]] [--json]

The same as `dialtrail replay --today`. It applies them nowhere, unless --to sends them, signed anew, to a running receiver.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from entrypoints.cli.program import run

if __name__ == "__main__":
    sys.exit(run(["replay", "--today", *sys.argv[1:]]))
