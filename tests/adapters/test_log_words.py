import io
import logging
import sys
from contextlib import closing

import pytest

from adapters.log_lines import LogLines
from adapters.log_words import LogForm
from tests.entrypoints.cli.terminal import Terminal
from tests.entrypoints.serving import NOON

TRACEBACK = """Traceback (most recent call last):
  File "/here/first.py", line 3, in <module>
    call()
  File "/here/second.py", line 12, in call
    raise ValueError("odd: 1")
ValueError: odd: 1
"""


def written(stream: io.StringIO, form: LogForm, **fields: object) -> str:
    with closing(LogLines(stream, logging.INFO, lambda: NOON, form)) as lines:
        lines.add(logging.WARNING, "MiniVoice did not answer", fields)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, ""),
        ({"operation": "create_call", "ms": 12.34567}, "  operation=create_call ms=12.346"),
        ({"why": "two words", "empty": "", "code": None}, '  why="two words" empty=""'),
        ({"steers": "\x1b[2J\u202e", "lines": "a\nb"}, '  steers=\\x1b[2J\\u202e lines="a\\nb"'),
        ({"to": "+15551230002", "many": ["a b", 2]}, '  to=+15…02 many=["a b", 2]'),
        ({"exception": TRACEBACK}, "  ValueError: odd: 1 (/here/second.py:12)"),
        ({"exception": "ValueError"}, "  ValueError"),
        ({"odd": "\ud800"}, "  odd=\\ud800"),
    ],
)
def test_a_line_is_read_by_people(fields: dict[str, object], said: str) -> None:
    line = written(io.StringIO(), "words", **fields)

    assert line == f"12:00:00.000 warning  MiniVoice did not answer{said}\n"
    assert line.rstrip("\n").isprintable()


@pytest.mark.parametrize(
    ("stream", "form", "is_json"),
    [
        (Terminal, "auto", False),
        (io.StringIO, "auto", True),
        (Terminal, "json", True),
        (io.StringIO, "words", False),
    ],
)
def test_words_are_for_terminals_unless_told(stream: type[io.StringIO], form: LogForm, is_json: bool) -> None:
    assert written(stream(), form).startswith("{") is is_json


def test_stderr_that_has_gone_takes_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Terminal()
    gone.close()
    monkeypatch.setattr(sys, "stderr", gone)
    with closing(LogLines(sys.stderr, logging.INFO, lambda: NOON, "json")) as lines:
        lines.add(logging.WARNING, "anything", {})
    assert lines.dropped == 1
