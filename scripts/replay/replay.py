#!/usr/bin/env -S sh -c 'exec "$(dirname -- "$0")/../../.venv/bin/python" "$0" "$@"'
"""Replays deliveries into an empty ledger in memory, with the state after each step, and where it parts from what came.

scripts/replay/replay.py CALL_ID | --file FILE [--shuffle SEED] [--twice] [--without N] [--until T] [--tz ZONE] [--json]

The same as `dialtrail replay --states`. It changes nothing.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from entrypoints.cli.program import run

if __name__ == "__main__":
    sys.exit(run(["replay", "--states", *sys.argv[1:]]))
