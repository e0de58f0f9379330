"""The same seed with every misbehaviour on, met by clients in different interleavings, plays the same day."""

import asyncio
import functools
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import orjson
import pytest

from entrypoints.sandbox.clock import SystemClock
from entrypoints.sandbox.running import running_sandbox
from entrypoints.sandbox.settings import SandboxSettings
from tests.entrypoints.sandbox.receiver import receiving
from tests.entrypoints.sandbox.stage import FROM, KEY, Stage, staged, until
from tests.examples import are_all_tried

NUMBERS = [f"+1555123{nth:04d}" for nth in range(30 if are_all_tried() else 15)]
POSTS_TO_EACH = 3
READS = ("", "/ai", "/transcription", "")
EVERYTHING: dict[str, object] = {
    "answer_rate": 0.6,
    "busy_rate": 0.4,
    "canceled_rate": 0.3,
    "ring_seconds": "0.01:0.05",
    "talk_seconds": "0.02:0.06",
    "gather_rate": 0.5,
    "gather_timeout_rate": 0.4,
    "wrong_direction_rate": 0.3,
    "recording_seconds": "0.02:0.1",
    "recording_failed_rate": 0.3,
    "ai_seconds": "0",
    "ai_missing_rate": 0.3,
    "duplicate_rate": 0.3,
    "shuffle_rate": 0.3,
    "shuffle_seconds": 0.2,
    "delay_rate": 0.3,
    "delay_seconds": "0.05:0.2",
    "drop_rate": 0.3,
    "drop_events": "call.completed,recording.completed,call.gathered",
    "early_webhook_rate": 0.3,
    "changed_body_rate": 0.3,
    "echo_metadata": "both",
    "slow_rate": 0.2,
    "slow_seconds": "0.01:0.05",
    "lost_response_rate": 0.1,
    "timeout_rate": 0.1,
    "timeout_seconds": 0.05,
    "error_500_rate": 0.15,
    "error_502_rate": 0.15,
    "refuse_429_rate": 0.1,
    "read_error_rate": 0.2,
    "read_slow_rate": 0.1,
    "no_rate_prefixes": ["+15551230007"],
    "webhook_secret": "s3cret",
    "foreign_calls_per_minute": 900,
    "inbound_calls_per_minute": 900,
}
OFF = {"foreign_calls_per_minute": 0, "inbound_calls_per_minute": 0}

Subject = tuple[str, str, int]
Client = Callable[[Stage], Awaitable[None]]


@dataclass
class Day:
    lives: dict[Subject, list[str]] = field(default_factory=dict)
    webhooks: dict[Subject, Counter[str]] = field(default_factory=dict)
    answers: dict[str, list[tuple[object, ...]]] = field(default_factory=dict)
    reads: dict[Subject, list[tuple[object, ...]]] = field(default_factory=dict)

    def of(self, subjects: set[Subject]) -> dict[Subject, object]:
        return {subject: (self.lives[subject], self.webhooks[subject]) for subject in subjects}

    def ours(self) -> set[Subject]:
        return {subject for subject in self.lives if subject[0] == "api"}


async def visit(stage: Stage, number: str) -> None:
    """Calls one number again and again, whatever comes back."""
    for nth in range(POSTS_TO_EACH):
        try:
            await stage.post(number, record=True, metadata={"nth": nth})
        except httpx.RemoteProtocolError:
            continue


async def all_at_once(stage: Stage) -> None:
    await asyncio.gather(*(visit(stage, number) for number in NUMBERS))


async def two_from_both_ends(stage: Stage) -> None:
    async def one_after_another(numbers: list[str]) -> None:
        for number in numbers:
            await visit(stage, number)

    middle = len(NUMBERS) // 2
    await asyncio.gather(one_after_another(NUMBERS[:middle]), one_after_another(NUMBERS[: middle - 1 : -1]))


async def day(client: Client, seed: int, **more: object) -> Day:
    async with (
        receiving() as receiver,
        staged(**EVERYTHING | more, webhook_url=receiver.url, seed=seed) as stage,
    ):
        await client(stage)
        stage.sandbox.update(**OFF)
        await until(lambda: all(call.settled for call in stage.sandbox.calls) and nothing_pending(stage))
        seen = Day()
        for number in NUMBERS:
            seen.answers[number] = [
                (line["status"], line["code"], line["fault"])
                for line in stage.sandbox.log.lines("request")
                if isinstance(line["request_body"], dict) and line["request_body"]["to"] == number
            ]
        for call in stage.sandbox.calls:
            seen.lives[call.subject] = call.events
            seen.webhooks[call.subject] = Counter()
            if call.origin == "api":
                seen.reads[call.subject] = [await read(stage, f"/v1/calls/{call.id}{name}") for name in READS]
        subjects = {call.id: call.subject for call in stage.sandbox.calls}
        for line in stage.sandbox.log.lines("delivery"):
            assert (line["try"], line["status"], line["error"]) in {(1, 204, None), (0, None, "dropped by drop_rate")}
            seen.webhooks[subjects[str(line["call_id"])]][without_ids_and_times(line)] += 1
        return seen


def nothing_pending(stage: Stage) -> bool:
    deliveries = stage.sandbox.summary()["deliveries"]
    return isinstance(deliveries, dict) and deliveries["pending"] == 0


async def read(stage: Stage, path: str) -> tuple[object, ...]:
    response = await stage.client.get(path)
    return response.status_code, response.json().get("status"), response.json().get("error")


def without_ids_and_times(line: dict[str, object]) -> str:
    webhook = orjson.loads(str(line["body"]).replace(str(line["call_id"]), "ID"))
    del webhook["created_at"]
    webhook["call"].pop("provider_call_id", None)
    return f"{line['reason']} {line['error']} {orjson.dumps(webhook).decode()}"


@functools.cache
def day_of_seed_five() -> Day:
    """One day that both tests look at."""
    return asyncio.run(day(all_at_once, seed=5))


@pytest.mark.no_cover  # many times the same
def test_the_same_seed_plays_the_same_day_with_every_misbehaviour_on() -> None:
    one = day_of_seed_five()
    other = asyncio.run(day(two_from_both_ends, seed=5))

    assert one.answers == other.answers
    assert one.ours() == other.ours()
    assert one.of(one.ours()) == other.of(other.ours())
    assert one.reads == other.reads
    # Calls of others go on for as long as the day: those that both days have are the same.
    both = (one.lives.keys() & other.lives.keys()) - one.ours()
    assert {subject[0] for subject in both} == {"foreign", "inbound"}
    assert one.of(both) == other.of(both)


@pytest.mark.no_cover  # many times the same
def test_in_such_a_day_every_misbehaviour_happens_and_another_seed_plays_another() -> None:
    one = day_of_seed_five()

    faults = {answer[2] for answers in one.answers.values() for answer in answers}
    assert faults == {
        None,
        "refused_429",
        "error_500",
        "error_500_call_exists",
        "error_502",
        "error_502_call_exists",
        "lost_response",
        "timeout",
        "slow",
    }
    told = {text.split(" ")[0] for counts in one.webhooks.values() for text in counts}
    dropped = {text.split(" ")[1] for counts in one.webhooks.values() for text in counts}
    assert (told, dropped) == ({"event", "duplicate", "changed_body"}, {"None", "dropped"})
    happened = {event for events in one.lives.values() for event in events}
    assert happened == {
        "call.created",
        "call.answered",
        "call.gathered",
        "call.completed",
        "call.failed",
        "call.canceled",
        "recording.started",
        "recording.completed",
        "recording.failed",
    }
    assert {answer[0] for answers in one.reads.values() for answer in answers} == {200, 404, 500}
    assert asyncio.run(day(all_at_once, seed=6)).answers != one.answers


class ClockThatStands(SystemClock):
    def now(self) -> datetime:
        return datetime(2026, 5, 29, 12, 0, tzinfo=UTC)


async def ids(clock: SystemClock) -> set[str]:
    async with (
        running_sandbox(SandboxSettings(seed=5), clock) as sandbox,
        httpx.AsyncClient(base_url=sandbox.url, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False) as client,
    ):
        for number in NUMBERS:
            await client.post("/v1/calls", json={"from": FROM, "to": number})
        return {one for call in sandbox.calls for one in (call.id, call.provider_call_id)}


def test_ids_are_never_used_twice_in_one_sandbox_nor_after_a_restart_with_the_same_seed() -> None:
    found = [asyncio.run(ids(clock)) for clock in (SystemClock(), SystemClock(), ClockThatStands())]
    assert [len(one) for one in found] == [2 * len(NUMBERS)] * 3
    assert len(set.union(*found)) == 3 * 2 * len(NUMBERS)
