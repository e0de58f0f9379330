"""Kills `dialtrail copy` with -9 again and again, from a folder into PostgreSQL and back into a folder, and says what is missing then.

In each round each copy is killed at random until it comes to its end; in the first, before and after each of its writes.

.venv/bin/python scripts/proofs/copy_kills.py [--rounds N] [--events N] [--seed N] [--folders-only]
"""

import argparse
import sys
import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path
from random import Random  # noqa: TID251 - seeded

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.adapters.ledger.postgres_server import Server, running
from tests.application.copied_ledgers import table
from tests.journeys.copy_kills import KILLED, faults_of, filled, killed_at_any_time, killed_at_each_write

SECONDS_MAX = 0.6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--folders-only", action="store_true")
    given = parser.parse_args()
    if given.folders_only:
        return played(given, None)
    with running() as server:
        return played(given, server)


def played(given: argparse.Namespace, server: Server | None) -> int:
    """All rounds; says what came of them."""
    random = Random(given.seed)  # noqa: S311 - no secret hangs on it
    kills, faults = Counter[str](), list[str]()
    for number in range(given.rounds):
        with tempfile.TemporaryDirectory() as folder:
            home, back = Path(folder) / "home", Path(folder) / "back"
            filled(home, given.events)
            before = table(home)
            places = [home, back] if server is None else [home, server.new_database(), back]
            for source, target in pairwise(places):
                environ = {"DIALTRAIL_HOME": str(home)} | (
                    {"DIALTRAIL_DATABASE_URL": source} if isinstance(source, str) else {}
                )
                if number:
                    ended = killed_at_any_time(environ, str(target), random, SECONDS_MAX)
                else:
                    ended = killed_at_each_write(environ, str(target))
                kills[f"into {'a database' if isinstance(target, str) else 'a folder'}"] += ended.count(KILLED)
                faults += [f"it ended with {ended[-1]}"] if ended[-1] else []
                faults += faults_of(source, target, before, target if isinstance(target, Path) else None)
    print(
        f"{given.rounds} rounds of {given.events} events, kills {dict(kills)}; broken: {', '.join(faults) or 'nothing'}"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
