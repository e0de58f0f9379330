"""Runs campaigns with a provider that misbehaves in every way at once, and says which promises were broken.

.venv/bin/python scripts/proofs/everything_at_once.py [--recipients N] [--seeds N]
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.journeys.everything_at_once import faults_of, play

ECHOES = ("none", "webhooks", "both")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipients", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    broken = 0
    for seed in range(1, given.seeds + 1):
        echo = ECHOES[(seed - 1) % len(ECHOES)]
        with tempfile.TemporaryDirectory() as folder:
            day = play(Path(folder), recipients=given.recipients, seed=seed, echo=echo)
        faults = faults_of(day, recipients=given.recipients, echo=echo)
        in_doubt = sum(bool(attempt["candidates"]) for attempt in day.unresolved)
        reached = {status: count for status, count in day.counts.items() if count}
        print(f"seed {seed}, echo {echo}: {reached}; ends by {day.ends_by_source}; with a candidate: {in_doubt}")
        print(f"  broken: {', '.join(faults) or 'nothing'}", flush=True)
        broken += len(faults)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
