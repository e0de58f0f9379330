"""Plays short days whose every write and sync is recorded, and judges what a loss of power at any sync may leave of them.

What was synced is there; of what was written since there is nothing, the names alone, all, the first part, all but one
write, or all with one write torn at a sector. On each such disk the ledger is opened by the real code: what was
acknowledged is stored, what was sent has begun, the file is whole. With `--kept FILE` each day is a line of that file, and
days that are there already are not played again.

.venv/bin/python scripts/proofs/power_loss.py [--days N] [--seed N] [--recipients N] [--losses N] [--kept FILE] [--minutes N]
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.crashes.recorded import played


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1, help="of the first day")
    parser.add_argument("--recipients", type=int, default=20)
    parser.add_argument(
        "--losses", type=int, default=3, help="how often each day is judged, with other losses each time"
    )
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--minutes", type=float, default=24 * 60.0, help="begin no day after so many")
    given = parser.parse_args()
    is_there = given.kept is not None and given.kept.exists()
    kept = [json.loads(line) for line in given.kept.read_text().splitlines()] if is_there else []
    ends = time.monotonic() + given.minutes * 60
    seed = given.seed
    while len(kept) < given.days and time.monotonic() < ends:
        while seed in {day["seed"] for day in kept}:
            seed += 1
        kept.append(_day(seed, given.recipients, given.losses))
        print(json.dumps(kept[-1]), flush=True)
        if given.kept is not None:
            with given.kept.open("a") as file:
                file.write(json.dumps(kept[-1]) + "\n")
    return _said(kept)


def _day(seed: int, recipients: int, losses: int) -> dict[str, Any]:
    """One day. The folder of a day that broke something stays, with the record of its calls."""
    folder = Path(tempfile.mkdtemp(prefix=f"power-loss-{seed}-"))
    day = played(folder, recipients)
    disks, broken = 0, set[str]()
    for loss in range(losses):
        for state in day.states(seed * 1_000 + loss):
            disks += 1
            broken |= set(day.faults_of(state, folder))
    if broken:
        print(f"what seed {seed} did is in {folder}", file=sys.stderr)
    else:
        shutil.rmtree(folder)
    syncs = sum(1 for call in day.calls if call.kind in {"sync", "sync_folder"})
    return {
        "seed": seed,
        "calls": len(day.calls),
        "syncs": syncs,
        "disks": disks,
        "sent": len(day.seen.sent),
        "acknowledged": len(day.seen.acknowledged),
        "broken": sorted(broken),
    }


def _said(kept: Sequence[dict[str, Any]]) -> int:
    disks, syncs, acknowledged = (sum(day[name] for day in kept) for name in ("disks", "syncs", "acknowledged"))
    broken = sorted({f"seed {day['seed']}: {name}" for day in kept for name in day["broken"]})
    print(f"{len(kept)} days, {syncs} syncs, {acknowledged} webhooks acknowledged, {disks} disks")
    print(f"  broken: {', '.join(broken) or 'nothing'}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
