"""Whatever fails and whenever the process is killed: everything comes, in order for each recipient, and nothing but repeats is added."""

import asyncio
import json
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.outbox import Outbox
from adapters.outgoing import Answered, NotAnswered
from application.subscriptions.service import Subscriptions
from domain.subscription import Wanted
from entrypoints.http.told import write_body
from tests.adapters.ledger.stage import BY
from tests.application.subscriptions.stage import SECRET, Running, Stage
from tests.examples import examples

NUMBERS = ("+15551230002", "+15551230003", "+15551230004")


class Flaky:
    """In the client's place: takes or fails by a list of outcomes, and then takes all. Keeps what it took."""

    def __init__(self, outcomes: list[str]) -> None:
        self.outcomes = outcomes
        self.taken: list[dict[str, Any]] = []

    async def check(self, url: str) -> None:
        """Any."""

    async def send(self, method: str, url: str, *, body: bytes, **_: Any) -> Answered:
        """One try."""
        outcome = self.outcomes.pop() if self.outcomes else "taken"
        await asyncio.sleep(0)
        if outcome == "lost":  # it arrived, and nobody knows
            self.taken.append(json.loads(body)["data"])
            raise NotAnswered("the connection broke", sent=True)
        if outcome == "taken":
            self.taken.append(json.loads(body)["data"])
        return Answered(status=204 if outcome == "taken" else 500, headers={}, body=b"", is_cut=False)

    async def aclose(self) -> None:
        """Nothing is open."""


def service_of(stage: Stage, client: Flaky) -> Subscriptions:
    return Subscriptions(
        stage.ledger,
        Outbox(stage.folder),
        client,  # type: ignore[arg-type]
        write_body,
        None,
        clock=stage.clock,
        chance=lambda: 0.5,
    )


def kill(service: Subscriptions, serving: "asyncio.Task[None]") -> None:
    """End it without a word: what was not written is lost."""
    for _, line, task in service._lines.values():
        line._stopping = True
        task.cancel()
        for sending in line._sending:
            sending.cancel()
    service._lines.clear()
    serving.cancel()


async def play(stage: Stage, outcomes: list[str], kills: int) -> list[dict[str, Any]]:
    client = Flaky(outcomes)
    service = service_of(stage, client)
    serving = asyncio.create_task(service.run())
    running = Running(stage, service)
    await running.asking.put("crm", Wanted(url="https://crm.example.org/", role="auditor"), SECRET, BY)
    stage.enrol(*NUMBERS)
    for one in NUMBERS:
        stage.suppress(one)
        stage.release(one)
    for _ in range(kills):
        await asyncio.sleep(0.02)
        kill(service, serving)
        await asyncio.gather(serving, return_exceptions=True)
        service = service_of(stage, client)
        serving = asyncio.create_task(service.run())
    outbox = service.outbox

    def is_over() -> bool:
        stage.clock.now += timedelta(seconds=20)
        place = outbox.place("crm")
        return outbox.counts("crm") == (0, 0) and place is not None and place.position >= last

    last = stage.ledger.position
    await Running(stage, service).until(is_over)
    await service.stop()
    await serving
    await service.aclose()
    return client.taken


def in_order(told: list[dict[str, Any]], number: str) -> bool:
    """Whether each is followed by the next, with nothing but repeats of earlier ones between, which come in order too."""
    positions = [one["position"] for one in told if one["number"] == number]
    wanted = sorted(set(positions))
    reached = -1
    for position in positions:
        place = wanted.index(position)
        if place > reached + 1:
            return False
        reached = max(reached, place)
    return reached == len(wanted) - 1


@pytest.mark.no_cover  # many times the same
@settings(max_examples=examples(40, least=6), deadline=None)
@given(st.lists(st.sampled_from(["failed", "lost", "taken"]), max_size=12), st.integers(0, 2))
def test_all_comes_in_order_per_recipient_whatever_fails_and_whenever_it_is_killed(
    outcomes: list[str], kills: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        told = asyncio.run(play(stage, outcomes, kills))
        stage.ledger.close()
    for number in NUMBERS:
        statuses = [one["status"] for one in told if one["number"] == number]
        assert set(statuses) >= {"queued", "suppressed"}
        assert len({one["position"] for one in told if one["number"] == number}) == 3
        assert in_order(told, number), [one["position"] for one in told if one["number"] == number]
        assert statuses[-1] == "queued"
