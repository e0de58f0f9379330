"""What another process records while this one opens the ledger."""

from contextlib import closing
from typing import Any

import pytest

from adapters.ledger import writer
from adapters.ledger.moved import Closed
from application.commands.ledger_life import close_ledger
from domain.errors import LedgerMoved
from tests.adapters.ledger.postgres_ledger import open_ledger
from tests.adapters.ledger.postgres_server import Server
from tests.adapters.ledger.stage import create, do


def test_that_it_closes_the_ledger_is_noticed(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    url = postgres.new_database()
    with closing(open_ledger(url)) as other:
        do(other, create("one"))

        def closed_right_after(*given: Any) -> Closed:
            looked = Closed(*given)
            do(other, close_ledger("copy", "elsewhere", other.position))
            return looked

        monkeypatch.setattr(writer, "Closed", closed_right_after)
        with closing(open_ledger(url)) as ledger, pytest.raises(LedgerMoved, match="copied to elsewhere: go on there"):
            do(ledger, create("late"))
