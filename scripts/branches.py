"""Says how many branches of each room were covered, and fails where it is too few: coverage's JSON | scripts/branches.py."""

import json
import sys
from collections import Counter

LEAST_PERCENT = {"domain": 90, "adapters": 90, "projections": 90, "application": 90, "entrypoints": 0, "clients": 90}


def main() -> int:
    covered: Counter[str] = Counter()
    there_are: Counter[str] = Counter()
    for path, of_file in json.load(sys.stdin)["files"].items():
        room = path.partition("/")[0]
        covered[room] += of_file["summary"]["covered_branches"]
        there_are[room] += of_file["summary"]["num_branches"]
    failed = []
    for room, least in LEAST_PERCENT.items():
        print(f"{room}: {covered[room]} of {there_are[room]} branches covered", end="")
        print(f", {100 * covered[room] / there_are[room]:.1f} %" if there_are[room] else "")
        if there_are[room] == 0 or covered[room] * 100 < least * there_are[room]:
            failed.append(f"{room}: fewer than {least} % of the branches are covered")
    for fault in failed:
        print(f"scripts/test: {fault}; .venv/bin/coverage report shows which", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
