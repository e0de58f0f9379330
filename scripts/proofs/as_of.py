"""Takes snapshots of a running campaign, and asks for each of them again, as of its position.

.venv/bin/python scripts/proofs/as_of.py [--recipients N] [--calls-per-second N] [--seed S]
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.journeys.asking_the_past import ask_the_past


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipients", type=int, default=400)
    parser.add_argument("--calls-per-second", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        past = ask_the_past(
            Path(folder), recipients=given.recipients, calls_per_second=given.calls_per_second, seed=given.seed
        )
    for snapshot, again in past.differing[:3]:
        print(f"{snapshot.path} as of {snapshot.position}:\n  then  {snapshot.answer}\n  again {again}")
    print(f"{past.snapshots} snapshots at {past.positions} positions; {len(past.differing)} answered otherwise later")
    return 1 if past.differing else 0


if __name__ == "__main__":
    sys.exit(main())
