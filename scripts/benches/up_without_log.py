"""`dialtrail …` that keeps no verifiable log: what one costs is the difference."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from entrypoints import views_made
from entrypoints.cli.program import run

if __name__ == "__main__":
    views_made.log_orders = lambda *_: None  # type: ignore[assignment]
    sys.exit(run(sys.argv[1:]))
