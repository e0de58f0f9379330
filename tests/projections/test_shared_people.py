"""Who waits in several campaigns, counted by both databases: a person is all spellings of a number."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from projections.recipient_status import ENROLLMENT, SPELLING, STATUS
from projections.row_writes import insert_rows
from projections.shared_people import shared_people
from projections.store import ViewStore, postgres_store
from tests.adapters.ledger.postgres_server import Server
from tests.projections.kept_views import new_store

OWN, AUTUMN, WINTER = 1, 2, 3
ENROLLED: Mapping[int, tuple[tuple[str, str], ...]] = {
    OWN: (("a", "queued"), ("b", "held"), ("c", "reached"), ("d", "queued"), ("d0", "queued"), ("e", "queued")),
    AUTUMN: (("a", "dialing"), ("b", "unresolved"), ("c", "queued"), ("d0", "queued"), ("f", "queued")),
    WINTER: (("a", "queued"), ("b", "reached"), ("e0", "held")),
}


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ViewStore]:
    if request.param == "sqlite":
        with new_store(tmp_path / "views.db") as made:
            yield made
        return
    server: Server = request.getfixturevalue("postgres")
    with closing(postgres_store(server.new_database(), "views")) as made:
        made.create()
        yield made


def filled(connection: Connection, *, with_spellings: bool) -> None:
    place = 0
    for campaign, people in ENROLLED.items():
        for name, status in people:
            place += 1
            enrolled: tuple[Any, ...] = (campaign, place, f"recipient:{name}", f"+{name}", None, "", "{}", None)
            insert_rows(connection, ENROLLMENT, [enrolled])
            standing = (place, 1, campaign, 1, status, "", *(None,) * 6, 0, *(None,) * 5)
            insert_rows(connection, STATUS, [standing])
    if with_spellings:
        pairs = (("d", "d0"), ("d0", "d"), ("e", "e0"), ("e0", "e"))
        insert_rows(connection, SPELLING, [(f"recipient:{one}", f"recipient:{other}") for one, other in pairs])


@pytest.mark.parametrize(
    ("others", "with_spellings", "people"),
    [
        ((), True, 0),
        ((AUTUMN,), False, 3),
        ((WINTER,), False, 1),
        ((AUTUMN, WINTER), False, 3),
        ((AUTUMN,), True, 3),
        ((WINTER,), True, 2),
        ((AUTUMN, WINTER), True, 4),
    ],
)
def test_each_person_who_waits_is_counted_once(
    store: ViewStore, others: tuple[int, ...], with_spellings: bool, people: int
) -> None:
    with store.writing() as connection:
        filled(connection, with_spellings=with_spellings)
        assert shared_people(connection, OWN, others) == people
