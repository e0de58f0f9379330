"""Recorded calls whose AI results are asked for, and what became of that."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from application.workers.insights import Insights
from domain.call import CallClaimed, CallState, InsightFetched, RecordingCompleted
from domain.events import Recorded
from domain.identity import call_stream
from tests.adapters.minivoice_server import http
from tests.application.dialer.stage import Stage
from tests.domain.given import report

SOON = (0.05, 0.6, 1.2)
HOUR = 3600.0
ANSWERED: dict[str, Any] = {"answer_rate": 1.0}
MISSING = b'{"error":{"code":"%b_not_found","message":"as documented"}}'
NEVER: dict[str, Any] = {**ANSWERED, "ai_missing_rate": 1.0}
SAID = {
    "transcription": [http(500, b"{}"), http(500, b"{}"), http(200, b'{"data":{"status":"completed"}}')],
    "ai-summary": [http(500, b"{}")],
    "ai-score": [http(200, b'{"data":{"total_score":17}}')],
    "ai-topics": [http(404, MISSING % b"ai_topics"), http(404, MISSING % b"ai_topics"), http(200, b"[]")],
}


class Answers:
    """Answers each kind in its own way, the n-th time it is asked; POSTs are refused."""

    def __init__(self, *, always_missing: bool = False) -> None:
        self.counts: Counter[str] = Counter()
        self._always_missing = always_missing

    async def __call__(self, writer: asyncio.StreamWriter, request: bytes) -> None:
        name = request.split(b" ", 2)[1].decode().rpartition("/")[2]
        said = SAID.get(name, [http(404, b"{}")])
        answer = said[min(self.counts[name], len(said) - 1)]
        self.counts[name] += 1
        writer.write(http(404, MISSING % b"call") if self._always_missing else answer)


def asked_after(it: Stage, *seconds: float) -> None:
    assert it.parts.insights is not None
    it.parts.insights.try_after = tuple(timedelta(seconds=after) for after in seconds)


async def each_try_in_its_turn(it: Stage) -> None:
    """Its clock moves on to a try once the one before is over: however slow the machine is, none is too late to be made."""
    insights = it.parts.insights
    assert insights is not None
    begun_at = max(one.begun_at for one in insights._due.awaited.values())
    for place, after in enumerate(insights.try_after):
        insights._clock = partial(datetime.__add__, begun_at, after)
        await it.until(f"try {place}", partial(_is_over, insights, place))


def _is_over(insights: Insights, place: int) -> bool:
    """Whether each call was asked about at this place, and what came of it is in the ledger."""
    inquiries = [insights._inquiries.get(call_id) for call_id in insights._due.awaited]
    return all(one is not None and one.next_try > place and not one.untold for one in inquiries)


def fetched(it: Stage) -> list[InsightFetched]:
    return [e.event for e in it.events("insight.fetched") if isinstance(e.event, InsightFetched)]


def results(it: Stage) -> Counter[str]:
    return Counter(event.result for event in fetched(it))


def tries(event: InsightFetched) -> list[str]:
    return [one.result for one in event.asked]


def reads(it: Stage) -> list[dict[str, Any]]:
    """What the sandbox saw of questions for AI results."""
    return [line for line in it.sandbox.log.lines("request") if line["method"] == "GET"]


def open_kinds(it: Stage) -> dict[str, tuple[str, ...]]:
    assert it.parts.insights is not None
    return {call_id: one.kinds for call_id, one in it.parts.insights._due.awaited.items()}


def of_campaign(recorded: Recorded) -> str | None:
    return recorded.event.campaign_id if isinstance(recorded.event, CallClaimed) else None


def state_of(it: Stage) -> CallState:
    (claimed,) = it.events("call.claimed")
    return it.call(claimed.stream.partition(":")[2])


async def recorded_call(it: Stage) -> None:
    """A call that nobody claims, recorded, over."""
    ready = report("recording.completed", 12)
    assert isinstance(ready, RecordingCompleted)

    def decide(tx: Any) -> None:
        tx.call("call_1")
        tx.append(call_stream("call_1"), [report("call.answered", 3), report("call.completed", 9), ready])

    await it.do(decide, "webhooks")
    await it.until("awaited", lambda: "call_1" in open_kinds(it))


async def several_looks(it: Stage, count: int = 5) -> None:
    """Let it tick several times more."""
    assert it.parts.insights is not None
    periodic = it.parts.insights._periodic
    enough = periodic.rounds + count
    await it.until("looked around", lambda: periodic.rounds >= enough)
