"""Turns bits in the files of an installation, of each class of bytes, and says what is served as true and named by nobody.

A database's header, pages, pointers, cells, rows' types, streams, versions, names and states, its index; a WAL's header,
frames and sums; the log; the marks of high water; the keys of a sealed ledger. Each time the real code opens what was damaged: it has to be refused in
words, to be as it was, or to be named by the start or by `dialtrail verify` (of an index: by the start, before anybody is
dialled). With `--kept FILE` each seed is a line of that file, and seeds that are there already are not played again.

.venv/bin/python scripts/proofs/flipped_bits.py [--seeds N] [--seed N] [--flips N] [--kept FILE] [--minutes N]
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random  # noqa: TID251 - seeded
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.crashes.damage import Installation, faults_of, made, sealed

FILES = ("ledger.db", "ledger.db-wal", "log.db", "ledger.highwater", "keys/keys.db")
RECIPIENTS = 4


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1, help="the first")
    parser.add_argument("--flips", type=int, default=10, help="of each class")
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--minutes", type=float, default=24 * 60.0, help="begin no seed after so many")
    given = parser.parse_args()
    is_there = given.kept is not None and given.kept.exists()
    kept = [json.loads(line) for line in given.kept.read_text().splitlines()] if is_there else []
    ends, seed = time.monotonic() + given.minutes * 60, given.seed
    with tempfile.TemporaryDirectory() as folder:
        installations = (*made(Path(folder), RECIPIENTS), sealed(Path(folder)))
        while len(kept) < given.seeds and time.monotonic() < ends:
            while seed in {one["seed"] for one in kept}:
                seed += 1
            kept.append(_flipped(installations, seed, given.flips, Path(folder)))
            print(json.dumps(kept[-1]), flush=True)
            if given.kept is not None:
                with given.kept.open("a") as file:
                    file.write(json.dumps(kept[-1]) + "\n")
    broken = sorted({fault for one in kept for fault in one["broken"]})
    print(f"{sum(one['flips'] for one in kept)} bits turned, in {len(kept[0]['classes'])} classes of bytes")
    print(f"  broken: {', '.join(broken) or 'nothing'}")
    return 1 if broken else 0


def _flipped(
    installations: tuple[Installation, Installation, Installation], seed: int, flips: int, folder: Path
) -> dict[str, Any]:
    closed, left, with_keys = installations
    classes, broken = Counter[str](), list[str]()
    for name in FILES:
        chosen = left if name.endswith("-wal") else with_keys if name.startswith("keys/") else closed
        for what, fault in faults_of(chosen, name, flips, Random(seed), folder):  # noqa: S311 - not for secrets
            classes[what] += 1
            broken += [] if fault is None else [f"{what} {fault}"]
    return {"seed": seed, "flips": classes.total(), "classes": sorted(classes), "broken": broken}


if __name__ == "__main__":
    sys.exit(main())
