"""Log lines: noted where something happens, made into JSON (or words, on a terminal) and written by a thread of their own.

Whoever waits for an answer does not wait for stderr: a line is put into a bounded queue, and where that is full it is
dropped and counted, so that a pipe that nobody reads holds up neither webhooks nor calls.
"""

import json
import logging
import sys
from collections import deque
from collections.abc import Callable, Mapping, MutableMapping
from datetime import datetime
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Any, NoReturn, TextIO

import orjson
import structlog

from adapters.log_words import LogForm, in_words
from adapters.provider_answer import ProviderAnswer
from domain.instants import time_text
from domain.phone_number import mask_field, mask_in

LINES_WAITING_MAX = 20_000
LINES_A_WRITE_MAX = 500
GATHER_SECONDS = 0.05
FLUSH_SECONDS_MAX = 5.0
DROPPED = "log lines were dropped: stderr took them too slowly"

log = structlog.get_logger("dialtrail.provider")
_LEVELS = {**logging.getLevelNamesMapping(), "EXCEPTION": logging.ERROR}
_FORMATTER = logging.Formatter()
_NAMES = {level: logging.getLevelName(level).lower() for level in (10, 20, 30, 40, 50)}
# The second way takes keys that are no texts, too, and longer for every line.
_WRITTEN_BY = (orjson.OPT_APPEND_NEWLINE, orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)
_Line = tuple[datetime, int, str, Mapping[str, Any]]


class LogLines:
    """Lines on one stream, from `level` up, in one form. `add` may be called from any thread, and never waits for the stream."""

    def __init__(self, stream: TextIO, level: int, clock: Callable[[], datetime], form: LogForm = "json") -> None:
        self._stream = stream
        words = stream.isatty() if form == "auto" else form == "words"
        self._rendered = _in_words if words else _in_json
        self._level = level
        self._clock = clock
        self._waiting: deque[_Line] = deque()
        self._knock: SimpleQueue[None] = SimpleQueue()
        self._knocked = False
        self._writing = Lock()
        self._closing = Event()
        self._is_closed = False
        self._dropped_told = 0
        self.dropped = 0
        self._thread = Thread(target=self._run, name="dialtrail-log", daemon=True)
        self._thread.start()

    def add(self, level: int, event: str, fields: Mapping[str, Any]) -> None:
        """Note a line; `fields` must not be changed afterwards."""
        if level < self._level:
            return
        if len(self._waiting) >= LINES_WAITING_MAX:
            self.dropped += 1
            return
        self._waiting.append((self._clock(), level, event, fields))
        if self._is_closed:
            self._write()
        elif not self._knocked:
            self._knocked = True
            self._knock.put(None)

    def take(self, _: object, method: str, noted: MutableMapping[str, Any]) -> NoReturn:
        """structlog's last processor: the line goes into the queue, and structlog prints nothing itself."""
        event = str(noted.pop("event", ""))
        self.add(_LEVELS.get(method.upper(), logging.INFO), event, noted)
        raise structlog.DropEvent

    def flush(self) -> None:
        """Write what was noted before this; waits for the stream."""
        with self._writing:
            self._write_waiting()

    def close(self) -> None:
        """Write what was noted, for at most `FLUSH_SECONDS_MAX`, and end the thread; what comes later is written at once."""
        self._closing.set()
        self._knock.put(None)
        self._thread.join(FLUSH_SECONDS_MAX)
        self._is_closed = True
        self._write()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._knock.get()
            self._closing.wait(GATHER_SECONDS)
            self._knocked = False
            self._write()

    def _write(self) -> None:
        """Write what waits, unless somebody is at it."""
        if self._writing.acquire(blocking=False):
            try:
                self._write_waiting()
            finally:
                self._writing.release()

    def _write_waiting(self) -> None:
        while self._waiting:
            some = [self._waiting.popleft() for _ in range(min(len(self._waiting), LINES_A_WRITE_MAX))]
            if not self._print(some):
                self.dropped += len(some)
        dropped = self.dropped
        if dropped > self._dropped_told:
            told = (self._clock(), logging.WARNING, DROPPED, {"lines": dropped - self._dropped_told})
            if self._print([told]):
                self._dropped_told = dropped

    def _print(self, lines: list[_Line]) -> bool:
        """Whether the stream took them: it does not where it is closed, or its reader gone."""
        try:
            self._stream.write("".join([self._rendered(line) for line in lines]))
            self._stream.flush()
        except (OSError, ValueError):
            return False
        return True


class LibraryLines(logging.Handler):
    """What libraries log, by Python's own logging, goes the same way: else it is written to stderr where it happens."""

    def __init__(self, lines: LogLines) -> None:
        super().__init__(logging.WARNING)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Note a record as a line, with the logger's name and the traceback, where there is one."""
        try:
            event = record.getMessage()
        except (TypeError, ValueError):  # its arguments do not fit it
            event = str(record.msg)
        told: dict[str, Any] = {"logger": record.name}
        if record.exc_info:
            told["exception"] = _FORMATTER.formatException(record.exc_info)
        self._lines.add(record.levelno, event, told)


def log_to_stderr(level: int, clock: Callable[[], datetime], form: LogForm = "auto") -> LogLines:
    """Let all that is logged go to stderr, from `level` up, as JSON lines or in words; the caller closes them.

    What libraries log by Python's own logging goes with it, from a warning up.
    """
    lines = LogLines(sys.stderr, level, clock, form)
    for earlier in [one for one in logging.root.handlers if isinstance(one, LibraryLines)]:
        logging.root.removeHandler(earlier)
    logging.root.addHandler(LibraryLines(lines))
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.format_exc_info, lines.take],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    return lines


def log_provider(answer: ProviderAnswer) -> None:
    """One line for one answer of MiniVoice; whoever asked has bound what it was about to the context."""
    told: dict[str, Any] = {
        "operation": answer.operation,
        "status": answer.status,
        "code": answer.code,
        "ms": answer.seconds * 1000,
    }
    if answer.call_id is not None:
        told["call_id"] = answer.call_id
    if answer.status is None:
        log.warning("MiniVoice did not answer", **told)
    else:
        log.info("MiniVoice answered", **told)


def _shown(name: str, value: Any) -> Any:
    """What a line says; no number of a person's, also where somebody gave one as an id, or a message has one in it."""
    if type(value) is float:
        return round(value, 3)
    return mask_field(name, value) if isinstance(value, str) and name != "request_id" else value


def _in_words(line: _Line) -> str:
    at, level, event, fields = line
    shown = {name: _shown(name, value) for name, value in fields.items()}
    return in_words(at, _NAMES.get(level, str(level)), mask_in(event), shown)


def _in_json(line: _Line) -> str:
    at, level, event, fields = line
    shown: dict[str, Any] = {
        "timestamp": time_text(at),
        "level": _NAMES.get(level, str(level)),
        "event": mask_in(event),
    }
    for name, value in fields.items():
        shown[name] = value if value is None or type(value) is int else _shown(name, value)
    for options in _WRITTEN_BY:
        try:
            return orjson.dumps(shown, str, options).decode()
        except TypeError:
            continue
    return json.dumps(shown, default=str) + "\n"  # a lone surrogate, or an integer of more than 64 bits
