"""Who keeps the views: nobody but a database's owner, for as long as that has one."""

from typing import cast

import psycopg
import pytest
from sqlalchemy import Connection

from adapters.ledger.locks import OWNER_LOCK
from projections.keeping import KeeperLease
from tests.adapters.ledger.postgres_server import Server

TAKE, FREE = f"SELECT pg_advisory_lock({OWNER_LOCK})", f"SELECT pg_advisory_unlock({OWNER_LOCK})"


class BesideAnOwner(KeeperLease):
    """Asks whether it may take them; the first time, just after the answer, an owner takes the database."""

    owner: psycopg.Connection[tuple[object, ...]] | None = None

    def _may_take(self, connection: Connection) -> bool:
        answer = super()._may_take(connection)
        owner, self.owner = self.owner, None
        if owner is not None:
            owner.execute(TAKE)
        return answer


@pytest.fixture(scope="module")
def url(postgres: Server) -> str:
    return postgres.new_database()


def test_who_asked_before_an_owner_came_and_takes_them_after_gives_them_back(url: str) -> None:
    keeper, owners = BesideAnOwner(url, unless_held=OWNER_LOCK, look_seconds=0), KeeperLease(url, look_seconds=0)
    with psycopg.connect(url, autocommit=True) as owner:
        keeper.owner = cast("psycopg.Connection[tuple[object, ...]]", owner)
        assert keeper.take() is False
        assert owners.take() is True
        owners.release()
        assert keeper.take() is False
        owner.execute(FREE)
        assert keeper.take() is True
    keeper.release()


@pytest.mark.parametrize("before", [True, False], ids=["owned", "not-owned"])
def test_they_are_not_taken_anew_while_the_database_is_owned_and_kept_where_they_were_taken_before(
    url: str, before: bool
) -> None:
    keeper = KeeperLease(url, unless_held=OWNER_LOCK, look_seconds=0)
    with psycopg.connect(url, autocommit=True) as owner:
        if before:
            owner.execute(TAKE)
        assert keeper.take() is not before
        if not before:
            owner.execute(TAKE)
            assert keeper.take() is True
    keeper.release()
