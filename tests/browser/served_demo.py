"""The demo as people start it to look at its pages: `dialtrail demo --serve`."""

import itertools
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from entrypoints.settings import child_environment
from tests.child_process import ChildProcess

CHECKOUT = Path(__file__).parents[2]
LINES_MAX = 2_000
STOP_SECONDS_MAX = 30
OPEN_AT = re.compile(r"its pages are open at (http://127\.0\.0\.1:\d+/campaigns/demo) ")


@contextmanager
def served_demo(recipients: int) -> Iterator[str]:
    """The address that it prints when it has been played; ended by Ctrl-C."""
    with ChildProcess(
        [sys.executable, "-m", "entrypoints.cli", "demo", "--recipients", str(recipients), "--serve"],
        cwd=CHECKOUT,
        env=child_environment({}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as demo:
        assert demo.stderr is not None
        try:
            said = ""
            for line in itertools.islice(demo.stderr, LINES_MAX):
                said += line
                if OPEN_AT.search(line):
                    break
            found = OPEN_AT.search(said)
            assert found, said
            yield found[1]
        finally:
            demo.send_signal(signal.SIGINT)
            demo.communicate(timeout=STOP_SECONDS_MAX)
