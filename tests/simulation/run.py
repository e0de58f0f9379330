"""`scripts/simulate`: days by their seeds, one line each; what is broken is made smaller, and ends it with 1.

scripts/simulate --seeds 1..50
scripts/simulate --seeds 7..7 --trace /tmp/seven
scripts/simulate --seeds 1..50 --judge
"""

import argparse
import gc
import importlib
import json
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import msgspec

from tests.simulation.plan import Plan, planned
from tests.simulation.shrinking import shrunk
from tests.simulation.world import Played, play

FOLDER = Path("/dev/shm")
BROKEN_SHOWN_MAX = 5
DIFFERS_SHOWN = 2


def main(words: list[str]) -> int:
    """The exit code: 0 where every seed held, 1 where one did not, 2 for words that are not understood."""
    asked = _asked(words)
    # A kill drops whatever the process had under way, and Python says of each coroutine that nobody waited for it.
    warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
    gc.freeze()  # what was imported is looked through no more
    started = time.monotonic()
    for seed in asked.seeds:
        if time.monotonic() - started > asked.seconds:
            held = seed - asked.seeds[0]
            print(f"the time is over: {held} seeds held")
            return 0 if held else 1
        plan = planned(seed, faults=not asked.good_day)
        began = time.process_time()
        played = played_in_folder(plan, asked.trace)
        broken = played.broken + (_judged(played, plan) if asked.judge else [])
        told = (
            f"{played.requests} requests, {played.kills} kills, {played.commits} turns of the writer, {len(played.feed)} "
            f"events, {time.process_time() - began:.2f} s of processor time"
        )
        print(f"seed {seed}: {'broken' if broken else 'holds'}: {len(plan.people)} people, {told}", flush=True)
        if broken:
            return _told(asked, plan, broken)
    return 0


def _told(asked: argparse.Namespace, plan: Plan, broken: list[str]) -> int:
    for one in broken[:BROKEN_SHOWN_MAX]:
        print(f"  {one}")
    if asked.shrink:

        def is_broken(smaller: Plan) -> bool:
            played = played_in_folder(smaller)
            return bool(played.broken or (asked.judge and _judged(played, smaller)))

        small = shrunk(plan, is_broken, asked.shrink)
        print(f"  seed {plan.seed}, made smaller: {msgspec.json.encode(small).decode()}")
        if asked.trace:
            played_in_folder(small, asked.trace)
            print(f"  its trace is in {asked.trace}")
    return 1


def played_in_folder(plan: Plan, trace: Path | None = None) -> Played:
    """Play it in a folder that is removed; with `trace`, write the provider's log and the feed into that folder."""
    with tempfile.TemporaryDirectory(prefix="dialtrail-world-", dir=FOLDER if FOLDER.is_dir() else None) as folder:
        played = play(plan, Path(folder))
    if trace is not None:
        written(played, trace)
    return played


def written(played: Played, folder: Path) -> None:
    """`provider.jsonl`, `feed.jsonl`, `answers.jsonl`, and a `feed-before-restore-K.jsonl` for each backup that was put back."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "provider.jsonl").write_text(played.journal)
    (folder / "feed.jsonl").write_text(_lines(played.feed))
    (folder / "answers.jsonl").write_text(_lines(played.answers))
    for number, feed in enumerate(played.feeds_before_restore, start=1):
        (folder / f"feed-before-restore-{number}.jsonl").write_text(_lines(feed))


def _lines(feed: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in feed)


def _judged(played: Played, plan: Plan) -> list[str]:
    """What the judge says, which reads the two files and nothing else; it is a program of its own."""
    with tempfile.TemporaryDirectory(prefix="dialtrail-judged-", dir=FOLDER if FOLDER.is_dir() else None) as folder:
        written(played, Path(folder))
        judge = importlib.import_module("tests.simulation.judge")
        return [f"the judge: {one}" for one in judge.judge(Path(folder))]


def _seeds(text: str) -> range:
    first, _, last = text.partition("..")
    try:
        seeds = range(int(first), int(last or first) + 1)
    except ValueError:
        seeds = range(0)
    if not seeds:
        raise argparse.ArgumentTypeError(f"{text!r} is no seed, nor a range such as 1..50")
    return seeds


def _asked(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/simulate", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seeds", required=True, type=_seeds, help="a seed, or a range such as 1..50")
    parser.add_argument("--trace", type=Path, help="write the log of the provider and the feed into this folder")
    parser.add_argument("--judge", action="store_true", help="have each day judged by tests/simulation/judge as well")
    parser.add_argument("--good-day", action="store_true", help="days without faults")
    parser.add_argument("--shrink", type=int, default=30, help="at most so many tries to make a failure smaller (30)")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no other day after so many seconds")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
