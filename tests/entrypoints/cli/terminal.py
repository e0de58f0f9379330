"""Commands as a person sees them: on a terminal of some width."""

import io
import os
import pty
import re
import sys
from pathlib import Path

from entrypoints.settings import child_environment
from tests.child_process import ChildProcess

CHECKOUT = Path(__file__).parents[3]


def on_a_terminal(url: str, columns: int, *arguments: str, code: int = 0, **more: str) -> str:
    """What the command prints on a terminal so many columns wide, data and talk."""
    ours, theirs = pty.openpty()
    environment = child_environment({"DIALTRAIL_URL": url, "COLUMNS": str(columns), "TERM": "xterm", **more})
    command = [sys.executable, "-m", "entrypoints.cli", *arguments]
    with ChildProcess(command, cwd=CHECKOUT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while some := os.read(ours, 65_536):
                shown += some
        except OSError:  # how Linux says that the other end of a terminal has gone
            pass
        os.close(ours)
        assert process.wait(timeout=20) == code, shown
    return shown.decode().replace("\r\n", "\n")


def without_colours(shown: str) -> str:
    """The text without what colours it."""
    return re.sub(r"\x1b\[[0-9;]*m", "", shown)


class Terminal(io.StringIO):
    """What was written, as if to a terminal."""

    def isatty(self) -> bool:
        return True
