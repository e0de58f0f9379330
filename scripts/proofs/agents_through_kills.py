"""Kills `dialtrail up` with -9 again and again while calls are transferred to agents, and says which promises were broken.

.venv/bin/python scripts/proofs/agents_through_kills.py [--kills N] [--recipients N] [--agents N] [--seed N]
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.journeys.agents_through_kills import faults_of, most_at_once, play


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--recipients", type=int, default=120)
    parser.add_argument("--agents", type=int, default=3)
    parser.add_argument("--seed", type=int, default=17)
    given = parser.parse_args()
    asked = {"agents": given.agents, "recipients": given.recipients}
    with tempfile.TemporaryDirectory() as folder:
        evening = play(Path(folder), kills=given.kills, seed=given.seed, **asked)
    faults = faults_of(evening, **asked)
    transfers, calls = most_at_once(evening, only_transfers=True), most_at_once(evening)
    print(f"{given.kills} kills, {len(evening.arrived)} dial requests, {len(evening.answered)} questions to the lookup")
    print(f"  {given.agents} agents: at most {calls} calls and {transfers} transfers at once")
    print(f"  broken: {', '.join(faults) or 'nothing'}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
