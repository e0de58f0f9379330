"""What commands cost before they do anything: processor's seconds of whole processes, in interleaved rounds.

    python start.py [--rounds 5]

The floor is a Python that does nothing. `status` asks a server that runs; `up` is what it imports, not its start.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.journeys.processes import Up, free_port  # noqa: E402

PYTHON = sys.executable
DIALTRAIL = [PYTHON, "-m", "entrypoints.cli"]
NOWHERE = "http://127.0.0.1:9"
CAMPAIGN = "bench"
PLAN = {"id": CAMPAIGN, "from": "+15559870000", "limits": {"calls_per_second": 1}}


def completing(*words: str) -> dict[str, str]:
    """What a shell asks by when TAB is pressed after these words."""
    return {"_DIALTRAIL_COMPLETE": "complete_bash", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}


COMMANDS: Mapping[str, tuple[Sequence[str], Mapping[str, str]]] = {
    "python -c pass": ([PYTHON, "-c", "pass"], {}),
    "dialtrail --help": ([*DIALTRAIL, "--help"], {}),
    "dialtrail status --help": ([*DIALTRAIL, "status", "--help"], {}),
    "dialtrail recipients import --help": ([*DIALTRAIL, "recipients", "import", "--help"], {}),
    "dialtrail up --help": ([*DIALTRAIL, "up", "--help"], {}),
    "completion of a command": (DIALTRAIL, completing("dialtrail", "sta")),
    "completion of a campaign": (DIALTRAIL, completing("dialtrail", "status", "")),
    "dialtrail status": ([*DIALTRAIL, "status", CAMPAIGN], {}),
    "import of up": ([PYTHON, "-c", "import entrypoints.up"], {}),
    "import of the views' process": ([PYTHON, "-c", "import entrypoints.views_process"], {}),
}


def computed(command: Sequence[str], environ: Mapping[str, str]) -> float:
    """The processor's seconds of a process and all that it waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=dict(environ), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(rounds: int) -> None:
    """Each command in turn, again and again."""
    folder = Path(tempfile.mkdtemp(prefix="dialtrail-bench-"))
    try:
        with Up(folder, NOWHERE, free_port()) as up:
            up.api("POST", "/v1/campaigns", json=PLAN)
            environ = {**up.environ, "PYTHONPATH": str(ROOT)}
            took: dict[str, list[float]] = {name: [] for name in COMMANDS}
            for _ in range(rounds + 1):  # the first writes what is compiled
                for name, (command, more) in COMMANDS.items():
                    took[name].append(computed(command, {**environ, **more}))
            up.stop()
    finally:
        shutil.rmtree(folder)
    floor = statistics.median(took["python -c pass"][1:])
    print(f"load average {os.getloadavg()[0]:.1f}; seconds of the processor, the median of {rounds}, and the least")
    for name, seconds in took.items():
        middle = statistics.median(seconds[1:])
        print(f"{name:36} {middle:.3f}  {min(seconds[1:]):.3f}  {middle / floor:5.1f} x the floor")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    main(parser.parse_args().rounds)
