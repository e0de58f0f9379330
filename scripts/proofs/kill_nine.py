"""Kills `dialtrail up` with -9 again and again while a campaign runs, and says which promises were broken.

.venv/bin/python scripts/proofs/kill_nine.py [--kills N] [--recipients N] [--seed N] [--acceptors N]
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.journeys.kill_nine import faults_of, play


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--recipients", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--acceptors", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        day = play(
            Path(folder),
            kills=given.kills,
            recipients=given.recipients,
            seed=given.seed,
            acceptors=given.acceptors,
        )
    faults = faults_of(day, kills=given.kills, recipients=given.recipients)
    reached = {status: count for status, count in day.counts.items() if count}
    print(
        f"{given.kills} kills with {given.acceptors} acceptors, {len(day.posts)} dial requests, {len(day.deliveries)} deliveries: {reached}"
    )
    print(f"  broken: {', '.join(faults) or 'nothing'}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
