"""call.gathered comes before, during or after the fetch of the redirect that follows its gather."""

import asyncio
from collections import Counter

import pytest

from tests.entrypoints.sandbox.receiver import Receiver, receiving
from tests.entrypoints.sandbox.script.answering import Answering, Asked, Reply, act, called, lines, said
from tests.entrypoints.sandbox.stage import Stage, until

GATHER = {"gather": {"prompt": "Press 1.", "timeout_seconds": 5}}
LOOK_SECONDS = {"before": 5.0, "during": 5.0, "after": 0.1, "mixed": 0.3}
"""How long the redirect's answer waits for digits: what must not come is not waited for long."""

WAITED_NS = 1_500_000_000


def menu(server: Answering, receiver: Receiver, seen: list[str], moment: str) -> None:
    """A redirect whose answer waits for the digits, but not for long; `seen` says when they came."""

    def answer(_: Asked) -> Reply:
        if "call.gathered" in receiver.events():
            seen.append("before")
            return said({"say": {"text": "Thanks."}})

        async def wait() -> None:
            try:
                async with asyncio.timeout(LOOK_SECONDS[moment]):
                    await until(lambda: "call.gathered" in receiver.events())
                seen.append("during")
            except TimeoutError:
                seen.append("after")

        reply = said({"say": {"text": "Thanks."}})
        reply.after = wait
        return reply

    server.pages = {
        "/start": said(GATHER, {"say": {"text": "So"}}, {"redirect": {"url": f"{server.url}/branch"}}),
        "/branch": answer,
    }


@pytest.mark.parametrize("moment", ["before", "during", "after"])
def test_digits_are_told_when_the_setting_says(moment: str) -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        async with receiving() as receiver:
            seen: list[str] = []
            stage.sandbox.update(webhook_url=receiver.url)
            menu(server, receiver, seen, moment)
            call = await called(stage)
            assert seen == [moment]
            assert call["events"] == ["call.created", "call.answered", "call.gathered", "call.completed"]
            await until(lambda: "call.completed" in receiver.events())
            assert receiver.events().count("call.gathered") == 1

    act(scene, press="1", gather_report=moment, gather_report_seconds=0 if moment == "after" else 0.05)


def test_mixed_is_each_of_the_three_by_seed() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        moments: Counter[str] = Counter()
        for nth in range(9):
            async with receiving() as receiver:
                seen: list[str] = []
                stage.sandbox.update(webhook_url=receiver.url)
                menu(server, receiver, seen, "mixed")
                await called(stage, to=f"+1555123000{nth}")
                moments.update(seen)
                await until(lambda receiver=receiver: "call.completed" in receiver.events())  # type: ignore[misc]
        assert set(moments) == {"before", "during", "after"}

    act(scene, press="1", gather_report="mixed", gather_report_seconds="0.02", talk_seconds=0)


def test_a_report_that_chance_holds_or_drops_is_not_waited_for() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        async with receiving() as receiver:
            seen: list[str] = []
            stage.sandbox.update(webhook_url=receiver.url)
            menu(server, receiver, seen, "after")
            await called(stage)
            first, second = lines(stage, "fetch", "monotonic_ns")
            assert (seen, second - first < WAITED_NS) == (["after"], True)

    act(scene, press="1", gather_report="before", drop_rate=1, drop_events="call.gathered")
    act(scene, press="1", gather_report="before", delay_rate=1, delay_seconds=60)


def test_a_report_that_waits_for_a_fetch_is_sent_when_the_call_ends_before_it() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        async with receiving() as receiver:
            stage.sandbox.update(webhook_url=receiver.url)
            server.pages = {
                "/start": said(GATHER, GATHER, {"redirect": {"url": f"{server.url}/branch"}}),
            }
            call = await called(stage)
            assert (call["script"]["ending"], call["script"]["pressed"]) == ("hung_up", ["1"])
            await until(lambda: "call.gathered" in receiver.events())

    act(scene, press="1,hang_up", gather_report="after")


def test_without_a_redirect_it_is_told_at_once() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        async with receiving() as receiver:
            stage.sandbox.update(webhook_url=receiver.url)
            server.pages = {"/start": said(GATHER)}
            await stage.post()
            await until(lambda: "call.gathered" in receiver.events())
            assert stage.sandbox.calls[0].active

    act(scene, press="1", gather_report="after", talk_seconds=60)


def test_it_may_come_later_than_that() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        async with receiving() as receiver:
            stage.sandbox.update(webhook_url=receiver.url)
            server.pages = {"/start": said(GATHER)}
            call = await called(stage)
            assert call["state"] == "completed"
            assert "call.gathered" not in receiver.events()

    act(scene, press="1", gather_report_seconds=60)
