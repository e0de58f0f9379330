"""A database that is lost, and ours again, when nobody looks: whatever another process did meanwhile is settled all the same."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.ledger import Ownership
from application.commands.attempts import StartedAttempt, start_attempt
from tests.application.dialer.stage import Stage, numbers, play, stage


class Database:
    """Somebody else's for as long as `lost` says so; taken anew `takes` times."""

    def __init__(self, it: Stage) -> None:
        self.lost: str | None = None
        self.takes = 1
        self._it = it
        it.dialer._config = replace(it.dialer._config, ownership=Ownership(lambda: self.lost, lambda: self.takes))
        it.dialer._scheduler.tick = lambda _: 0.01  # type: ignore[method-assign,assignment]

    async def is_used_by_another(self, number: str) -> None:
        """Who starts to call somebody."""
        it = self._it
        command = start_attempt(
            attempt_id=f"att_of_the_other_{number}",
            campaign_id="spring",
            stream=it.parts.ledger.recipient_stream(number),
            fingerprint=it.parts.in_flight.fingerprint or "",
            epoch="other",
            only_numbers=None,
        )
        done = await it.parts.ledger.execute(command, lane="attempts", metadata={})
        assert isinstance(done.result, StartedAttempt)

    async def was_another_ones(self, number: str) -> None:
        """Lost, used and ours again, between two looks."""
        await self.is_used_by_another(number)
        self.takes += 1

    async def looked_after(self) -> None:
        """Wait until everything is settled."""
        await self._it.until("looked after", lambda: self._it.dialer._not_owned() is None)


async def database_of(it: Stage) -> Database:
    """Once what an earlier process left is settled, or that would settle what happens here."""
    await it.until("it has begun", lambda: it.dialer._gates.marks is not None)
    return Database(it)


def after(step: Callable[..., Awaitable[None]], then: Callable[[], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """The step, after which, the first time, something happens."""
    waiting = [then]

    async def stepped(*given: object) -> None:
        await step(*given)
        if waiting:
            await waiting.pop()()

    return stepped


def test_what_happened_between_two_looks_is_settled(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            database = await database_of(it)
            await it.campaign(numbers(2))
            await database.was_another_ones(numbers(2)[0])
            assert it.dialer._not_owned() == "what another process did while it dialled is not settled yet"
            await database.looked_after()
            await it.until("settled", lambda: it.counts() == {"unresolved": 1, "queued": 1})
            await database.was_another_ones(numbers(2)[1])
            await it.until("settled again", lambda: it.counts() == {"unresolved": 2})

    play(scenario)


@pytest.mark.parametrize("step", ["_begin_with_account", "_settle"])
def test_what_happened_while_it_was_looked_after_is_settled_too(tmp_path: Path, step: str) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            database = await database_of(it)
            one, other = numbers(2)
            await it.campaign([one, other])
            stepped = after(getattr(it.dialer, step), lambda: database.was_another_ones(other))
            setattr(it.dialer, step, stepped)
            await database.was_another_ones(one)
            await it.until("settled", lambda: it.counts() == {"unresolved": 2})
            await database.looked_after()
            assert database.takes == 3

    play(scenario)


def test_what_another_does_just_now_is_left_alone_until_the_database_is_ours_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            database = await database_of(it)
            one, other = numbers(2)
            await it.campaign([one, other])

            async def is_lost() -> None:
                database.lost = "it is in use by another"
                await database.is_used_by_another(other)

            look, looks_while_lost = it.dialer._look_after_ownership, list[None]()

            async def looked() -> None:
                await look()
                if database.lost:
                    looks_while_lost.append(None)

            begin = after(it.dialer._begin_with_account, is_lost)
            it.dialer._begin_with_account = begin  # type: ignore[method-assign,assignment]
            it.dialer._look_after_ownership = looked  # type: ignore[method-assign]
            await database.was_another_ones(one)
            await it.until("looked at", lambda: len(looks_while_lost) > 1)
            assert it.events("attempt.unresolved") == []
            database.takes, database.lost = 3, None
            await it.until("settled", lambda: it.counts() == {"unresolved": 2})

    play(scenario)
