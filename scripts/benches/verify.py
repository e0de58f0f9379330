"""How fast the verifiable log is kept, and verified again: processor's time for an event, beside the reading alone.

    python verify.py [EVENTS]

In memory where there is /dev/shm, so that the disk is not what is measured.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from adapters.ledger import open_reader, open_side  # noqa: E402
from adapters.ledger.recorder import Row  # noqa: E402
from adapters.verifiable_log.key_file import LogKeys  # noqa: E402
from adapters.verifiable_log.store import LogStore  # noqa: E402
from application.log_keeping.keeper import LogKeeper  # noqa: E402
from application.log_keeping.publishing import CheckpointPlaces  # noqa: E402
from application.log_keeping.signer import LogSigner  # noqa: E402
from application.log_keeping.verified import verify  # noqa: E402
from entrypoints.process import utc_now  # noqa: E402

ROWS_A_BATCH = 5_000
CALLS = 50_000
BODY = b"x" * 500
MEMORY = Path("/dev/shm")  # noqa: S108 - tmpfs, and the bench's own folder in it


def rows(first: int, count: int) -> list[Row]:
    """Events of about 700 bytes each in the ledger's file."""
    state = b'{"event_id":"%032x","recorded_at":"2026-11-30T12:00:00Z","metadata":{},"event":{"body":"%b"}}'
    return [
        (n, f"call:c{n % CALLS}", n // CALLS + 1, "call.answered", state % (n, BODY))
        for n in range(first, first + count)
    ]


def timed(what: str, events: int, work: Callable[[], object]) -> None:
    """Print what each event took."""
    began, computed = time.monotonic(), time.process_time()
    work()
    took, computed = time.monotonic() - began, time.process_time() - computed
    print(
        f"{what:<10} {1e6 * computed / events:.2f} µs of processor an event, {events / computed:,.0f} events for a second of "
        f"it; {events / took:,.0f} a second by the clock",
        flush=True,
    )


def main(events: int) -> None:
    """Make a ledger, keep its log, verify it, and read it alone."""
    folder = Path(tempfile.mkdtemp(prefix="dialtrail-bench-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        with closing(open_side(folder, is_source=False)) as side:
            for first in range(1, events + 1, ROWS_A_BATCH):
                side.put(rows(first, min(ROWS_A_BATCH, events + 1 - first)))
        with closing(open_reader(folder, None)) as reader, closing(LogStore(folder)) as store:
            keeper = LogKeeper(reader.read_rows, store, "example.org/bench")
            signer = LogSigner(store, LogKeys(folder, bytes), CheckpointPlaces(folder), timedelta(minutes=1))

            def keep() -> None:
                while keeper.step():
                    pass

            def every_row() -> Iterator[int]:
                after = 0
                while read := reader.read_rows(after, 4_096):
                    after = read[-1][0]
                    yield len(read)

            timed("keep", events, keep)
            if keeper.head is not None:
                signer.tick(keeper.head, utc_now())
            timed("verify", events, lambda: verify(reader.read_rows, store))
            timed("read alone", events, lambda: sum(every_row()))
        sizes = {name: (folder / name).stat().st_size / events for name in ("ledger.db", "log.db")}
        print(f"bytes an event: {', '.join(f'{size:.1f} in {name}' for name, size in sizes.items())}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
