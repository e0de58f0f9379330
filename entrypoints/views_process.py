"""The process that keeps the views: reads the ledger that another owns, and writes the views' own file or schema.

It is started by the process that serves and dials, hears from it by its standard input and tells it by its standard
output; where the input ends, so does it. Of two that meet, as after a kill of the first one's parent, the second waits.
"""

import fcntl
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from threading import Event, Lock
from typing import IO, Protocol

import msgspec
import structlog

from adapters.ledger import LedgerReader, open_reader
from adapters.log_lines import log_to_stderr
from adapters.log_words import LogForm
from application.log_report import KeptLog, LogOrders, LogReport
from application.views.messages import Knock, Orders, ProjectorReport
from application.views.places import places_in
from application.views.projector import Projector
from domain.errors import DialtrailError
from entrypoints import views_share
from entrypoints.log_made import made_log
from entrypoints.process import give_back_memory, tune_gc, utc_now
from projections.store import ViewStore

ROOT = Path(__file__).parents[1]
LOCK_FILE = "views.lock"
LOCK_SECONDS_MAX = 30.0
LOCK_LOOK_SECONDS = 0.05
# By this it has about a quarter of a processor beside one that is busy: it gives way, and does not starve.
NICENESS = 5
SHUT_SECONDS_MAX = 40.0

log = structlog.get_logger("dialtrail.projector")


class ParentGate:
    """The readers are the parent's: it is told what it may read, and asked to keep them out."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._lock = Lock()
        self._shut = Event()
        self.rebuilds = 0
        self.log = LogReport()
        self.told = ProjectorReport(trouble="the views are not open yet")

    def use(self, store: ViewStore | None) -> None:
        """Tell it that there is something to read, or that there is nothing."""
        self.told = msgspec.structs.replace(
            self.told, is_open=store is not None, opened=self.told.opened + (store is not None)
        )

    def shut(self) -> bool:
        """Ask it to keep everybody out, and wait for its word."""
        self._shut.clear()
        self.say(msgspec.structs.replace(self.told, wants_shut=True))
        return self._shut.wait(SHUT_SECONDS_MAX)

    def open_again(self) -> None:
        """Nothing was put in the place of what it read."""
        self.told = msgspec.structs.replace(self.told, opened=self.told.opened + 1)

    def is_shut(self) -> None:
        """Its word that nobody reads."""
        self._shut.set()

    def tell_log(self, report: LogReport) -> None:
        """How far the log is."""
        self.log = report
        self.say(None)

    def say(self, told: ProjectorReport | None) -> None:
        """Tell it this, or what is known by now. Where it is gone, there is nobody to go on for."""
        with self._lock:
            told = self.told if told is None else told  # inside, or it would go back to what was said before
            try:
                self._out.write(msgspec.json.encode(msgspec.structs.replace(told, log=self.log)) + b"\n")
                self._out.flush()
            except OSError:
                os._exit(1)


class Rebuilds(Protocol):
    """What may make views anew."""

    @property
    def rebuilding(self) -> object | None:
        """How far that is; None while it makes none."""


class GivesBack:
    """Once views were made, their process is as small again as if it had found them: merging and sorting take 30 MiB."""

    def __init__(self, projector: Rebuilds, give_back: Callable[[], None]) -> None:
        self._projector = projector
        self._give_back = give_back
        self._was_rebuilding = False

    def __call__(self, _: bool) -> None:
        """The projector has moved, or looked."""
        is_rebuilding = self._projector.rebuilding is not None
        if self._was_rebuilding and not is_rebuilding:
            self._give_back()
        self._was_rebuilding = is_rebuilding


def start(log_form: LogForm = "auto") -> subprocess.Popen[bytes]:
    """Start this module as a process of its own, to be talked to by its standard input and output; it logs in this form."""
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "entrypoints.views_process", log_form],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )


def main() -> int:
    """Keep the views until the input ends."""
    # What a terminal or a service manager sends to all of a group is for the parent, which ends this process in its time.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    log_form: LogForm = msgspec.convert(sys.argv[1] if len(sys.argv) > 1 else "auto", LogForm)
    orders = msgspec.json.decode(sys.stdin.buffer.readline(), type=Orders)
    os.nice(NICENESS)
    tune_gc()
    with closing(log_to_stderr(logging.INFO, utc_now, log_form)):
        try:
            _keep(orders)
        except DialtrailError as error:  # such as a database that is away: who started this does so again
            log.warning("the views cannot be kept for now", why=str(error))
            return 1
    return 0


def _keep(orders: Orders) -> None:
    folder = Path(orders.folder)
    with ExitStack() as stack:
        stack.enter_context(_locked(folder))
        reader = stack.enter_context(closing(open_reader(folder, orders.database_url, orders.keys_url)))
        places = places_in(folder, orders.database_url, orders.wal_bytes_max, for_owner=True)
        gate = ParentGate(sys.stdout.buffer)
        shared = views_share.shared_making(reader, places, orders)
        projector = Projector(reader, places, orders.fingerprint, utc_now, gate, shared)

        def told(is_idle: bool) -> None:
            gate.told = msgspec.structs.replace(
                gate.told,
                position=projector.position,
                behind_since=projector.behind_since,
                trouble=projector.trouble,
                why_rebuilt=projector.why_rebuilt,
                rebuilding=projector.rebuilding,
                left_out=projector.left_out,
                is_idle=is_idle,
                rebuilds=gate.rebuilds,
            )
            gate.say(gate.told)

        projector.add_listener(told)
        projector.add_listener(GivesBack(projector, give_back_memory))
        projector.start()
        kept = None if orders.log is None else stack.enter_context(_keeping_log(orders, orders.log, reader, gate))
        _listen(projector, gate, kept)
        projector.stop()


@contextmanager
def _keeping_log(orders: Orders, how: LogOrders, reader: LedgerReader, gate: ParentGate) -> Iterator[KeptLog]:
    """The verifiable log is kept here as well, off the path of whatever is stored; at the end it is signed."""
    kept = made_log(how, Path(orders.folder), orders.database_url, reader.read_rows, gate.tell_log)
    kept.start_log()
    try:
        yield kept
    finally:
        kept.stop_log()


def _listen(projector: Projector, gate: ParentGate, kept: KeptLog | None) -> None:
    for line in sys.stdin.buffer:
        knock = msgspec.json.decode(line, type=Knock)
        if knock.committed:
            projector.pushed(())
        if knock.keeps_log is not None and kept is not None:
            kept.keep_log(keeps=knock.keeps_log)
        if knock.shut:
            gate.is_shut()
        if knock.rebuild:
            try:
                projector.rebuild()
            except DialtrailError as error:
                if projector.rebuilding is None:  # else it has begun by itself, after an erasure
                    projector.why_rebuilt = str(error)
            gate.rebuilds += 1
            projector.pushed(())


def _locked(folder: Path) -> IO[bytes]:
    """The views of a folder are one process's: the one that was killed with its parent may take a moment to end."""
    file = (folder / LOCK_FILE).open("ab")
    deadline = time.monotonic() + LOCK_SECONDS_MAX
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise SystemExit(f"the views in {folder} are kept by another process") from None
            time.sleep(LOCK_LOOK_SECONDS)
        else:
            return file


if __name__ == "__main__":
    sys.exit(main())
