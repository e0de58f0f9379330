"""Coroutines, their event loops, and the ledger that answers them."""

import asyncio
from functools import partial
from threading import Event

from adapters.ledger import Committed, Ledger
from adapters.ledger.transaction import Transaction
from domain.errors import NotFound
from tests.adapters.ledger.stage import BY, WAIT_SECONDS_MAX, create, do, feed, in_thread, start


async def _execute(ledger: Ledger, name: str) -> None:
    await ledger.execute(create(name), lane="webhooks", metadata=BY)


def test_coroutines_get_their_results_and_their_errors(ledger: Ledger) -> None:
    async def ask_for_all() -> list[object]:
        return await asyncio.gather(
            *(ledger.execute(create(f"c{n}"), lane="webhooks", metadata=BY) for n in range(3)),
            ledger.execute(start("nobody"), lane="webhooks", metadata=BY),
            return_exceptions=True,
        )

    *created, failed = asyncio.run(ask_for_all())

    assert [c.result for c in created if isinstance(c, Committed)] == ["c0", "c1", "c2"]
    assert isinstance(failed, NotFound)
    assert len(feed(ledger)) == 3


def test_several_event_loops_use_one_ledger(ledger: Ledger) -> None:
    def ask_from_a_loop_of_its_own(name: str) -> None:
        asyncio.run(_execute(ledger, name))

    threads = [in_thread(partial(ask_from_a_loop_of_its_own, f"c{n}")) for n in range(4)]
    for thread in threads:
        thread.join(WAIT_SECONDS_MAX)

    assert sorted(r.stream for r in feed(ledger)) == [f"campaign:c{n}" for n in range(4)]


def test_a_coroutine_that_no_longer_waits_hurts_nobody(ledger: Ledger) -> None:
    held, release = Event(), Event()

    def hold(_: Transaction) -> None:
        held.set()
        release.wait(WAIT_SECONDS_MAX)

    async def give_up_then_ask() -> str:
        loop = asyncio.get_running_loop()
        waiting = asyncio.create_task(ledger.execute(hold, lane="webhooks", metadata=BY))
        await loop.run_in_executor(None, held.wait, WAIT_SECONDS_MAX)
        waiting.cancel()
        asked = asyncio.create_task(ledger.execute(create("c1"), lane="webhooks", metadata=BY))
        await asyncio.sleep(0)
        release.set()
        return (await asked).result

    assert asyncio.run(give_up_then_ask()) == "c1"


def test_a_loop_that_closed_hurts_nobody(ledger: Ledger) -> None:
    held, release = Event(), Event()

    def hold(_: Transaction) -> None:
        held.set()
        release.wait(WAIT_SECONDS_MAX)

    async def leave() -> None:
        waiting = asyncio.create_task(ledger.execute(hold, lane="webhooks", metadata=BY))
        await asyncio.get_running_loop().run_in_executor(None, held.wait, WAIT_SECONDS_MAX)
        waiting.cancel()

    asyncio.run(leave())
    release.set()

    assert do(ledger, create("c1")) == "c1"
    assert ledger.trouble is None
