"""Plays scripts by chance to callers by chance, and says which calls the ledger cannot explain.

.venv/bin/python scripts/proofs/scripts_and_callers.py [--evenings N] [--scripts N] [--seed N] [--trouble]
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.journeys.scripts_and_callers import CALLERS_A_SCRIPT, Evening, evenings, faults_of


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evenings", type=int, default=10)
    parser.add_argument("--scripts", type=int, default=25, help="in each evening")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trouble", action="store_true", help="webhooks late, lost, doubled and shuffled")
    asked = parser.parse_args()
    found: list[str] = []
    calls = 0

    @seed(asked.seed)
    @settings(
        max_examples=asked.evenings,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(evening=evenings(asked.scripts, trouble=asked.trouble))
    def play(evening: Evening) -> None:
        nonlocal calls
        with tempfile.TemporaryDirectory() as folder:
            found.extend(asyncio.run(faults_of(evening, Path(folder), trouble=asked.trouble)))
        calls += len(evening.casts) * CALLERS_A_SCRIPT

    play()
    for fault in found:
        print(fault)
    print(f"{calls} calls, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
