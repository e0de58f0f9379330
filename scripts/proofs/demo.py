"""Plays the demo with each of these seeds, as processes, and says which of them did not prove every promise.

.venv/bin/python scripts/proofs/demo.py [--recipients N] [--seeds N]
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEMO_SECONDS_MAX = 600
PROOF = re.compile(r"^.*\S +(yes|NO)$", re.MULTILINE)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipients", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=4)
    given = parser.parse_args()
    failed = 0
    for seed in range(1, given.seeds + 1):
        words = ["demo", "--recipients", str(given.recipients), "--seed", str(seed)]
        done = subprocess.run(
            [sys.executable, "-m", "entrypoints.cli", *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=DEMO_SECONDS_MAX,
        )
        held = PROOF.findall(done.stdout)
        print(f"seed {seed}: {held.count('yes')} of {len(held)} promises proved, exit {done.returncode}", flush=True)
        if done.returncode != 0 or "NO" in held or not held:
            failed += 1
            print(done.stdout + done.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
