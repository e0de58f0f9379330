import io
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from threading import Event

import pytest
import structlog

from adapters import log_lines
from adapters.log_lines import DROPPED, LibraryLines, LogLines, log_to_stderr
from tests.adapters.shown_lines import AT_NOON, shown
from tests.entrypoints.serving import NOON

WAIT_SECONDS_MAX = 20.0


class Pipe(io.StringIO):
    """A stream whose reader takes nothing until `is_read` is set, and who says when somebody writes."""

    def __init__(self) -> None:
        super().__init__()
        self.is_read = Event()
        self.written_to = Event()

    def write(self, text: str) -> int:
        self.written_to.set()
        assert self.is_read.wait(WAIT_SECONDS_MAX)
        return super().write(text)


@contextmanager
def lines_on(stream: io.StringIO, level: int = logging.INFO) -> Iterator[LogLines]:
    with closing(LogLines(stream, level, lambda: NOON)) as lines:
        yield lines


def test_a_line_is_one_json_object_with_its_time_and_its_level_first() -> None:
    stream = io.StringIO()
    with lines_on(stream) as lines:
        lines.add(logging.WARNING, "something", {"call_id": "call\n1", "ms": 1.23456, "at": NOON})

    assert stream.getvalue() == (
        f'{{"timestamp":"{AT_NOON}","level":"warning","event":"something",'
        '"call_id":"call\\n1","ms":1.235,"at":"2026-05-29T12:00:00+00:00"}\n'
    )


@pytest.mark.parametrize("value", ["\ud800", 2**70, {"\ud800": 1}, {1: "one"}, object()])
def test_what_has_no_json_form_does_not_stop_the_lines(value: object) -> None:
    stream = io.StringIO()
    with lines_on(stream) as lines:
        lines.add(logging.INFO, "odd", {"value": value})
        lines.add(logging.INFO, "after", {})

    assert [line["event"] for line in shown(stream.getvalue())] == ["odd", "after"]


def test_lines_below_the_level_are_not_even_put_into_the_queue() -> None:
    stream = io.StringIO()
    with lines_on(stream, logging.WARNING) as lines:
        lines.add(logging.INFO, "quiet", {})
        lines.add(logging.WARNING, "loud", {})

    assert [line["event"] for line in shown(stream.getvalue())] == ["loud"]


def test_where_nobody_reads_lines_are_dropped_counted_and_told_of_once_somebody_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(log_lines, "LINES_WAITING_MAX", 3)
    pipe = Pipe()
    with lines_on(pipe) as lines:
        lines.add(logging.INFO, "stuck", {})
        assert pipe.written_to.wait(WAIT_SECONDS_MAX)
        for n in range(5):
            lines.add(logging.INFO, f"line {n}", {})
        assert lines.dropped == 2
        pipe.is_read.set()
        lines.flush()
        lines.add(logging.INFO, "again", {})

    said = shown(pipe.getvalue())
    assert [line["event"] for line in said] == ["stuck", "line 0", "line 1", "line 2", DROPPED, "again"]
    assert said[4] == {"timestamp": AT_NOON, "level": "warning", "event": DROPPED, "lines": 2}


def test_a_reader_that_is_gone_costs_lines_and_nothing_else() -> None:
    stream = io.StringIO()
    with lines_on(stream) as lines:
        lines.add(logging.INFO, "read", {})
        lines.flush()
        stream.close()
        lines.add(logging.INFO, "to nobody", {})
        lines.flush()
        lines.flush()
        assert lines.dropped == 1


def test_closing_writes_what_waits_and_later_lines_are_written_at_once() -> None:
    stream = io.StringIO()
    lines = LogLines(stream, logging.INFO, lambda: NOON)
    for n in range(2_000):
        lines.add(logging.INFO, f"line {n}", {})
    lines.close()
    assert [line["event"] for line in shown(stream.getvalue())] == [f"line {n}" for n in range(2_000)]

    lines.add(logging.ERROR, "late", {})
    assert shown(stream.getvalue())[-1]["event"] == "late"


def test_closing_does_not_wait_for_ever_for_who_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "FLUSH_SECONDS_MAX", 0.01)
    pipe = Pipe()
    lines = LogLines(pipe, logging.INFO, lambda: NOON)
    lines.add(logging.INFO, "stuck", {})
    assert pipe.written_to.wait(WAIT_SECONDS_MAX)
    lines.close()
    lines.add(logging.INFO, "after", {})
    pipe.is_read.set()
    lines._thread.join(WAIT_SECONDS_MAX)
    assert not lines._thread.is_alive()


def test_what_structlog_is_told_goes_the_same_way_with_its_error_and_what_is_bound(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with closing(log_to_stderr(logging.INFO, lambda: NOON + timedelta(seconds=1))):
        log = structlog.get_logger("dialtrail.test")
        with structlog.contextvars.bound_contextvars(attempt_id="att_1"):
            log.debug("not shown")
            log.warning("a warning", place=1)
            try:
                int("inside")
            except ValueError:
                log.exception("it failed")

    warning, failure = shown(capsys.readouterr().err)
    at = "2026-05-29T12:00:01.000000Z"
    assert warning == {"timestamp": at, "level": "warning", "event": "a warning", "attempt_id": "att_1", "place": 1}
    assert (failure["level"], failure["event"], failure["attempt_id"]) == ("error", "it failed", "att_1")
    assert failure["exception"].endswith("ValueError: invalid literal for int() with base 10: 'inside'")


@pytest.mark.parametrize(
    ("log", "told"),
    [
        (lambda one: one.warning("odd %s", "thing"), {"level": "warning", "event": "odd thing"}),
        (lambda one: one.critical("the end"), {"level": "critical", "event": "the end"}),
        (lambda one: one.info("quiet"), None),
    ],
)
def test_what_a_library_logs_goes_the_same_way(
    capsys: pytest.CaptureFixture[str], log: Callable[[logging.Logger], None], told: dict[str, str] | None
) -> None:
    with closing(log_to_stderr(logging.INFO, lambda: NOON)):
        log(logging.getLogger("uvicorn.error"))
    expected = [] if told is None else [{"timestamp": AT_NOON, **told, "logger": "uvicorn.error"}]
    assert shown(capsys.readouterr().err) == expected


def test_what_a_library_could_not_do_comes_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with closing(log_to_stderr(logging.INFO, lambda: NOON)):
        try:
            dict[str, int]()["inside"]
        except KeyError:
            logging.getLogger("asyncio").exception("a task failed")
    (line,) = shown(capsys.readouterr().err)
    assert line["exception"].startswith("Traceback")
    assert line["exception"].endswith("KeyError: 'inside'")


def test_a_message_whose_arguments_do_not_fit_it_is_told_as_it_is() -> None:
    stream = io.StringIO()
    with lines_on(stream) as lines:
        LibraryLines(lines).emit(logging.LogRecord("lib", logging.ERROR, "", 1, "bad %d", ("words",), None))
    assert shown(stream.getvalue()) == [{"timestamp": AT_NOON, "level": "error", "event": "bad %d", "logger": "lib"}]


def test_a_library_does_not_wait_for_the_reader_of_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Pipe()
    monkeypatch.setattr(sys, "stderr", pipe)
    with closing(log_to_stderr(logging.INFO, lambda: NOON)) as lines:
        for n in range(100):
            logging.getLogger("uvicorn.error").warning("line %d", n)
        assert pipe.getvalue() == ""
        pipe.is_read.set()
        lines.flush()
    assert [line["event"] for line in shown(pipe.getvalue())] == [f"line {n}" for n in range(100)]
