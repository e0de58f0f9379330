"""Plays inputs that nobody would write, millions of them, against what reads webhooks, files, answers, cursors and bundles.

Each chapter is a seed: so many inputs, made of right ones by chance. What came of it is a line of the file given, if any,
with the commit; a run goes on with the seeds that are not there yet, and says what all of them come to. Broken is an input
that is answered with anything but a refusal in words: an exception, a status of 500 and above, a forged signature that is
believed, a bundle that holds and was tampered with, more than a second of the processor, or memory that grows.

.venv/bin/python scripts/proofs/hostile.py [--surface webhooks] [--inputs N] [--chapters N | --minutes N] [--kept FILE]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.journeys.hostile.judge import play  # noqa: E402
from tests.journeys.hostile.surfaces import SURFACES  # noqa: E402

INPUTS = 100_000
MINUTES_MAX = 24 * 60
BROKEN_SHOWN_MAX = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--surface", choices=sorted(SURFACES), action="append", help="only these; may be given for each"
    )
    parser.add_argument("--inputs", type=int, default=INPUTS, help="of a chapter")
    parser.add_argument("--chapters", type=int, default=1, help="of each surface")
    parser.add_argument("--minutes", type=float, default=MINUTES_MAX, help="no chapter begins later")
    parser.add_argument("--kept", type=Path)
    given = parser.parse_args()
    is_there = given.kept is not None and given.kept.exists()
    kept = [json.loads(line) for line in given.kept.read_text().splitlines()] if is_there else []
    at = commit()
    ends = time.monotonic() + 60 * min(given.minutes, MINUTES_MAX)
    broken: list[str] = []
    for _ in range(given.chapters):
        for name in given.surface or SURFACES:
            if time.monotonic() > ends:
                break
            kept.append(chapter(name, following(kept, name), given.inputs, at))
            broken += kept[-1]["broken"]
            if given.kept is not None:
                with given.kept.open("a") as file:
                    file.write(json.dumps(kept[-1]) + "\n")
            print(json.dumps({**kept[-1], "broken": len(kept[-1]["broken"])}), flush=True)
    return said(kept, broken)


def following(kept: list[dict[str, Any]], name: str) -> int:
    """The first seed of a surface that was not played."""
    return max((one["seed"] for one in kept if one["surface"] == name), default=0) + 1


def chapter(name: str, seed: int, inputs: int, at: str) -> dict[str, Any]:
    """One seed."""
    # Each of many thousand lines of the log would say that a hostile input was one.
    with (
        tempfile.TemporaryDirectory(prefix="hostile-") as folder,
        Path(os.devnull).open("w") as log,
        redirect_stderr(log),
    ):
        found = play(SURFACES[name], seed, inputs, Path(folder))
    return {"surface": name, "seed": seed, "commit": at, **found._asdict()}


def commit() -> str:
    """What is checked out, with a `+` where something is not committed."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S607

    return git("rev-parse", "--short=8", "HEAD") + ("+" if git("status", "--porcelain") else "")


def said(kept: list[dict[str, Any]], broken: list[str]) -> int:
    """What all chapters come to; 1 where this run broke something."""
    for name in sorted({one["surface"] for one in kept}):
        theirs = [one for one in kept if one["surface"] == name]
        answers: Counter[str] = Counter()
        for one in theirs:
            answers.update(one["answers"])
        print(
            f"{name}: {sum(one['inputs'] for one in theirs):,} inputs of {len(theirs)} seeds at "
            f"{', '.join(dict.fromkeys(one['commit'] for one in theirs))}; {dict(answers)}; "
            f"slowest {max(one['slowest_ms'] for one in theirs):g} ms of the processor; "
            f"at most {max(one['grown_mib'] for one in theirs):g} MiB more; "
            f"broken: {sum(len(one['broken']) for one in theirs) or 'nothing'}"
        )
    print("\n".join(broken[:BROKEN_SHOWN_MAX]))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
