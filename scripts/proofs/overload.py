"""More deliveries than there is room for, against a real `up`: by a schedule that waits for no answer, beside closed loops.

First as fast as answers come, which says how many a second there is room for. Then twice as many for a while; an hour's
deliveries all at once; more connections than one address may have; and half of what there is room for beside a storm of
readers of /v1/stream. Then a disk that stands still, with more deliveries than may wait to be written. Each wait counts
from the moment that was planned. It fails where an answer is neither 204 nor a 503 with a problem and Retry-After,
memory grows, what was acknowledged is not in the ledger, or it does not come back within 300 s.

.venv/bin/python scripts/proofs/overload.py [--closed-seconds 10] [--seconds 300] [--burst 18000] [--crowd 1500]
                                                  [--readers 64]
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "scripts" / "benches"))


def main() -> int:
    from tests.journeys.overload import CROWD, FULL_CROWD, STORM_READERS, played, refused  # noqa: PLC0415 - a spawned process reads this file too

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--closed-seconds", type=float, default=10.0)
    parser.add_argument("--seconds", type=float, default=300.0, help="of twice the capacity")
    parser.add_argument("--burst", type=int, default=18_000, help="at once: an hour of five a second")
    parser.add_argument("--crowd", type=int, default=CROWD, help="at once, each on a connection of its own")
    parser.add_argument("--readers", type=int, default=STORM_READERS)
    parser.add_argument(
        "--full-crowd", type=int, default=FULL_CROWD, help="at once, while the disk stands still; 0: none"
    )
    given = parser.parse_args()
    began = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="overload-") as folder:
        scene = played(Path(folder), given.closed_seconds, given.seconds, given.burst, given.readers, given.crowd)
    scenes = [scene]
    if given.full_crowd:
        with tempfile.TemporaryDirectory(prefix="overload-") as folder:
            scenes.append(refused(Path(folder), given.full_crowd))
    broken = [one for scene in scenes for one in scene.broken]
    for name, found in (item for scene in scenes for item in scene.parts.items()):
        print(json.dumps({"what": name, **found}))
    print(f"load average {began:.0f} to {os.getloadavg()[0]:.0f}; broken: {len(broken) or 'nothing'}")
    print("\n".join(broken))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
