"""Agents asked for by HTTP: real servers on loopback, a clock that is moved by hand, and rounds that a test begins."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from adapters.agents_client import AgentsClient
from adapters.outgoing import OutgoingClient
from application.campaign_notes import notes_now
from application.workers.agents import BETWEEN_FAILURES_SECONDS_MAX, ONE_SYSTEM_AT_ONCE_MAX, AgentsWatch
from domain.campaign import AgentsTold
from tests.adapters.raw_server import RawServer, answer, hang, raw_server
from tests.application.dialer.lookup_server import ok
from tests.entrypoints.serving import FROM, Serving, play

HERE = (ip_network("127.0.0.1/32"),)


class Rounds:
    """A watch whose clock stands still."""

    def __init__(self, stage: Serving) -> None:
        self.stage = stage
        self.seconds = 1_000.0
        self.results: list[str] = []
        parts = stage.parts
        client = AgentsClient(OutgoingClient(HERE), None, clock=stage.clock, new_id=lambda: "1")
        self.watch = AgentsWatch(
            parts.ledger,
            parts.in_flight,
            parts.follower,
            client,
            clock=stage.clock,
            monotonic=lambda: self.seconds,
            observe=self.results.append,
        )

    async def after(self, seconds: float, *, is_settled: bool = True) -> None:
        """A round so much later, and what it began."""
        self.seconds += seconds
        await self.stage.parts.installation.fresh()
        await self.watch.tick()
        if is_settled:
            await self.watch.settled()

    def told(self) -> list[tuple[int, str]]:
        """What is recorded."""
        events = [one.event for one in self.stage.feed()]
        return [(event.free, event.source) for event in events if isinstance(event, AgentsTold)]

    async def campaign(self, campaign_id: str, url: str, *, starts: bool = True, life: int = 30) -> None:
        body = {"id": campaign_id, "from": FROM, "agents": {"url": url, "life_seconds": life}}
        made = await self.stage.client.post("/v1/campaigns", json=body)
        assert made.status_code == 201, made.text
        if starts:
            await self.move(campaign_id, "start")

    async def move(self, campaign_id: str, how: str) -> None:
        assert (await self.stage.client.post(f"/v1/campaigns/{campaign_id}/{how}")).status_code == 200


@asynccontextmanager
async def system(say: Callable[[], Any]) -> AsyncIterator[RawServer]:
    """A server that says this, or these bytes."""

    async def play(writer: asyncio.StreamWriter) -> None:
        writer.write(ok(say()))

    async with raw_server(play) as server:
        yield server


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what a server in this loop sees."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - the servers set no event
            await asyncio.sleep(0.01)


def run(folder: Path, scene: Callable[[Rounds], Any]) -> None:
    async def with_rounds(stage: Serving) -> None:
        rounds = Rounds(stage)
        try:
            await scene(rounds)
        finally:
            await rounds.watch.stop()

    play(folder, with_rounds, DIALTRAIL_TARGETS_ALLOWED="127.0.0.1/32")


def test_it_is_asked_every_third_of_its_life_while_the_campaign_runs(tmp_path: Path) -> None:
    async def scene(rounds: Rounds) -> None:
        free = [3]
        async with system(lambda: {"free": free[0]}) as server:
            await rounds.campaign("spring", server.url, starts=False)
            await rounds.after(0)
            assert server.asked == []
            await rounds.move("spring", "start")
            await rounds.after(0)
            await rounds.after(9.9)
            assert rounds.told() == [(3, "asked")]
            free[0] = 5
            await rounds.after(0.1)
            assert rounds.told() == [(3, "asked"), (5, "asked")]
            await rounds.move("spring", "pause")
            await rounds.after(100)
            assert len(server.asked) == 2
            await rounds.move("spring", "resume")
            await rounds.after(0)
            assert len(server.asked) == 3
            assert rounds.results == ["told"] * 3
            await rounds.move("spring", "cancel")
            await rounds.after(100)
            assert len(server.asked) == 3

    run(tmp_path, scene)


def test_a_short_life_is_asked_about_once_a_second_and_not_more_often(tmp_path: Path) -> None:
    async def scene(rounds: Rounds) -> None:
        async with system(lambda: {"free": 1}) as server:
            await rounds.campaign("spring", server.url, life=2)
            for _ in range(12):
                await rounds.after(0.25)
            assert len(server.asked) == 3

    run(tmp_path, scene)


def test_failures_are_told_wait_longer_each_time_and_end_with_an_answer(tmp_path: Path) -> None:
    async def scene(rounds: Rounds) -> None:
        said: list[Any] = [{"free": "many"}]
        async with system(lambda: said[0]) as server:
            await rounds.campaign("spring", server.url)
            waits = [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, BETWEEN_FAILURES_SECONDS_MAX, BETWEEN_FAILURES_SECONDS_MAX]
            for times, seconds in enumerate(waits, start=1):
                await rounds.after(max(seconds - 0.1, 0))
                await rounds.after(0.1 if seconds else 0)
                assert len(server.asked) == times
            parts = replace(rounds.stage.parts.installation, agents_trouble=rounds.watch.trouble_of)
            note, held = await notes_now(parts, "spring")
            assert "has given no answer that can be used since 2026-05-29" in note
            assert "(8 times in a row; the last time: free of its answer" in note
            assert "how many agents are free is not known" in held
            assert rounds.told() == []
            said[0] = {"free": 2}
            await rounds.after(BETWEEN_FAILURES_SECONDS_MAX)
            assert rounds.told() == [(2, "asked")]
            assert await notes_now(parts, "spring") == []
            who = "dialtrail dial (process 7 on b) dials"
            [note] = await notes_now(replace(parts, dials_elsewhere=lambda: who), "spring")
            assert note.startswith("whether the systems that it asks before it calls do answer, only")
            assert note.endswith(who)
            assert rounds.results == ["failed"] * 8 + ["told"]

    run(tmp_path, scene)


def test_systems_that_hang_hold_back_no_other_and_are_asked_one_by_one(tmp_path: Path) -> None:
    async def scene(rounds: Rounds) -> None:
        async with AsyncExitStack() as stack:
            slow = await stack.enter_async_context(raw_server(hang))
            quick = await stack.enter_async_context(raw_server(answer("200 OK", body=b'{"free": 4}')))
            for n in range(ONE_SYSTEM_AT_ONCE_MAX + 3):
                await rounds.campaign(f"slow_{n}", slow.url)
            await rounds.campaign("quick", quick.url)
            for _ in range(3):
                await rounds.after(10, is_settled=False)
                await until(lambda: 0 < len(quick.asked) <= rounds.results.count("told"))
            assert rounds.told()[0] == (4, "asked")
            assert slow.connections <= ONE_SYSTEM_AT_ONCE_MAX

    run(tmp_path, scene)


def test_an_answer_of_a_url_that_is_not_asked_any_more_is_dropped(tmp_path: Path) -> None:
    async def scene(rounds: Rounds) -> None:
        async with AsyncExitStack() as stack:
            let = asyncio.Event()

            async def late(writer: asyncio.StreamWriter) -> None:
                await let.wait()
                writer.write(ok({"free": 9}))

            old = await stack.enter_async_context(raw_server(late))
            new = await stack.enter_async_context(system(lambda: {"free": 1}))
            await rounds.campaign("spring", old.url)
            await rounds.after(0, is_settled=False)
            await until(lambda: bool(old.asked))
            revised = await rounds.stage.client.post(
                "/v1/campaigns/spring/revise", json={"reason": "it moved", "agents": {"url": new.url}}
            )
            assert revised.status_code == 200, revised.text
            await rounds.after(0, is_settled=False)
            let.set()
            await rounds.watch.settled()
            assert rounds.told() == [(1, "asked")]

    run(tmp_path, scene)
