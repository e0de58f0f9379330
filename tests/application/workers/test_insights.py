"""AI results of recorded calls, over real HTTP: late, never, not readable, after a restart, and while the ledger refuses."""

import asyncio
import logging
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from adapters.ledger.sqlite import SqliteRecorder
from adapters.log_lines import log_to_stderr
from application.workers import insights
from application.workers.insights import READS_AT_ONCE_MAX, TRIES_TOLD_FROM, TRY_AFTER, Insights
from domain.call import INSIGHT_KINDS, CallClaimed, CallState, InsightFetched, RecordingCompleted
from domain.errors import LedgerUnavailable
from domain.events import Recorded
from domain.identity import call_stream
from entrypoints import wiring
from projections.call_journey import journey
from tests.adapters.minivoice_server import http, raw_server
from tests.application.dialer.stage import Stage, numbers, play, stage
from tests.domain.given import report

SOON = (0.05, 0.6, 1.2)
HOUR = 3600.0
ANSWERED: dict[str, Any] = {"answer_rate": 1.0}
MISSING = b'{"error":{"code":"%b_not_found","message":"as documented"}}'
NEVER: dict[str, Any] = {**ANSWERED, "ai_missing_rate": 1.0}


@pytest.fixture(autouse=True)
def _at_a_quick_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insights, "READS_PER_SECOND", 2_000.0)
    monkeypatch.setattr(insights, "TICK_SECONDS", 0.02)


def test_results_that_come_late_are_fetched_each_on_its_own_and_shown(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, ai_seconds="0:0", **NEVER) as it:
            asked_after(it, *(0.2 * place for place in range(1, 100)))
            await it.campaign(numbers(1), record=True)
            await it.until("missing", lambda: results(it)["missing"] == 4)
            it.sandbox.update(ai_missing_rate=0.0)
            await it.until("all fetched", lambda: results(it)["completed"] == 4)
            await it.until("completed", lambda: it.phase() == "completed")
            assert results(it) == {"missing": 4, "completed": 4}
            for kind in INSIGHT_KINDS:
                missing, completed = (tries(event) for event in fetched(it) if event.kind == kind)
                assert missing == ["missing"] * TRIES_TOLD_FROM
                assert completed == [*["missing"] * (len(completed) - 1), "completed"]
            assert sum(len(event.asked) for event in fetched(it)) == len(reads(it))
            assert it.parts.insights is not None
            assert it.parts.insights._due.awaited == {}
            assert it.counts() == {"reached": 1}
            (call_id,) = {event.stream for event in it.events("insight.fetched")}
            shown = journey("c", it.parts.ledger.read_stream(call_id))
            assert shown is not None
            assert shown.state.phase == "ended"
            assert {e.detail["result"] for e in shown.entries if e.event == "insight.fetched"} == {
                "missing",
                "completed",
            }

    play(scenario)


def test_results_that_never_come_are_given_up_and_delay_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, **NEVER) as it:
            asked_after(it, HOUR, 2 * HOUR, 3 * HOUR)
            await it.campaign(numbers(3), record=True)
            await it.until("completed", lambda: it.phase() == "completed")
            await it.until("recorded", lambda: len(it.events("recording.completed")) == 3)
            assert results(it)["gave_up"] == 0
            before = it.counts()
            await each_try_in_its_turn(it)
            assert results(it)["gave_up"] == 12
            assert results(it) == {"missing": 12, "gave_up": 12}
            assert {word for event in fetched(it) for word in tries(event)} == {"missing"}
            assert sum(len(event.asked) for event in fetched(it)) == len(reads(it))
            assert len(reads(it)) == 3 * 12
            assert {t.code for e in fetched(it) for t in e.asked} == {
                "transcription_not_found",
                "ai_summary_not_found",
                "ai_score_not_found",
                "ai_topics_not_found",
            }
            assert it.counts() == before
            assert it.phase() == "completed"

    play(scenario)


def test_calls_that_were_not_recorded_are_not_asked_about(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, **ANSWERED) as it:
            asked_after(it, *SOON)
            await it.campaign(numbers(2), record=False)
            await it.campaign(numbers(3)[2:], "autumn", record=True)
            await it.until("completed", lambda: it.phase("autumn") == it.phase() == "completed")
            await it.until("fetched", lambda: results(it)["completed"] == 4)
            recorded = {e.stream for e in it.events("call.claimed") if of_campaign(e) == "autumn"}
            assert {event.stream for event in it.events("insight.fetched")} == recorded
            assert len({line["path"].split("/")[3] for line in reads(it)}) == 1

    play(scenario)


def test_calls_that_nobody_answered_are_not_asked_about(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, answer_rate=0.0) as it:
            asked_after(it, *SOON)
            await it.campaign(numbers(3), record=True)
            await it.until("completed", lambda: it.phase() == "completed")
            it.sandbox.update(answer_rate=1.0)
            await it.campaign(numbers(4)[3:], "autumn", record=True)
            await it.until("fetched", lambda: results(it)["completed"] == 4)
            answered = {e.stream for e in it.events("call.claimed") if of_campaign(e) == "autumn"}
            assert {call_stream(line["path"].split("/")[3]) for line in reads(it)} == answered

    play(scenario)


def test_a_recording_that_is_ready_late_begins_the_asking_anew_and_changes_nothing_else(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, recording_seconds="2.5:2.5", ai_seconds="0.05:0.05", **ANSWERED) as it:
            asked_after(it, 0.05, 0.3, 0.6)
            await it.campaign(numbers(1), record=True)
            await it.until("given up", lambda: results(it)["gave_up"] == 4)
            await it.until("completed", lambda: it.phase() == "completed")
            before, state = it.counts(), state_of(it)
            await it.until("fetched all the same", lambda: results(it)["completed"] == 4)
            assert len(it.events("recording.completed")) == 1
            # That there is a recording is one more proof that it was answered.
            assert state_of(it).proofs == state.proofs | {"recording.completed"}
            assert replace(state_of(it), proofs=state.proofs) == state
            assert (it.counts(), it.phase()) == (before, "completed")

    play(scenario)


def test_a_recording_that_failed_is_told_and_its_results_are_given_up(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, recording_failed_rate=1.0, **ANSWERED) as it:
            asked_after(it, *SOON)
            await it.campaign(numbers(1), record=True)
            await it.until("given up", lambda: results(it)["gave_up"] == 4)
            (failed,) = it.events("recording.failed")
            shown = journey("c", it.parts.ledger.read_stream(failed.stream))
            assert shown is not None
            assert "recording.failed" in [entry.event for entry in shown.entries]
            assert (shown.state.phase, shown.state.outcome, shown.state.step) == (
                "ended",
                "completed",
                "recording.started",
            )
            assert it.counts() == {"reached": 1}

    play(scenario)


def test_reads_that_fail_are_tried_again_and_told_with_their_reason(tmp_path: Path) -> None:
    async def scenario() -> None:
        answers = Answers()
        async with raw_server(answers) as server, stage(tmp_path, provider=server.url) as it:
            asked_after(it, *(nth * HOUR for nth in range(1, 6)))
            await recorded_call(it)
            await each_try_in_its_turn(it)
            await it.until("over", lambda: not open_kinds(it))
            by_kind = {kind: [e.result for e in fetched(it) if e.kind == kind] for kind in INSIGHT_KINDS}
            assert by_kind == {
                "transcription": ["failed", "completed"],
                "summary": ["failed", "gave_up"],
                "score": ["completed"],
                "topics": ["missing", "failed", "gave_up"],
            }
            last = {e.kind: e for e in fetched(it)}
            assert (last["summary"].why, last["summary"].body) == ("HTTP 500", "{}")
            assert last["topics"].why == "the answer has no data"
            asked = sum(len(event.asked) for event in fetched(it))
            assert asked == len(server.requests)

    play(scenario)


def test_what_was_open_at_the_end_of_a_process_is_asked_for_by_the_next_and_given_up_in_time(tmp_path: Path) -> None:
    async def first() -> None:
        async with stage(tmp_path, **NEVER) as it:
            asked_after(it, *(0.1 * place for place in range(1, 200)), HOUR)
            await it.campaign(numbers(2), record=True)
            await it.until("missing", lambda: results(it)["missing"] == 8)

    async def second() -> None:
        answers = Answers(always_missing=True)
        async with raw_server(answers) as server, stage(tmp_path, provider=server.url) as it:
            asked_after(it, 0.02, 0.1)
            await it.until("given up", lambda: results(it)["gave_up"] == 8)
            assert len(server.requests) == 8
            assert open_kinds(it) == {}

    async def third() -> None:
        async with stage(tmp_path) as it:
            assert it.parts.insights is not None
            await it.parts.insights._follower.wait_live()
            assert open_kinds(it) == {}

    play(first)
    play(second)
    play(third)


def test_while_the_ledger_refuses_nothing_is_asked_and_no_answer_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> object:
        raise LedgerUnavailable("disk full")

    async def scenario() -> None:
        async with stage(tmp_path, ai_seconds="0:0", **ANSWERED) as it:
            asked_after(it, 0.01, 60)
            with monkeypatch.context() as waiting:
                waiting.setattr(Insights, "_due_calls", lambda _: [])
                await it.campaign(numbers(6), record=True)
                await it.until("completed", lambda: it.phase() == "completed")
                await it.until("recorded", lambda: len(it.events("recording.completed")) == 6)
                monkeypatch.setattr(SqliteRecorder, "writing", refuses)
            await it.until("trouble", lambda: it.parts.troubles()["insights"] is not None)
            assert it.parts.troubles()["insights"] == (
                "AI results could not be recorded: the ledger could not be written (disk full); nothing was stored"
            )
            asked = len(reads(it))
            assert 4 <= asked <= 4 * READS_AT_ONCE_MAX
            await several_looks(it)
            assert len(reads(it)) == asked
            monkeypatch.undo()
            monkeypatch.setattr(insights, "READS_PER_SECOND", 2_000.0)
            await it.until("fetched", lambda: results(it)["completed"] == 24)
            assert len(reads(it)) == 24
            await it.until("no trouble", lambda: it.parts.troubles()["insights"] is None)

    play(scenario)


def test_a_mistake_of_ours_is_a_trouble_that_ends_nothing_and_says_nothing_that_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def mistaken(*_: object) -> object:
        raise RuntimeError("I need help with billing.")

    async def scenario() -> None:
        async with stage(tmp_path, **ANSWERED) as it:
            asked_after(it, *SOON)
            monkeypatch.setattr(Insights, "_due_calls", mistaken)
            await it.campaign(numbers(1), record=True)
            await it.until("trouble", lambda: it.parts.troubles()["insights"] is not None)
            assert (it.parts.troubles()["insights"] or "").startswith(
                "AI results could not be asked for: RuntimeError (test_insights.py:"
            )
            await it.until("completed", lambda: it.phase() == "completed")
            it.parts.lines.flush()
        shown = capsys.readouterr()
        assert "billing" not in shown.err + shown.out

    play(scenario)


def test_what_was_said_in_a_call_is_in_the_ledger_and_in_no_log_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(wiring, "log_to_stderr", lambda _, clock, form: log_to_stderr(logging.DEBUG, clock, form))

    async def scenario() -> None:
        async with stage(tmp_path, ai_seconds="0:0", **ANSWERED) as it:
            asked_after(it, *(0.1 * place for place in range(1, 100)))
            await it.campaign(numbers(1), record=True)
            await it.until("fetched", lambda: results(it)["completed"] == 4)
            it.parts.lines.flush()
            bodies = "".join(event.body or "" for event in fetched(it))
            assert "I need help with billing." in bodies

    play(scenario)
    shown = capsys.readouterr()
    assert '"event":"AI result"' in shown.err
    assert '"operation":"get_insight"' in shown.err
    assert "billing" not in (shown.err + shown.out).lower()


def test_more_calls_than_can_be_kept_are_given_up_from_the_oldest(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, recording_seconds="600:600", **NEVER) as it:
            asked_after(it, 3600)
            assert it.parts.insights is not None
            it.parts.insights.awaited_max = 2
            await it.campaign(numbers(5), record=True, at_once=1)
            await it.until("given up", lambda: results(it)["gave_up"] == 12)
            await several_looks(it)
            assert results(it) == {"gave_up": 12}
            assert {e.why for e in fetched(it)} == {"more than 2 calls wait for AI results"}
            claimed = [event.stream for event in it.events("call.claimed")]
            assert {event.stream for event in it.events("insight.fetched")} == set(claimed[:3])
            assert reads(it) == []

    play(scenario)


def test_the_pace_of_reading_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insights, "READS_PER_SECOND", 20.0)

    async def scenario() -> None:
        async with stage(tmp_path, ai_seconds="0:0", **ANSWERED) as it:
            asked_after(it, 0.01, 60)
            await it.campaign(numbers(10), record=True)
            began = it.now()
            await it.until("fetched", lambda: results(it)["completed"] == 40)
            seconds = (it.now() - began).total_seconds()
            assert len(reads(it)) >= 40
            assert seconds >= (len(reads(it)) - 2 * READS_AT_ONCE_MAX) / 20

    play(scenario)


def test_the_tries_are_further_and_further_apart_and_end_after_a_day() -> None:
    assert [later > sooner for sooner, later in pairwise(TRY_AFTER)] == [True] * (len(TRY_AFTER) - 1)
    gaps = [later - sooner for sooner, later in pairwise(TRY_AFTER)]
    assert gaps == sorted(gaps)
    assert (TRY_AFTER[0], TRY_AFTER[-1]) == (timedelta(seconds=10), timedelta(hours=24))


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
