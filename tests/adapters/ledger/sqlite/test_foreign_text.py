"""A text that is none, which another program wrote into the ledger, fails whoever needs that stream, in words, and nobody else."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.ledger import Ledger
from domain.errors import LedgerUnusable
from tests.adapters.ledger.stage import create, do, open_ledger, start

WORDS = "another program has written a text that is none"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """With two campaigns, of which the first has a row whose name is no text; nothing of it is in memory."""
    with closing(open_ledger(tmp_path)) as first:
        do(first, create("c0"))
        do(first, create("c1"))
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as other, other:
        other.execute("UPDATE stored_events SET topic=CAST(x'ff' AS TEXT) WHERE originator_id='campaign:c0'")
    with closing(open_ledger(tmp_path)) as opened:
        yield opened


def test_a_command_on_that_stream_fails_and_others_go_on(ledger: Ledger) -> None:
    with pytest.raises(LedgerUnusable, match=f"{WORDS} .* `dialtrail verify` names its position"):
        do(ledger, start("c0"))

    assert ledger.trouble is None
    assert do(ledger, start("c1")) == "created"  # what it was before


def test_who_reads_that_stream_hears_the_same(ledger: Ledger) -> None:
    for read in (
        lambda: ledger.read_stream("campaign:c0"),
        lambda: ledger.read_streams(["campaign:c0"], ledger.position),
        lambda: ledger.read_newer({"campaign:c0": 0}),
    ):
        with pytest.raises(LedgerUnusable, match=WORDS):
            read()
    assert len(ledger.read_stream("campaign:c1")) == 1
