"""What tests of a copied ledger share: a copy that ends where it is told to, and what lies in a place."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import pytest

from adapters.ledger import Ledger, open_side
from adapters.ledger.recorder import Row
from adapters.ledger.side import Side
from application import copying
from application.commands.ledger_life import close_ledger
from application.copying import Copied, Sealer, copy_ledger
from domain.identity import LEDGER_STREAM
from domain.ledger_life import LedgerClosed
from tests.adapters.ledger import postgres_ledger, stage
from tests.adapters.ledger.stage import BY, create, do

Place = Path | str
GAP = 7
IDS = count(1)


class Killed(Exception):
    """The process ended here."""


class Mortal:
    """A side of which the process ends with the n-th call that writes: before it, or once it is on disk."""

    def __init__(self, side: Side, calls_left: int, *, is_done_first: bool) -> None:
        self._side = side
        self.carried: list[int] = []
        self._calls_left = calls_left
        self._is_done_first = is_done_first
        self.meta, self.last, self.rows, self.close = side.meta, side.last, side.rows, side.close

    def begin(self, meta: Mapping[str, str]) -> None:
        self._call(lambda: self._side.begin(meta))

    def put(self, rows: Sequence[Row]) -> None:
        self._call(lambda: self._side.put(rows))

    def finish(self, last_used: int, meta: Mapping[str, str]) -> None:
        self._call(lambda: self._side.finish(last_used, meta))

    def carry(self) -> None:
        """What lies beside is carried into this side."""
        self._call(lambda: self.carried.append(1))

    def _call(self, do_it: Callable[[], None]) -> None:
        self._calls_left -= 1
        if not self._calls_left and not self._is_done_first:
            raise Killed
        do_it()
        if not self._calls_left:
            raise Killed


def opened(place: Place) -> Ledger:
    return stage.open_ledger(place) if isinstance(place, Path) else postgres_ledger.open_ledger(place)


def copy(
    source: Place,
    target: Place,
    *,
    dies_at: int = 0,
    is_done_first: bool = False,
    dies_closed: bool = False,
    meanwhile: Callable[[Ledger], None] = lambda _: None,
    is_lost: bool = False,
    sealer: Sealer | None = None,
) -> Copied:
    """As one process would; `dies_at` the n-th call that writes, or right after the source was closed."""
    with (
        closing(opened(source)) as ledger,
        closing(open_side(source, is_source=True)) as ours,
        closing(open_side(target, is_source=False)) as theirs,
    ):

        def close(copy_id: str, last_position: int) -> int | None:
            meanwhile(ledger)
            decide = close_ledger(copy_id, "elsewhere", last_position)
            closed = ledger.execute_and_wait(decide, lane="commands", metadata=BY)
            if dies_closed:
                raise Killed
            return closed.position if closed.result else None

        mortal = Mortal(theirs, dies_at, is_done_first=is_done_first)
        new_id = (f"copy-{n}" for n in IDS).__next__
        closed, moved = closed_by(ledger), lambda *_: None
        done = copy_ledger(ours, mortal, closed, close, new_id, moved, mortal.carry, is_lost=is_lost, sealer=sealer)
        # Before it is closed, so that what fails closes nothing; and then what was changed until then.
        assert done.was_there or mortal.carried
        return done


def closed_by(ledger: Ledger) -> LedgerClosed | None:
    found = [one.event for one in ledger.read_stream(LEDGER_STREAM) if isinstance(one.event, LedgerClosed)]
    return found[-1] if found else None


def table(place: Place) -> list[Row]:
    with closing(open_side(place, is_source=True)) as side:
        return side.rows(0, 1_000)


def fill(place: Place, events: int) -> list[Row]:
    """A ledger with a gap in it, as PostgreSQL leaves them, that the sandbox played; its rows."""
    with closing(opened(place)) as ledger:
        ledger.keep_apart(sandbox=True)
        for n in range(events):
            do(ledger, create(f"c{n}"))
    rows = table(place)
    with closing(open_side(place, is_source=False)) as side:
        state = rows[-1][4] if rows else b"{}"
        side.put([(len(rows) + GAP, "campaign:after_the_gap", 1, "campaign.created", state)])
        side.finish(len(rows) + GAP, side.meta())
    return table(place)


def is_closed(place: Place) -> bool:
    return table(place)[-1][3] == LedgerClosed.NAME


@contextmanager
def small_batches(rows: int = 3) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copying, "ROWS_A_BATCH", rows)
        yield
