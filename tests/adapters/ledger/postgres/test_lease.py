"""One process at a time dials on a database, and knows until when."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import psycopg
import pytest

from adapters.ledger.locks import OWNER_LOCK
from adapters.ledger.postgres import Lease
from adapters.ledger.postgres.lease import LEASE_SECONDS, MARGIN_SECONDS
from domain.errors import LedgerInUse, LedgerUnusable
from tests.adapters.ledger.postgres_ledger import open_ledger
from tests.adapters.ledger.postgres_server import Server


class Clock:
    """Says what it is told to say."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def leased(url: str) -> str:
    """A database with a ledger's tables."""
    open_ledger(url).close()
    return url


@asynccontextmanager
async def begun(url: str, clock: Clock | None = None) -> AsyncIterator[Lease]:
    """A lease that is asked for, and not looked after."""
    lease = Lease(url, "up", clock or Clock())
    await lease.begin()
    try:
        yield lease
    finally:
        await lease.close()


async def end_now(url: str) -> None:
    """The server's clock is past the lease's end."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("UPDATE public.ledger_leases SET until=clock_timestamp() - interval '1 ms'")


async def set_clock(url: str, hours_back: int) -> None:
    """The server's clock is set back by so many hours: as much further ahead is the lease's end."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(
            "UPDATE public.ledger_leases SET until=until + make_interval(hours => %s)", (hours_back,)
        )


def play(scenario: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await scenario()

    asyncio.run(run())


def test_the_second_stands_by_and_knows_who_dials(leased: str) -> None:
    async def scenario() -> None:
        async with begun(leased) as first, begun(leased) as second:
            assert (first.trouble, first.standing_by, first.takes) == (None, None, 1)
            assert first.epoch is not None
            assert second.trouble == second.standing_by
            assert (second.trouble or "").startswith(f"dialtrail up (process {os.getpid()} on ")
            assert (second.trouble or "").endswith(" dials")
            assert (second.takes, second.epoch) == (0, None)

    play(scenario)


def test_a_lease_that_was_given_back_is_the_next_ones_at_once_and_of_a_later_epoch(leased: str) -> None:
    async def scenario() -> None:
        async with begun(leased) as second_in_time, begun(leased) as first:
            given_back = second_in_time.epoch or 0
            await second_in_time.close()
            assert second_in_time.trouble == "the lease was given back"
            await first.look()
            assert (first.epoch or 0) > given_back > 0
            assert first.trouble is None

    play(scenario)


def test_a_lease_that_has_ended_is_taken_and_its_holder_finds_that_out(leased: str) -> None:
    async def scenario() -> None:
        async with begun(leased) as first, begun(leased) as second:
            epochs = [first.epoch or 0]
            await end_now(leased)
            await second.look()
            epochs.append(second.epoch or 0)
            assert second.trouble is None
            await first.look()
            assert (first.epoch, first.trouble) == (None, second._us + " dials")
            await end_now(leased)
            await first.look()
            assert (first.takes, second.takes) == (2, 1)
            assert epochs[0] < epochs[1] < (first.epoch or 0)

    play(scenario)


def test_a_lease_that_has_ended_and_nobody_took_goes_on(leased: str) -> None:
    async def scenario() -> None:
        async with begun(leased) as lease:
            epoch = lease.epoch
            await end_now(leased)
            await lease.look()
            assert (lease.takes, lease.epoch, lease.trouble) == (1, epoch, None)

    play(scenario)


def test_an_epoch_that_a_promotion_has_lost_does_not_come_again(leased: str) -> None:
    """The row is put back as it was before its holder took it, and another takes it next."""

    async def scenario() -> None:
        async with (
            await psycopg.AsyncConnection.connect(leased, autocommit=True) as promoted,
            begun(leased) as earlier,
        ):
            found = await promoted.execute("SELECT name, epoch, holder FROM public.ledger_leases")
            before = await found.fetchone()
            await end_now(leased)
            async with begun(leased) as holder, begun(leased) as other:
                lost = holder.epoch
                await promoted.execute("DELETE FROM public.ledger_leases")
                await promoted.execute("INSERT INTO public.ledger_leases VALUES (%s, %s, %s, 'epoch')", before)
                await other.look()
                assert other.epoch != lost
                await holder.look()
                assert (holder.epoch, holder.trouble) == (None, other._us + " dials")
            assert earlier.epoch is not None

    play(scenario)


@pytest.mark.parametrize("hours", [1, 24 * 365])
def test_the_servers_clock_was_ahead_and_is_set_right_the_lease_of_one_that_died_stands_no_longer_than_others(
    leased: str, hours: int
) -> None:
    async def scenario() -> None:
        clock = Clock()
        async with begun(leased) as died, begun(leased, clock) as next_one:
            await set_clock(leased, hours)
            await next_one.look()
            clock.now += LEASE_SECONDS - 0.01
            await next_one.look()
            assert next_one.standing_by == died._us + " dials"
            clock.now += 0.02
            await next_one.look()
            assert (next_one.takes, next_one.trouble) == (1, None)
            await died.look()
            assert (died.epoch, died.trouble) == (None, next_one._us + " dials")

    play(scenario)


def test_the_servers_clock_is_set_back_and_whose_holder_lives_is_not_taken(leased: str) -> None:
    async def scenario() -> None:
        clock = Clock()
        async with begun(leased) as lives, begun(leased, clock) as other:
            await set_clock(leased, 1)
            for _ in range(4):
                await other.look()
                clock.now += LEASE_SECONDS - 0.01
                await lives.look()
            await other.look()
            assert (lives.takes, lives.trouble) == (1, None)
            assert (other.takes, other.standing_by) == (0, lives._us + " dials")

    play(scenario)


def test_its_holder_stops_before_the_end_that_the_server_knows(leased: str) -> None:
    async def scenario() -> None:
        clock = Clock()
        async with begun(leased, clock) as lease:
            said = []
            for seconds in (LEASE_SECONDS - MARGIN_SECONDS - 0.01, 0.02):
                clock.now += seconds
                said.append((lease.trouble is None, lease.standing_by))
            assert said == [(True, None), (False, None)]

    play(scenario)


def test_an_answer_that_comes_late_counts_from_when_it_was_asked_for(leased: str) -> None:
    async def scenario() -> None:
        clock = Clock()
        async with begun(leased, clock) as lease:
            real = lease._one

            async def late(statement: str) -> object | None:
                found = await real(statement)
                clock.now += LEASE_SECONDS
                return found

            lease._one = late  # type: ignore[method-assign]
            await lease.look()
            assert lease.trouble is not None

    play(scenario)


def test_a_connection_that_is_cut_loses_no_lease(leased: str) -> None:
    async def scenario() -> None:
        async with begun(leased) as lease:
            async with await psycopg.AsyncConnection.connect(leased, autocommit=True) as other:
                await other.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE objid=%s", (OWNER_LOCK,))
            await lease.look()
            assert lease._connection is None
            assert lease.trouble is None
            await lease.look()
            assert (lease.takes, lease.trouble) == (1, None)

    play(scenario)


def test_an_earlier_version_that_owns_the_database_for_itself_alone_is_named(leased: str) -> None:
    async def scenario() -> None:
        async with await psycopg.AsyncConnection.connect(leased, autocommit=True) as earlier:
            await earlier.execute("SELECT pg_advisory_lock(%s)", (OWNER_LOCK,))
            with pytest.raises(LedgerInUse, match="in use by an earlier version of Dialtrail, or"):
                await Lease(leased, "up", Clock()).begin()

    play(scenario)


def test_an_earlier_version_is_refused_where_one_runs_that_takes_leases(leased: str) -> None:
    async def scenario() -> None:
        async with begun(leased), await psycopg.AsyncConnection.connect(leased, autocommit=True) as earlier:
            asked = await earlier.execute("SELECT pg_try_advisory_lock(%s)", (OWNER_LOCK,))
            assert await asked.fetchone() == (False,)

    play(scenario)


def test_another_database_of_the_same_server_has_a_lease_of_its_own(postgres: Server, leased: str) -> None:
    other_url = postgres.new_database()
    open_ledger(other_url).close()

    async def scenario() -> None:
        async with begun(leased) as one, begun(other_url) as other:
            assert (one.trouble, other.trouble) == (None, None)

    play(scenario)


def test_a_server_that_is_not_there_is_named_without_the_password(tmp_path: object) -> None:
    async def scenario() -> None:
        with pytest.raises(LedgerUnusable, match="DIALTRAIL_DATABASE_URL: the database cannot be reached") as refused:
            await Lease(f"postgresql://ada:s3cret@/db?host={tmp_path}", "up", Clock()).begin()
        assert "s3cret" not in str(refused.value)

    play(scenario)
