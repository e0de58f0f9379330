"""Kills `dialtrail up` with -9 again and again while campaigns run, and says which promises were broken.

So many kills are a day: one campaign on a folder of its own, with a seed of its own. With `--kept FILE` what came of each
day is a line of that file; days that are there already are not played again, so that the kills of many short runs add up,
until there are `--kills` of them or `--minutes` are over. With `--forked`, `up` is forked off this process instead of
started anew, which takes a fifth of the time.

.venv/bin/python scripts/proofs/kill_nine.py [--kills N] [--kills-a-day N] [--recipients N] [--seed N] [--acceptors N]
                                             [--forked] [--kept FILE] [--minutes N]
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.journeys.forked import ForkedUp
from tests.journeys.kill_nine import faults_of, play
from tests.journeys.processes import ROOT, Up


def main() -> int:
    given = _arguments().parse_args()
    kept = _read(given.kept)
    ends = time.monotonic() + given.minutes * 60
    seed = given.seed
    while _sum(kept, "kills") < given.kills and time.monotonic() < ends:
        while seed in {day["seed"] for day in kept}:
            seed += 1
        kept.append(_day(given, seed, min(given.kills_a_day, given.kills - _sum(kept, "kills"))))
        print(json.dumps(kept[-1]), flush=True)
        if given.kept is not None:
            with given.kept.open("a") as file:
                file.write(json.dumps(kept[-1]) + "\n")
    broken = sorted({f"{name} (seed {day['seed']})" for day in kept for name in day["broken"]})
    print(
        f"{_sum(kept, 'kills')} kills in {len(kept)} days, {_sum(kept, 'requests')} dial requests, "
        f"{_sum(kept, 'acknowledged')} webhooks acknowledged, {_sum(kept, 'unresolved')} people unresolved in the end"
    )
    print(f"  broken: {', '.join(broken) or 'nothing'}")
    return 1 if broken else 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--kills-a-day", type=int, default=20)
    parser.add_argument("--recipients", type=int, default=400, help="a day")
    parser.add_argument("--seed", type=int, default=20, help="of the first day")
    parser.add_argument("--acceptors", type=int, default=1)
    parser.add_argument("--requests-between", type=int, nargs=2, default=(1, 20), metavar=("MIN", "MAX"))
    parser.add_argument("--calls-per-second", type=int, default=30)
    parser.add_argument("--forked", action="store_true")
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--minutes", type=float, default=24 * 60.0, help="begin no day after so many")
    return parser


def _day(given: argparse.Namespace, seed: int, kills: int) -> dict[str, Any]:
    """One campaign. The folder of a day that broke something stays."""
    folder = Path(tempfile.mkdtemp(prefix=f"kill-nine-{seed}-"))
    began = time.monotonic()
    day = play(
        folder,
        kills=kills,
        recipients=given.recipients,
        seed=seed,
        acceptors=given.acceptors,
        kind=ForkedUp if given.forked else Up,
        between=tuple(given.requests_between),
        calls_per_second=given.calls_per_second,
    )
    broken = faults_of(day, recipients=given.recipients)
    if broken:
        print(f"what seed {seed} left is in {folder}", file=sys.stderr)
    else:
        shutil.rmtree(folder)
    return {
        "seed": seed,
        "kills": day.kills,
        "requests": len(day.posts),
        "deliveries": len(day.deliveries),
        "acknowledged": sum(1 for line in day.deliveries if 200 <= (line["status"] or 0) < 300),
        "unresolved": day.counts["unresolved"],
        "seconds": round(time.monotonic() - began),
        "commit": _commit(),
        "broken": broken,
    }


def _commit() -> str:
    command = ["git", "rev-parse", "--short=8", "HEAD"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return said.stdout.strip()


def _read(kept: Path | None) -> list[dict[str, Any]]:
    return [json.loads(line) for line in kept.read_text().splitlines()] if kept is not None and kept.exists() else []


def _sum(days: Sequence[dict[str, Any]], name: str) -> int:
    return sum(day[name] for day in days)


if __name__ == "__main__":
    sys.exit(main())
