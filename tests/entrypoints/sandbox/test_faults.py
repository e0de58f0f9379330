import asyncio
import socket
from time import perf_counter

import httpx
import pytest

from entrypoints.sandbox import SandboxSettings
from entrypoints.sandbox.running import running_sandbox
from tests.entrypoints.sandbox.stage import FROM, KEY, TO, Stage, disconnected, play, staged, until


def numbers(count: int) -> list[str]:
    return [f"+1555123{nth:04d}" for nth in range(count)]


def test_a_lost_response_leaves_a_call_and_closes_the_connection() -> None:
    async def scene(stage: Stage) -> None:
        assert await disconnected(stage.post())
        await stage.ended()
        assert stage.sandbox.calls[0].events == ["call.created", "call.answered", "call.completed"]
        line = stage.sandbox.log.lines("request")[0]
        assert (line["status"], line["fault"], line["closed_by"], line["call_id"]) == (
            None,
            "lost_response",
            "sandbox",
            stage.sandbox.calls[0].id,
        )

    play(scene, lost_response_rate=1.0)


def test_exactly_so_many_responses_are_lost_as_asked() -> None:
    lost: list[list[str]] = []

    async def scene(stage: Stage) -> None:
        answers = [(number, await disconnected(stage.post(number))) for number in numbers(50)]
        lost.append([number for number, gone in answers if gone])
        assert len(stage.sandbox.calls) == 50

    play(scene, lose_responses=3)
    play(scene, lose_responses=3)
    assert (len(lost[0]), lost[0] == lost[1]) == (3, True)


def test_a_timed_out_post_is_held_then_closed() -> None:
    async def scene(stage: Stage) -> None:
        started = perf_counter()
        assert await disconnected(stage.post())
        assert perf_counter() - started >= 0.2
        assert (len(stage.sandbox.calls), stage.sandbox.log.lines("request")[0]["fault"]) == (1, "timeout")

    play(scene, timeout_rate=1.0, timeout_seconds=0.2)


def test_a_client_that_leaves_first_is_seen() -> None:
    only_reading = httpx.Timeout(20, read=0.05)  # a busy machine may take longer than that to connect

    async def scene(stage: Stage) -> None:
        with pytest.raises(httpx.ReadTimeout):
            await stage.client.post(
                "/v1/calls", json={"from": numbers(1)[0], "to": numbers(1)[0]}, timeout=only_reading
            )
        await until(lambda: bool(stage.sandbox.log.lines("request")))
        line = stage.sandbox.log.lines("request")[0]
        assert (line["status"], line["closed_by"], line["fault"]) == (None, "client", None)
        assert len(stage.sandbox.calls) == 1

    play(scene, answer_delay=0.5)


@pytest.mark.parametrize(
    ("rate", "status", "code", "event"),
    [
        ("error_500_rate", 500, "internal_error", "call.completed"),
        ("error_502_rate", 502, "originate_failed", "call.failed"),
    ],
)
def test_after_a_server_error_a_call_may_exist(rate: str, status: int, code: str, event: str) -> None:
    async def scene(stage: Stage) -> None:
        for number in numbers(20):
            assert await stage.refused(number) == (status, code)
        existing = len(stage.sandbox.calls)
        assert 0 < existing < 20
        faults = [str(line["fault"]) for line in stage.sandbox.log.lines("request")]
        assert sum(fault.endswith("call_exists") for fault in faults) == existing
        await stage.ended(existing)
        assert {call.events[-1] for call in stage.sandbox.calls} == {event}

    play(scene, **{rate: 1.0})


@pytest.mark.parametrize(("share", "calls"), [(0.0, 0), (1.0, 10)])
def test_whether_a_call_exists_after_a_server_error_is_a_choice(share: float, calls: int) -> None:
    async def scene(stage: Stage) -> None:
        for number in numbers(10):
            await stage.refused(number)
        assert len(stage.sandbox.calls) == calls

    play(scene, error_500_rate=0.5, error_502_rate=1.0, error_call_exists_rate=share)


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({"timeout_rate": 1.0, "timeout_seconds": 600}, None),
        ({"answer_delay": 600}, 201),
        ({"slow_rate": 1.0, "slow_seconds": "600"}, 201),
        ({"early_webhook_rate": 1.0, "webhook_url": "silent receiver"}, 201),
    ],
)
def test_a_held_post_does_not_keep_the_sandbox_from_ending(settings: dict[str, object], status: int | None) -> None:
    async def post(url: str) -> int | None:
        headers = {"Authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as client:
            try:
                return (await client.post("/v1/calls", json={"from": FROM, "to": TO})).status_code
            except httpx.RemoteProtocolError:
                return None

    async def run() -> tuple[float, int | None]:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            if "webhook_url" in settings:
                settings["webhook_url"] = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            async with running_sandbox(SandboxSettings.model_validate(settings)) as sandbox:
                posting = asyncio.create_task(post(sandbox.url))
                await until(lambda: bool(sandbox.calls))
                started = perf_counter()
            return perf_counter() - started, await posting

    seconds, answered = asyncio.run(run())
    assert (seconds < 1.5, answered) == (True, status)


def test_a_spurious_429_creates_nothing() -> None:
    async def scene(stage: Stage) -> None:
        assert await stage.refused() == (429, "cps_limit_reached")
        assert (stage.sandbox.calls, stage.sandbox.log.lines("request")[0]["fault"]) == ([], "refused_429")

    play(scene, refuse_429_rate=1.0)


@pytest.mark.parametrize("settings", [{"slow_rate": 1.0, "slow_seconds": "0.4:0.5"}, {"answer_delay": 0.4}])
def test_slow_and_delayed_answers_create_the_call_on_arrival(settings: dict[str, object]) -> None:
    async def scene(stage: Stage) -> None:
        started = perf_counter()
        posting = asyncio.create_task(stage.post())
        await until(lambda: bool(stage.sandbox.calls))
        assert (posting.done(), stage.sandbox.log.lines("request")) == (False, [])
        response = await posting
        assert (response.status_code, perf_counter() - started >= 0.4) == (201, True)

    play(scene, **settings)


def test_an_answer_delay_holds_refusals_too() -> None:
    async def scene(stage: Stage) -> None:
        started = perf_counter()
        assert await stage.refused() == (400, "no_active_trunk")
        assert perf_counter() - started >= 0.2

    play(scene, answer_delay=0.2, no_active_trunk=True)


def test_the_status_of_a_created_call_can_be_chosen() -> None:
    async def scene(stage: Stage) -> None:
        assert (await stage.post()).status_code == 202

    play(scene, created_status=202)


def test_faults_do_not_depend_on_the_order_of_arrival() -> None:
    async def faults(order: list[str]) -> dict[str, object]:
        async with staged(lost_response_rate=0.3, error_500_rate=0.3, refuse_429_rate=0.3) as stage:
            await asyncio.gather(*(disconnected(stage.post(number)) for number in order))
            return {str(line["request_body"]): line["fault"] for line in stage.sandbox.log.lines("request")}

    day = asyncio.run(faults(numbers(20)))
    assert asyncio.run(faults(numbers(20)[::-1])) == day
    assert {"lost_response", "error_500", "refused_429", None} <= set(day.values())
