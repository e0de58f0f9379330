#!/usr/bin/env -S sh -c 'exec "$(dirname -- "$0")/../../.venv/bin/python" "$0" "$@"'
"""Lists a call's deliveries: first and repeated, headers, our answer and how long it took, time between retries, changed bodies.

scripts/replay/list_deliveries.py CALL_ID [--as-of T] [--tz ZONE] [--json]

The same as `dialtrail deliveries`, with the settings of the folder where it is started.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from entrypoints.cli.program import run

if __name__ == "__main__":
    sys.exit(run(["deliveries", *sys.argv[1:]]))
