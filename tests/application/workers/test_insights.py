"""AI results of recorded calls, over real HTTP: late, never, not readable, after a restart, and while the ledger refuses."""

import logging
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.log_lines import log_to_stderr
from application.workers.insights import TRIES_TOLD_FROM, TRY_AFTER, Insights
from domain.call import INSIGHT_KINDS
from domain.identity import call_stream
from entrypoints import wiring
from projections.call_journey import journey
from tests.application.dialer.stage import numbers, play, stage
from tests.application.workers.asking_insights import (
    ANSWERED,
    HOUR,
    NEVER,
    SOON,
    asked_after,
    each_try_in_its_turn,
    fetched,
    of_campaign,
    reads,
    results,
    state_of,
    tries,
)

pytestmark = pytest.mark.usefixtures("at_a_quick_pace")


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
        async with stage(tmp_path, recording_seconds="600:600", ai_seconds="0:0", **ANSWERED) as it:
            asked_after(it, 0.05, 0.3, 0.6)
            await it.campaign(numbers(1), record=True)
            await it.until("given up", lambda: results(it)["gave_up"] == 4)
            await it.until("completed", lambda: it.phase() == "completed")
            before, state = it.counts(), state_of(it)
            it.sandbox._world.exchange.recorder._ready(it.sandbox.calls[0], 1)
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


def test_the_tries_are_further_and_further_apart_and_end_after_a_day() -> None:
    assert [later > sooner for sooner, later in pairwise(TRY_AFTER)] == [True] * (len(TRY_AFTER) - 1)
    gaps = [later - sooner for sooner, later in pairwise(TRY_AFTER)]
    assert gaps == sorted(gaps)
    assert (TRY_AFTER[0], TRY_AFTER[-1]) == (timedelta(seconds=10), timedelta(hours=24))
