"""A real standby is promoted without the last commits under `dialtrail up` that dials: what it does, by the sandbox's log.

.venv/bin/python scripts/proofs/promotion.py
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.journeys.promotion import promoted

if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        called = promoted(Path(folder))
    sys.stdout.write(f"{called} people called, each once; then all dialling paused with cause restored\n")
