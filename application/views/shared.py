"""All views made by several processes, each a share of the streams in a file of its own, and merged."""

import subprocess
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from shutil import rmtree
from threading import Thread
from time import monotonic
from typing import IO, cast

import msgspec
from msgspec import Struct

from adapters.turns import Bell
from application.views.places import LedgerReads, Places
from domain.errors import DialtrailError
from domain.events import Recorded
from projections.shares import NotShared
from projections.sharing import SharedLedger, fold_share
from projections.store import ViewsProgress, ViewStore, micros

PARTS_FOLDER = "views.parts"
SHARES_MAX = 4
SHARED_EVENTS_MIN = 50_000
"""Below this, the processes would take longer to start than one takes for all."""
SILENT_SECONDS_MAX = 300.0
LOOK_SECONDS = 0.1
END_SECONDS_MAX = 5.0


class ShareOrders(Struct, frozen=True, kw_only=True):
    """What a process is told: which share of how many to fold, up to which position, into which file."""

    folder: str
    database_url: str | None
    keys_url: str | None = None
    fingerprint: str | None
    of: int
    share: int = 0
    up_to: int = 0
    path: str = ""

    def __repr__(self) -> str:
        return f"ShareOrders(share={self.share}, of={self.of})"


class ShareReport(Struct, frozen=True, omit_defaults=True):
    """How far it has come; in the end that its file is made, or why it is not."""

    position: int = 0
    is_made: bool = False
    why_not: str | None = None


class SharedMaking:
    """Makes views in the place of those in the making. `start_process` starts one, with pipes for its input and output."""

    def __init__(
        self,
        ledger: LedgerReads,
        places: Places,
        orders: ShareOrders,
        start_process: Callable[[], subprocess.Popen[bytes]],
        events_min: int = SHARED_EVENTS_MIN,
    ) -> None:
        """`orders` are those of all shares; which one, and up to where, is said to each."""
        self._ledger = ledger
        self._places = places
        self._orders = orders
        self._start_process = start_process
        self._events_min = events_min

    @property
    def of(self) -> int:
        """How many make them."""
        return self._orders.of

    def pays(self, events: int) -> bool:
        """Whether a ledger is long enough for it."""
        return events >= self._events_min

    def make(self, come_to: Callable[[int], None], stopping: Bell) -> ViewStore:
        """Views up to where the ledger is now. Raises `NotShared` where one has to do it, and whatever goes wrong."""
        last = self._ledger.read_feed(self._ledger.position - 1, 1)[0]
        folder = Path(self._orders.folder) / PARTS_FOLDER
        rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            parts = self._fold_all(folder, last.position, come_to, stopping)
            return self._places.made_of(parts, _progress_at(last))
        finally:
            rmtree(folder, ignore_errors=True)

    def _fold_all(self, folder: Path, up_to: int, come_to: Callable[[int], None], stopping: Bell) -> Sequence[Path]:
        of = self._orders.of
        parts = [folder / f"{place}.db" for place in range(of)]
        shares = [
            _Share(
                self._start_process(),
                msgspec.structs.replace(self._orders, share=place, up_to=up_to, path=str(part)),
            )
            for place, part in enumerate(parts)
        ]
        try:
            while True:
                if stopping.wait(LOOK_SECONDS):
                    raise NotShared("it was stopped")
                is_over = all(share.is_over for share in shares)
                for share in shares:
                    share.check()
                if is_over:
                    break
                come_to(min(share.report.position for share in shares))
        finally:
            for share in shares:
                share.end()
        return parts


class _Share:
    """One of the processes. It ends when its input does."""

    def __init__(self, process: subprocess.Popen[bytes], orders: ShareOrders) -> None:
        self._process = process
        self._heard_at = monotonic()
        self.report = ShareReport()
        self.is_over = False
        self._in, self._out = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        with suppress(OSError):  # that it has ended is found out where its answer is read
            self._in.write(msgspec.json.encode(orders) + b"\n")
        self._thread = Thread(target=self._listen, name=f"dialtrail-share-{orders.share}", daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        for line in self._out:
            self.report = msgspec.json.decode(line, type=ShareReport)
            self._heard_at = monotonic()
        self.is_over = True

    def check(self) -> None:
        """Raise where it will not come to an end."""
        if self.report.why_not is not None:
            raise NotShared(self.report.why_not)
        if self.is_over and not self.report.is_made:
            raise NotShared("a process that made a share ended")
        if not self.is_over and monotonic() - self._heard_at > SILENT_SECONDS_MAX:
            raise NotShared(f"a process that made a share has said nothing for {SILENT_SECONDS_MAX:.0f} s")

    def end(self) -> None:
        """End it, if it has not."""
        with suppress(OSError):
            self._in.close()
        try:
            self._process.wait(END_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._thread.join(END_SECONDS_MAX)
        self._out.close()


def do_share(
    orders: ShareOrders,
    open_ledger: Callable[[], AbstractContextManager[SharedLedger]],
    say: Callable[[ShareReport], None],
) -> None:
    """What one of the processes does, and says."""
    try:
        with open_ledger() as ledger:
            fold_share(
                ledger,
                orders.fingerprint,
                orders.share,
                orders.of,
                orders.up_to,
                Path(orders.path),
                lambda position: say(ShareReport(position)),
            )
    except DialtrailError as error:
        say(ShareReport(why_not=str(error)))
    except Exception as error:  # noqa: BLE001 - whatever it is, one process does it all instead, and shows what it meets
        say(ShareReport(why_not=f"{type(error).__name__} in a share"))
    else:
        say(ShareReport(orders.up_to, is_made=True))


def _progress_at(last: Recorded) -> ViewsProgress:
    return ViewsProgress(last.position, last.event_id, micros(last.recorded_at))
