"""Commands as a person sees them: on a terminal of some width. They run in this process, which has imported them already."""

import io
import os
import pty
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Thread
from unittest.mock import patch

from entrypoints.cli.program import run
from entrypoints.settings import child_environment

WAIT_SECONDS_MAX = 20.0


class Screen:
    """A terminal's screen and its keyboard: `typed` is typed once `asked` is shown."""

    def __init__(self, asked: bytes = b"", typed: bytes = b"") -> None:
        self._ours, self.theirs = pty.openpty()
        self._shown = b""
        self._asked = asked
        self._typed = typed
        self._looking = Thread(target=self._look, daemon=True)
        self._looking.start()

    def _look(self) -> None:
        try:
            while True:
                if self._typed and self._asked in self._shown:
                    os.write(self._ours, self._typed)
                    self._typed = b""
                some = os.read(self._ours, 65_536)
                if not some:
                    return
                self._shown += some
        except OSError:  # how Linux says that the other end of a terminal has gone
            return

    def shown(self) -> str:
        """All that was shown. Nothing may be open on it any more."""
        os.close(self.theirs)
        self._looking.join(WAIT_SECONDS_MAX)
        assert not self._looking.is_alive(), self._shown
        os.close(self._ours)
        return self._shown.decode().replace("\r\n", "\n")


@contextmanager
def _streams(screen: Screen, *, is_data_shown: bool) -> Iterator[None]:
    """The screen as this process's three streams, or as all but stdout."""
    with ExitStack() as opened:
        names = {"stdin": "r", "stderr": "w"} | ({"stdout": "w"} if is_data_shown else {})
        streams = {
            name: opened.enter_context(open(os.dup(screen.theirs), mode, encoding="utf-8", buffering=1))  # noqa: PTH123
            for name, mode in names.items()
        }
        for name, stream in ({"stdout": io.StringIO()} | streams).items():
            opened.enter_context(patch(f"sys.{name}", stream))
        yield


def asked_on_a_terminal(
    url: str, *arguments: str, asked: bytes = b"", typed: bytes = b"", **more: str
) -> tuple[int, str]:
    """The exit code, and what is shown to somebody who types `typed` once `asked` is; what is data goes elsewhere."""
    return _ran(Screen(asked, typed), {"DIALTRAIL_URL": url, **more}, arguments, is_data_shown=False)


def on_a_terminal(url: str, columns: int, *arguments: str, code: int = 0, **more: str) -> str:
    """What the command prints on a terminal so many columns wide, data and talk."""
    ours = {"DIALTRAIL_URL": url, "COLUMNS": str(columns), **more}
    ended, shown = _ran(Screen(), ours, arguments, is_data_shown=True)
    assert ended == code, shown
    return shown


def _ran(screen: Screen, ours: dict[str, str], arguments: tuple[str, ...], *, is_data_shown: bool) -> tuple[int, str]:
    environment = child_environment({"TERM": "xterm", **ours})
    with patch.dict(os.environ, environment), _streams(screen, is_data_shown=is_data_shown):  # noqa: TID251
        code = run(arguments)
    return code, screen.shown()


def without_colours(shown: str) -> str:
    """The text without what colours it."""
    return re.sub(r"\x1b\[[0-9;]*m", "", shown)


class Terminal(io.StringIO):
    """What was written, as if to a terminal."""

    def isatty(self) -> bool:
        return True
