"""What one more report costs a call that has very many: decided and written, folded into the views, and into what is under way.

python reports.py [REPORTS …], by default 100 1000 10000 50000
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from time import process_time

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from msgspec.structs import replace  # noqa: E402

from adapters.ledger import Ledger, open_sqlite_ledger  # noqa: E402
from application.commands.calls import receive_report  # noqa: E402
from domain.call import CallSnapshot, ReportEvent  # noqa: E402
from domain.events import Recorded  # noqa: E402
from projections.in_flight import InFlight  # noqa: E402
from projections.store import sqlite_store  # noqa: E402
from projections.views import ViewWriter  # noqa: E402
from tests.domain.given import report  # noqa: E402

SIZES = (100, 1_000, 10_000, 50_000)
REPORTS_A_ROUND = 20
ROUNDS = 60
ENDS = ("call.completed", "call.failed", "call.canceled")

KINDS: Mapping[str, Callable[[int], ReportEvent]] = {
    "one key, ever other bodies": lambda n: report("call.answered", 3, event_key="k", note=str(n)),
    "ends that contradict": lambda n: report(ENDS[n % 3], n, note=str(n)),
    "digits": lambda n: replace(report("call.gathered", n, event_key=str(n)), digits=str(n)),
    "recordings": lambda n: report("recording.completed", n, event_key=str(n)),
    "unknown names": lambda n: report("call.new", n, event_key=str(n), snapshot=CallSnapshot(attempt_id=f"a{n}")),
    "the same again": lambda n: report("call.answered", 3, event_key=str(n // 100)),
}


class Call:
    """A ledger with one call, its views, and what is under way."""

    def __init__(self, folder: Path, kind: str) -> None:
        self._ledger = _ledger(folder)
        store = sqlite_store(folder / "views.db")
        store.create()
        ledger = self._ledger
        self._views = ViewWriter(store, ledger.read_streams, ledger.read_feed, ledger.recipient_stream, None)
        self._in_flight = InFlight(ledger.read_streams, None)
        self._runner = asyncio.Runner()
        self._event = KINDS[kind]
        self._told = 0

    def tell(self, reports: int) -> list[float]:
        """So many more, all at once; what each cost in µs of the processor: in the ledger, the views, and what is under way."""
        asked = [self._event(n) for n in range(self._told, self._told + reports)]
        self._told += reports
        before = self._ledger.position
        began = process_time()
        self._runner.run(self._tell_all(asked))
        written = process_time()
        batch: Sequence[Recorded] = self._ledger.read_feed(before, reports)
        read = process_time()
        self._views.advance(batch)
        viewed = process_time()
        for recorded in batch:
            self._in_flight.apply(recorded)
        applied = process_time()
        return [seconds * 1e6 / reports for seconds in (written - began, viewed - read, applied - viewed)]

    async def _tell_all(self, asked: Sequence[ReportEvent]) -> None:
        await asyncio.gather(
            *(self._ledger.execute(receive_report("c1", one), lane="webhooks", metadata={}) for one in asked)
        )

    def grow(self, reports: int) -> None:
        """Be told until there are so many."""
        while self._told < reports:
            self.tell(min(1_000, reports - self._told))

    def close(self) -> None:
        """End."""
        self._runner.close()
        self._ledger.close()


def measure(kind: str, sizes: Sequence[int]) -> None:
    """What one more costs at each size, side by side, and how much of that it costs at the first."""
    with tempfile.TemporaryDirectory(prefix="dialtrail-bench-") as folder:
        calls = {size: Call(Path(folder) / str(size), kind) for size in sizes}
        for size, one in calls.items():
            one.grow(size)
        costs: dict[int, list[list[float]]] = {size: [] for size in sizes}
        for _ in range(ROUNDS):
            for size, one in calls.items():
                costs[size].append(one.tell(REPORTS_A_ROUND))
        first = _medians(costs[sizes[0]])
        for size in sizes:
            print(json.dumps(_said(kind, size, _medians(costs[size]), first)), flush=True)
        for one in calls.values():
            one.close()


def _medians(rounds: Sequence[Sequence[float]]) -> list[float]:
    return [*(median(column) for column in zip(*rounds, strict=True)), median(sum(one) for one in rounds)]


def _said(kind: str, size: int, costs: Sequence[float], first: Sequence[float]) -> dict[str, object]:
    names = ("ledger", "views", "under_way", "all")
    said: dict[str, object] = {"kind": kind, "reports": size}
    said |= {f"{name}_us": round(cost, 1) for name, cost in zip(names, costs, strict=True)}
    return said | {f"{n}_ratio": round(cost / one, 2) for n, cost, one in zip(names, costs, first, strict=True)}


def _ledger(folder: Path) -> Ledger:
    folder.mkdir()
    ids, began = count(), datetime(2026, 3, 3, 9, tzinfo=UTC)
    ticks = count()
    return open_sqlite_ledger(
        folder,
        clock=lambda: began + timedelta(milliseconds=next(ticks)),
        new_event_id=lambda: f"{next(ids):032}",
        new_key=bytes,
    )


if __name__ == "__main__":
    wanted = [int(argument) for argument in sys.argv[1:]] or SIZES
    for name in KINDS:
        measure(name, wanted)
