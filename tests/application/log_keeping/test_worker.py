"""The log is kept while this process is to keep it, and says how far it is; at the end what is new is signed."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from adapters.verifiable_log.checkpoint import read_checkpoint
from adapters.verifiable_log.opening import open_log_store
from application.log_keeping.keeper import LogKeeper
from application.log_keeping.keeping import LogKeeping
from application.log_keeping.publishing import CHECKPOINT_FILE
from application.log_keeping.worker import LogWorker
from application.log_report import LogReport
from tests.application.log_keeping.ledgers import ORIGIN, T0, alter, made, put, read_rows_of, rows, signer_of

WAIT_SECONDS_MAX = 60.0


def keeping_of(folder: Path, told: Callable[[LogReport], None] = lambda _: None) -> LogKeeping:
    store = open_log_store(folder, None)
    keeper, signer = LogKeeper(read_rows_of(folder), store, ORIGIN, 100), signer_of(folder, folder, store)
    return LogKeeping(keeper, signer, store.close, lambda: T0, told, look_seconds=0.01)


def size_signed(folder: Path) -> int:
    return read_checkpoint((folder / CHECKPOINT_FILE).read_bytes()).size


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while not condition():  # noqa: ASYNC110 - a thread tells nobody here
            await asyncio.sleep(0.01)


def test_it_is_kept_while_no_other_process_does_and_signed_at_the_end(tmp_path: Path) -> None:
    made(tmp_path, 300)
    heard: list[LogReport] = []
    elsewhere = [True]

    async def run() -> None:
        keeping = keeping_of(tmp_path, heard.append)
        worker = LogWorker(keeping, lambda: 310, lambda: T0)
        worker.stand_by_while(lambda: elsewhere[0])
        running = asyncio.create_task(worker.run())
        await asyncio.sleep(0)
        assert (worker.trouble, worker.notes(), worker.numbers()) == (None, [], ())
        assert heard == []
        elsewhere[0] = False
        await until(lambda: bool(heard) and heard[-1].signed_size == 300)
        assert (worker.trouble, worker.notes()) == (None, [])
        assert worker.numbers() == (300, 300, 310 - 303)
        put(tmp_path, rows(250, after=300))
        await worker.stop()
        await running

    asyncio.run(run())

    assert heard[-1] == LogReport(size=550, position=555, signed_size=550, signed_at=T0.timestamp(), at_end_at=T0)
    assert size_signed(tmp_path) == 550


def test_what_cannot_go_on_is_said_and_goes_on_by_itself(tmp_path: Path) -> None:
    made(tmp_path, 30)
    keeping = keeping_of(tmp_path)

    assert keeping.round() is False
    alter(tmp_path, "DELETE FROM stored_events WHERE rowid > 20")
    keeping.round()
    forked = keeping.log_report
    put(tmp_path, rows(20, after=20))
    keeping.round()

    assert forked.trouble is not None
    assert "at position 21 it differs" in forked.trouble
    assert (keeping.log_report.trouble, keeping.log_report.size) == (None, 40)
    keeping.stop_log()
    assert size_signed(tmp_path) == 30  # nobody told it to keep the log


def test_a_mistake_ends_nothing_and_shows_nothing_of_what_was_read(tmp_path: Path) -> None:
    made(tmp_path, 3)

    def read(after: int, rows_max: int) -> list[tuple[int, str, int, str, bytes]]:
        raise ValueError("+15550100042")

    with closing(open_log_store(tmp_path, None)) as store:
        keeping = LogKeeping(
            LogKeeper(read, store, ORIGIN), signer_of(tmp_path, tmp_path, store), store.close, lambda: T0
        )
        keeping.round()

        assert keeping.log_report.trouble is not None
        assert keeping.log_report.trouble.startswith("a mistake inside Dialtrail: ValueError (test_worker.py:")
