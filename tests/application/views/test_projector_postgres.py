from contextlib import closing

import psycopg
import pytest

from adapters.ledger.locks import OWNER_LOCK
from application.moment import Moment
from application.views import Projector, ViewsSchema
from application.views.reads import Reads
from domain.errors import Conflict
from projections.keeping import KeeperLease
from projections.store import SCHEMA, SCHEMA_IN_THE_MAKING, ViewStore, postgres_store
from projections.views import VERSIONS, snapshot
from tests.adapters.ledger.postgres_server import Server
from tests.application.views.projecting import wait_until
from tests.application.views.test_reads import all_recipients
from tests.projections.agreement import assert_rows_are_what_the_folds_say
from tests.projections.chance import Random, small_history
from tests.projections.history import World
from tests.projections.kept_views import all_rows, catch_up, emptied, follow_by_chance, follow_with_two
from tests.projections.kept_world import FINGERPRINT, OTHER_FINGERPRINT
from tests.projections.recounted import Recounted


@pytest.fixture(scope="module")
def url(postgres: Server) -> str:
    return postgres.new_database()


@pytest.fixture
def made() -> World:
    return small_history(Random(3), 40)


def schema(url: str, name: str) -> ViewStore:
    store = postgres_store(url, name)
    store.create()
    return store


@pytest.mark.parametrize("seed", range(4))
def test_rows_that_were_followed_are_those_made_anew_and_what_the_folds_say(url: str, seed: int) -> None:
    rng = Random(seed)
    made = small_history(rng, 25)
    with closing(schema(url, "followed")) as followed, closing(schema(url, "anew")) as anew:
        emptied(followed)
        emptied(anew)
        follow_by_chance(rng, followed, made.ledger)
        catch_up(anew, made.ledger)
        assert all_rows(followed) == all_rows(anew)
        assert_rows_are_what_the_folds_say(anew, Recounted(made.ledger))


def test_views_are_made_anew_beside_those_in_use_and_take_their_place(postgres: Server, made: World) -> None:
    url = postgres.new_database()
    projector = Projector(made.ledger, ViewsSchema(url), FINGERPRINT, lambda: made.now)
    projector.start()
    try:
        wait_until(lambda: projector.position == made.ledger.position and projector.trouble is None)
        assert projector._in_use.store is not None
        before = all_rows(projector._in_use.store)
        projector.rebuild()
        made.quarantine()
        projector.pushed([])
        wait_until(lambda: projector.rebuilding is None and projector.position == made.ledger.position)
        assert projector._in_use.store is not None
        after = all_rows(projector._in_use.store)
        assert len(after.pop("quarantined")) == len(before.pop("quarantined")) + 1
        assert after == before
        assert projector.why_rebuilt is None
        with projector.reading() as taken:
            names = taken.connection.exec_driver_sql("SELECT nspname FROM pg_namespace").scalars().all()
        assert SCHEMA in names
        assert SCHEMA_IN_THE_MAKING not in names
        middle = made.ledger.feed[made.ledger.position // 2]
        reads = Reads(made.ledger, projector, None)
        expected = Recounted(made.ledger, middle.position)
        for campaign_id in expected.campaigns:
            moment = Moment(middle.position, middle.recorded_at, is_past=True)
            rows = all_recipients(reads, campaign_id, moment, None, 2)
            assert [shown for _, shown in rows] == [
                one.shown for one in expected.recipients(campaign_id, middle.recorded_at)
            ] or expected.campaigns[campaign_id].phase == "canceled"
    finally:
        projector.stop()


def test_a_schema_that_was_dropped_while_it_is_in_use_is_made_anew(postgres: Server, made: World) -> None:
    url = postgres.new_database()
    projector = Projector(made.ledger, ViewsSchema(url), FINGERPRINT, lambda: made.now)
    projector.start()
    try:
        wait_until(lambda: projector.position == made.ledger.position and projector.trouble is None)
        with closing(postgres_store(url, SCHEMA)) as store:
            store.drop()
        made.quarantine()
        projector.pushed([])
        wait_until(lambda: projector.position == made.ledger.position and projector.trouble is None)
        assert projector.why_rebuilt is not None
        with closing(postgres_store(url, SCHEMA)) as store, snapshot(store) as taken:
            assert taken.position == made.ledger.position
            assert store.progress(VERSIONS).position == made.ledger.position
    finally:
        projector.stop()


def test_a_server_that_cannot_be_reached_just_now_is_tried_again_and_nothing_is_dropped(
    postgres: Server, made: World
) -> None:
    url = postgres.new_database()
    with closing(postgres_store(url, SCHEMA)) as store:
        store.create()
        catch_up(store, made.ledger)
    name = url.partition("?")[0].rpartition("/")[2]
    postgres.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    projector = Projector(made.ledger, ViewsSchema(url), FINGERPRINT, lambda: made.now)
    projector.start()
    try:
        wait_until(lambda: "not currently accepting connections" in (projector.trouble or ""))
        postgres.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        wait_until(lambda: projector.trouble is None)
        assert (projector.position, projector.why_rebuilt) == (made.ledger.position, None)
    finally:
        projector.stop()


@pytest.mark.parametrize("seed", range(3))
def test_two_that_write_by_turns_make_the_rows_that_one_makes(url: str, seed: int) -> None:
    rng = Random(seed)
    made = small_history(rng, 40)
    with (
        closing(schema(url, "turns")) as one,
        closing(schema(url, "turns")) as other,
        closing(schema(url, "one_alone")) as anew,
    ):
        emptied(one)
        emptied(anew)
        assert follow_with_two(rng, one, other, made.ledger) > 0
        catch_up(anew, made.ledger)
        assert all_rows(one) == all_rows(other) == all_rows(anew)


@pytest.mark.parametrize("fingerprint", [FINGERPRINT, OTHER_FINGERPRINT, None])
def test_who_does_not_keep_the_views_reads_them_and_neither_writes_nor_discards_them(
    postgres: Server, made: World, fingerprint: str | None
) -> None:
    url = postgres.new_database()
    made.hold("+1555")
    keeper = Projector(made.ledger, ViewsSchema(url), FINGERPRINT, lambda: made.now)
    beside = Projector(made.ledger, ViewsSchema(url), fingerprint, lambda: made.now)
    keeper.start()
    wait_until(lambda: keeper.position == made.ledger.position and keeper.trouble is None)
    beside.start()
    try:
        wait_until(lambda: beside.position == made.ledger.position and beside.trouble is None)
        with pytest.raises(Conflict, match="another process keeps the views"):
            beside.rebuild()
        made.quarantine()
        beside.pushed([])
        keeper.pushed([])
        wait_until(lambda: beside.position == keeper.position == made.ledger.position)
        with beside.reading() as taken:
            assert (taken.position, taken.fingerprint) == (made.ledger.position, FINGERPRINT)
        assert (keeper.why_rebuilt, beside.why_rebuilt) == (None, None)

        keeper.stop()
        made.quarantine()
        beside.pushed([])
        wait_until(lambda: beside.position == made.ledger.position and beside.trouble is None)
        is_another = fingerprint == OTHER_FINGERPRINT
        wait_until(lambda: (beside.why_rebuilt is not None) is is_another)
    finally:
        beside.stop()
        keeper.stop()


@pytest.mark.parametrize("fingerprint", [FINGERPRINT, OTHER_FINGERPRINT, None])
def test_while_a_database_has_an_owner_nobody_else_takes_views_that_nobody_keeps(
    postgres: Server, made: World, fingerprint: str | None
) -> None:
    url = postgres.new_database()
    with closing(postgres_store(url, SCHEMA)) as store:
        store.create()
        catch_up(store, made.ledger)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("SELECT pg_advisory_lock(%s)", (OWNER_LOCK,))
        beside = Projector(made.ledger, ViewsSchema(url), fingerprint, lambda: made.now)
        beside.start()
        try:
            wait_until(lambda: beside.position == made.ledger.position and beside.trouble is None)
            with pytest.raises(Conflict, match="another process keeps the views"):
                beside.rebuild()
            child = ViewsSchema(url, for_owner=True)
            assert (child.take(), beside.why_rebuilt) == (True, None)
            child.release()
            owner.close()
            wait_until(lambda: beside._keeps and beside._in_use.writer is not None)
        finally:
            beside.stop()


def test_who_keeps_the_views_is_followed_by_the_next_where_its_lease_has_ended(postgres: Server, made: World) -> None:
    url = postgres.new_database()
    with closing(postgres_store(url, SCHEMA)) as store:
        store.create()
    first, second = KeeperLease(url, look_seconds=0), KeeperLease(url, look_seconds=0)
    try:
        assert [first.take(), second.take(), first.take()] == [True, False, True]
        database = url.partition("?")[0].rpartition("/")[2]
        postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")
        assert [second.take(), first.take()] == [False, True]  # a lease outlives the session that took it
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("UPDATE public.views_keeper SET until=clock_timestamp()")
        assert [second.take(), first.take()] == [True, False]
        second.release()
        assert first.take() is True
    finally:
        first.release()
        second.release()
