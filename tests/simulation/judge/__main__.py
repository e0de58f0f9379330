"""`python -m tests.simulation.judge FOLDER`: prints what is broken; exit 1 where something is, 2 where it cannot be judged."""

import sys
from pathlib import Path

from tests.simulation.judge import judge

SHOWN_MAX = 50


def main(arguments: list[str]) -> int:
    """Judge one folder."""
    if len(arguments) != 1:
        sys.stderr.write("give one folder, with provider.jsonl and feed.jsonl\n")
        return 2
    try:
        found = judge(Path(arguments[0]))
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"{arguments[0]} cannot be judged: {error!r}\n")
        return 2
    for broken in found[:SHOWN_MAX]:
        sys.stdout.write(f"{broken}\n")
    sys.stdout.write(f"{len(found)} broken\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
