"""A database that somebody has to himself for a while."""

import asyncio

import pytest

from adapters.ledger import alone_on, owned_database
from adapters.ledger.locks import OWNER_LOCK
from domain.errors import LedgerInUse, LedgerUnavailable
from entrypoints.process import awake_and_asleep
from tests.adapters.ledger.postgres_server import Server


async def begin(url: str) -> None:
    async with owned_database(url, "serve", awake_and_asleep, wants=False):
        pass


def test_nobody_begins_there_meanwhile(postgres: Server) -> None:
    url = postgres.new_database()
    with alone_on(url) as require_alone:
        require_alone()
        with pytest.raises(LedgerInUse, match="a `dialtrail copy` into it"):
            asyncio.run(begin(url))
    asyncio.run(begin(url))


def test_it_says_where_that_is_not_so_any_more(postgres: Server) -> None:
    url = postgres.new_database()
    with alone_on(url) as require_alone:
        postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype='advisory' AND objid={OWNER_LOCK}")
        with pytest.raises(LedgerUnavailable, match="the copy broke off"):
            require_alone()
