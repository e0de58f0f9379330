"""AI results that fail, are open at a restart, too many, or not to be recorded; and the pace of asking."""

from pathlib import Path

import pytest

from adapters.ledger.sqlite import SqliteRecorder
from application.workers import insights
from application.workers.insights import READS_AT_ONCE_MAX, Insights
from domain.call import INSIGHT_KINDS
from domain.errors import LedgerUnavailable
from tests.adapters.minivoice_server import raw_server
from tests.application.dialer.stage import numbers, play, stage
from tests.application.workers.asking_insights import (
    ANSWERED,
    HOUR,
    NEVER,
    Answers,
    asked_after,
    each_try_in_its_turn,
    fetched,
    open_kinds,
    reads,
    recorded_call,
    results,
    several_looks,
)

pytestmark = pytest.mark.usefixtures("at_a_quick_pace")


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


async def does_nothing(_: Insights) -> None:
    """Do nothing."""


def test_all_that_is_too_much_is_given_up_at_one_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look may take 20 s while it asks, and thousands of calls end meanwhile."""
    monkeypatch.setattr(insights, "GIVEN_UP_AT_ONCE_MAX", 2)

    async def scenario() -> None:
        async with stage(tmp_path, recording_seconds="600:600", **NEVER) as it:
            asked_after(it, 3600)
            asks = it.parts.insights
            assert asks is not None
            await it.campaign(numbers(7), record=True)
            await it.until("open", lambda: len(open_kinds(it)) == 7)
            one_look = asks._give_up_surplus
            monkeypatch.setattr(Insights, "_give_up_surplus", does_nothing)  # no other look does it
            asks.awaited_max = 2
            await one_look()
            assert results(it) == {"gave_up": 20}

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
