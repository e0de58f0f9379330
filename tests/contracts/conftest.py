from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from adapters.ledger import Ledger
from tests.adapters.ledger.postgres_server import Server
from tests.contracts.ledgers import Open, open_postgres, open_sqlite


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def open_one(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    if request.param == "sqlite":
        return partial(open_sqlite, tmp_path)
    return partial(open_postgres, request.getfixturevalue("url"))


@pytest.fixture
def ledger(open_one: Open) -> Iterator[Ledger]:
    with closing(open_one()) as opened:
        yield opened


@pytest.fixture
def two(url: str) -> Iterator[tuple[Ledger, Ledger]]:
    """Two ledgers on one PostgreSQL database, as two processes would have them."""
    with closing(open_postgres(url)) as one, closing(open_postgres(url)) as other:
        yield one, other
