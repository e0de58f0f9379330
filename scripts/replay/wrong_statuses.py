#!/usr/bin/env -S sh -c 'exec "$(dirname -- "$0")/../../.venv/bin/python" "$0" "$@"'
"""Lists whose status was shown wrong, and since when: the views rebuilt by the code as it is, beside those of before.

scripts/replay/wrong_statuses.py [--campaign ID] [--views FILE] [--limit N] [--tz ZONE] [--json]

The same as `dialtrail forensics`. It only reads the data folder, also while `dialtrail up` runs.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from entrypoints.cli.program import run

if __name__ == "__main__":
    sys.exit(run(["forensics", *sys.argv[1:]]))
