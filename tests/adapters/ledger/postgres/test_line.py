"""What became of a commit when the line to the server broke."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from domain.errors import LedgerUnavailable
from tests.adapters.ledger.line import COMMIT, Line
from tests.adapters.ledger.postgres_ledger import open_ledger
from tests.adapters.ledger.stage import (
    ask,
    create,
    do,
    feed,
    gathering,
    outcome,
)


@pytest.fixture
def line(url: str) -> Iterator[Line]:
    with TemporaryDirectory(prefix="line") as folder, closing(Line(url, Path(folder))) as line:
        yield line


def test_a_broken_line_during_a_commit_that_was_stored_is_a_success(line: Line, url: str) -> None:
    with closing(open_ledger(line.url)) as ledger:
        do(ledger, create("c0"))
        line.cut_at, line.forward_the_last = COMMIT, True

        assert do(ledger, create("c1")) == "c1"

        assert line.was_cut()
        assert ledger.position == 2
        assert do(ledger, create("c2")) == "c2"
        assert [r.stream for r in feed(ledger)] == ["campaign:c0", "campaign:c1", "campaign:c2"]


def test_a_broken_line_during_a_commit_that_was_not_stored_is_an_error(line: Line) -> None:
    with closing(open_ledger(line.url)) as ledger:
        do(ledger, create("c0"))
        with gathering(ledger):
            line.cut_at, line.forward_the_last = b"campaign.created", False
            asked = [ask(ledger, create(f"c{n}")) for n in (1, 2)]

        errors = [outcome(a).error for a in asked]
        assert [type(e) for e in errors] == [LedgerUnavailable] * 2
        assert errors[0] is not errors[1]
        assert all("nothing was stored" in str(e) for e in errors)
        assert do(ledger, create("c1")) == "c1"
        assert [r.stream for r in feed(ledger)] == ["campaign:c0", "campaign:c1"]


def test_a_commit_that_never_reached_the_server_is_an_error(line: Line) -> None:
    with closing(open_ledger(line.url)) as ledger:
        do(ledger, create("c0"))
        line.cut_at, line.forward_the_last = COMMIT, False

        with pytest.raises(LedgerUnavailable, match="nothing was stored"):
            do(ledger, create("c1"))

        assert [r.stream for r in feed(ledger)] == ["campaign:c0"]


def test_where_the_server_cannot_be_asked_what_became_of_a_commit_nothing_is_claimed(line: Line) -> None:
    with closing(open_ledger(line.url)) as ledger:
        do(ledger, create("c0"))
        line.cut_at, line.forward_the_last, line.goes_down = COMMIT, True, True

        with pytest.raises(LedgerUnavailable, match="it may or may not have stored this"):
            do(ledger, create("c1"))

        line.is_down = False
