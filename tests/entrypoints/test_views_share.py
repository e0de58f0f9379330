"""Shares of the views folded by processes of their own, on a ledger that another one has open."""

import os
import subprocess
from contextlib import closing
from pathlib import Path
from threading import Event
from unittest.mock import patch

from adapters.ledger import open_reader
from application.views import Orders, ViewsFile
from entrypoints import views_share
from projections.views import ViewWriter
from tests.adapters.ledger.stage import create, do, enroll, open_ledger
from tests.projections.kept_views import all_rows, new_store

NUMBERS = [f"+1555010{place:04}" for place in range(20)]


def test_processes_make_the_views_of_a_ledger_and_end(tmp_path: Path) -> None:
    orders = Orders(folder=str(tmp_path), database_url=None, fingerprint=None)
    started: list[subprocess.Popen[bytes]] = []
    start = views_share.start

    def starting() -> subprocess.Popen[bytes]:
        started.append(start())
        return started[-1]

    with closing(open_ledger(tmp_path)) as ledger, closing(open_reader(tmp_path, None)) as reader:
        do(ledger, create("spring"))
        for number in NUMBERS:
            do(ledger, enroll(ledger.recipient_stream(number), "spring", number))
        with patch.object(views_share, "start", starting), patch.object(os, "sched_getaffinity", return_value={0, 1}):
            making = views_share.shared_making(reader, ViewsFile(tmp_path), orders)
            assert making is not None
        with closing(making.make(lambda _: None, Event())) as made, new_store(tmp_path / "one.db") as one:
            ViewWriter(one, reader.read_streams, reader.read_feed, reader.recipient_stream, None).advance(
                reader.read_feed(0, 100)
            )
            assert all_rows(made) == all_rows(one)
            assert len(all_rows(made)["recipient_enrollment"]) == len(NUMBERS)
    assert [process.returncode for process in started] == [0, 0]


def test_one_processor_makes_them_alone_and_many_are_not_all_taken(tmp_path: Path) -> None:
    orders = Orders(folder=str(tmp_path), database_url=None, fingerprint=None)
    with closing(open_ledger(tmp_path)) as ledger:
        for processors, of in ((1, None), (3, 3), (64, 4)):
            with patch.object(os, "sched_getaffinity", return_value=set(range(processors))):
                making = views_share.shared_making(ledger, ViewsFile(tmp_path), orders)
            assert (None if making is None else making.of) == of


def test_it_ends_with_the_process_that_started_it() -> None:
    process = views_share.start()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b'{"folder":"/nowhere","database_url":null,"fingerprint":null,"of":1}\n')
    assert b"why_not" in process.stdout.readline()
    process.stdin.close()
    process.stdout.close()
    assert process.wait(60) in {0, 1}
