"""Between the commit of an attempt and its request anything may happen: then nothing leaves, and the attempt says why."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.ledger import Ownership
from adapters.ledger.transaction import Transaction
from application.commands import campaigns
from application.commands.calls import receive_report
from application.commands.recipients import suppress_recipient
from application.dialer.last_check import EVENTS_READ_ON_THE_LOOP_MAX
from application.unsound import damaged
from application.workers.index_watch import IndexWatch
from domain import recipient
from domain.dial_outcome import DialOutcome
from tests.application.dialer.stage import Stage, numbers, play, stage
from tests.domain.given import report
from tests.loop_reads import reads_of_this_thread

Meanwhile = Callable[[Stage], Awaitable[None]]


class Delayed:
    """The client, before which something happens once an attempt is on disk."""

    def __init__(self, it: Stage, meanwhile: Meanwhile) -> None:
        self._it = it
        self._meanwhile = meanwhile
        self._client = it.dialer._attempts._client
        self.was_used = asyncio.Event()

    async def place_call(
        self, body: str, before_send: Callable[[], Awaitable[None]], after_send: Callable[[], None]
    ) -> DialOutcome:
        """As the client does, later."""
        await self._meanwhile(self._it)
        try:
            return await self._client.place_call(body, before_send, after_send)
        finally:
            self.was_used.set()


async def stops(it: Stage) -> None:
    it.dialer._stopping.set()


async def falls_behind(it: Stage) -> None:
    it.parts.follower._live = False


async def loses_the_database(it: Stage) -> None:
    it.dialer._attempts._last_check._config = replace(
        it.dialer._attempts._last_check._config, ownership=Ownership(lambda: "it was lost")
    )


async def finds_damage(it: Stage) -> None:
    watch = it.parts.worker(IndexWatch)
    assert watch is not None
    watch._unsound = damaged("the event at position 7 is not found")


async def has_it_again_and_has_not_looked(it: Stage) -> None:
    async def not_yet() -> None:
        """The dialer has other things to do."""

    it.dialer._look_after_ownership = not_yet  # type: ignore[method-assign]
    it.dialer._config = replace(it.dialer._config, ownership=Ownership(takes=lambda: 2))


async def is_paused(it: Stage) -> None:
    await it.parts.ledger.execute(campaigns.pause_campaign("spring"), lane="commands", metadata={})
    await it.until("it is known", lambda: it.phase() == "paused")


async def is_abandoned_by_another(it: Stage) -> None:
    await by_another(it, lambda person, attempt_id: recipient.abandon(person, attempt_id, "another process"))


async def is_left_unresolved_by_another(it: Stage) -> None:
    await by_another(it, lambda person, attempt_id: recipient.leave_unresolved(person, attempt_id, "another process"))


async def by_another(
    it: Stage, decide: Callable[[recipient.RecipientState, str], list[recipient.RecipientEvent]]
) -> None:
    """As a second process on the same ledger would have it."""
    ((attempt_id, stream),) = it.parts.in_flight.attempts.started.items()

    def settle(tx: Transaction) -> None:
        tx.append(stream, decide(tx.recipient(stream), attempt_id))

    await it.parts.ledger.execute(settle, lane="answers", metadata={})


@pytest.mark.parametrize(
    ("meanwhile", "rule"),
    [
        (stops, "dialer_stopping"),
        (falls_behind, "statuses_behind"),
        (loses_the_database, "ledger_not_owned"),
        (has_it_again_and_has_not_looked, "ledger_not_owned"),
        (finds_damage, "ledger_damaged"),
        (is_paused, "campaign_not_running"),
    ],
)
def test_what_came_up_after_the_commit_keeps_the_request_from_leaving(
    tmp_path: Path, meanwhile: Meanwhile, rule: str
) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            client = Delayed(it, meanwhile)
            it.dialer._attempts._client = client  # type: ignore[assignment]
            await it.campaign(numbers(1))
            async with asyncio.timeout(30):
                while not (found := it.events("attempt.abandoned")):
                    await it.parts.follower.moved(0.02)

            assert found[0].event.why == f"at the last moment: {rule}"  # type: ignore[union-attr]
            assert it.posts() == []

    play(scenario)


@pytest.mark.parametrize("meanwhile", [is_abandoned_by_another, is_left_unresolved_by_another])
def test_an_attempt_that_another_process_has_settled_is_not_sent(tmp_path: Path, meanwhile: Meanwhile) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            client = Delayed(it, meanwhile)
            it.dialer._attempts._client = client  # type: ignore[assignment]
            await it.campaign(numbers(1))
            async with asyncio.timeout(30):
                await client.was_used.wait()
            it.dialer._stopping.set()

            assert it.posts() == []

    play(scenario)


@pytest.mark.parametrize("is_suppressed", [False, True])
@pytest.mark.parametrize("reports", [0, EVENTS_READ_ON_THE_LOOP_MAX, 400])
def test_what_is_read_on_the_event_loop_is_bounded_and_the_check_is_by_all_there_is(
    tmp_path: Path, reports: int, *, is_suppressed: bool
) -> None:
    """However much is reported of an earlier call of the person, before this attempt and just before it is sent."""
    watch = ExitStack()
    on_the_loop: list[list[tuple[str, int]]] = []

    async def scenario() -> None:
        async with stage(tmp_path, answer_rate=1) as it:
            await it.campaign(numbers(1))
            await it.until("the first is over", lambda: it.phase() == "completed")
            (first,) = it.events("attempt.accepted")
            assert isinstance(first.event, recipient.AttemptAccepted)
            call_id = first.event.call_id
            await told(it, call_id, range(reports))

            async def is_told_more(_: Stage) -> None:
                await told(it, call_id, range(reports, 2 * reports))
                if is_suppressed:
                    decide = suppress_recipient(first.stream, numbers(1)[0], "operator", None, None)
                    await it.parts.ledger.execute(decide, lane="commands", metadata={})
                on_the_loop.append(watch.enter_context(reads_of_this_thread()))

            client = Delayed(it, is_told_more)
            it.dialer._attempts._client = client  # type: ignore[assignment]
            await it.campaign(numbers(1), "autumn")
            async with asyncio.timeout(60):
                await client.was_used.wait()
            watch.close()
            await it.until("it is settled", lambda: len(it.events("attempt.accepted", "attempt.abandoned")) == 2)

            assert {name for name, _ in on_the_loop[0]} == {"read_newer"}
            assert max(rows for _, rows in on_the_loop[0]) <= EVENTS_READ_ON_THE_LOOP_MAX + 1
            assert len(on_the_loop[0]) <= 3
            abandoned = [one.event.why for one in it.events("attempt.abandoned")]  # type: ignore[union-attr]
            assert abandoned == (["at the last moment: suppressed"] if is_suppressed else [])
            assert len(it.posts()) == (1 if is_suppressed else 2)

    play(scenario)


async def told(it: Stage, call_id: str, seconds: range) -> None:
    asked = [receive_report(call_id, report("call.transferred", n, event_key=str(n))) for n in seconds]
    await asyncio.gather(*(it.parts.ledger.execute(one, lane="webhooks", metadata={}) for one in asked))
