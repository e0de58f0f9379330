"""What a caller hears where a call does not go as its script hoped: the table in docs/scripts.md, a test for each row.

One installation dials one sandbox over real HTTP, call after call; both stand still between the tests.
"""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from application.workers import insights as insights_module
from domain.call import INSIGHT_KINDS
from domain.script import SAFE_TEXT
from entrypoints.http import webhook_connection
from tests.application.dialer.stage import stage
from tests.journeys.theatre import DIGITS_WAIT_SECONDS, PROMPT, SCRIPT, LostOnce, Slow, Theatre, in_front_of


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    folder: Path = tmp_path_factory.mktemp("fallbacks")
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        played = runner.run(stack.enter_async_context(stage(folder, digits_wait=DIGITS_WAIT_SECONDS)))
        try:
            yield Theatre(runner, played)
        finally:
            runner.run(stack.aclose())


def test_nothing_goes_wrong(theatre: Theatre) -> None:
    told = theatre.call()

    assert told.heard == ["Hello Ada.", PROMPT, "Thank you."]
    assert told.state() == ("reached", "ended", "completed", "confirmed")
    assert told.steps() == ["menu", "confirmed"]


def test_no_digit(theatre: Theatre) -> None:
    told = theatre.call(press=("silent",))

    assert told.heard == ["Hello Ada.", PROMPT, "You pressed nothing."]
    assert told.state() == ("reached", "ended", "completed", "silent")
    assert told.events("call.gathered") == ["call.gathered"]


def test_a_wrong_digit_is_asked_again_and_then_goes_to_exhausted(theatre: Theatre) -> None:
    told = theatre.call(press=("9", "8"))

    assert told.heard == ["Hello Ada.", PROMPT, PROMPT, "Goodbye."]
    assert told.state() == ("reached", "ended", "completed", "too_often")
    assert told.steps() == ["menu", "menu", "too_often"]


def test_a_wrong_digit_and_then_a_right_one(theatre: Theatre) -> None:
    told = theatre.call(press=("9", "1"))

    assert told.heard == ["Hello Ada.", PROMPT, PROMPT, "Thank you."]
    assert told.steps() == ["menu", "menu", "confirmed"]


def test_digits_that_do_not_become_known_in_time(theatre: Theatre) -> None:
    told = theatre.call(drop_rate=1.0, drop_events=("call.gathered",))

    assert told.heard == ["Hello Ada.", PROMPT, "We call again."]
    assert told.state() == ("reached", "ended", "completed", "unheard")
    assert told.events("call.gathered") == []


def test_busy(theatre: Theatre) -> None:
    told = theatre.call(answer_rate=0.0, busy_rate=1.0)

    assert (told.heard, told.ending, told.steps()) == ([], None, [])
    assert told.state() == ("failed", "ended", "failed", "call.created")


def test_unanswered(theatre: Theatre) -> None:
    told = theatre.call(answer_rate=0.0)

    assert (told.heard, told.ending, told.steps()) == ([], None, [])
    assert told.state() == ("not_reached", "ended", "completed", "call.created")


def test_a_hang_up_in_the_middle(theatre: Theatre) -> None:
    told = theatre.call(press=("hang_up",))

    assert told.heard == ["Hello Ada.", f"{PROMPT} (hung_up)"]
    assert told.ending == "hung_up"
    assert told.state() == ("reached", "ended", "completed", "menu")
    assert told.events("call.gathered") == []


def test_a_transfer_fails_and_minivoice_goes_on(theatre: Theatre) -> None:
    told = theatre.call(press=("2",), transfer_fail_rate=1.0, go_on_rate=1.0)

    assert told.heard == ["Hello Ada.", PROMPT, "transfer (failed)", "Nobody is free."]
    assert told.state() == ("reached", "ended", "completed", "nobody")
    assert told.steps() == ["menu", "agent", "nobody"]


def test_a_transfer_fails_and_minivoice_does_not_go_on(theatre: Theatre) -> None:
    told = theatre.call(press=("2",), transfer_fail_rate=1.0)

    assert told.heard == ["Hello Ada.", PROMPT, "transfer (failed)"]
    assert told.ending == "action_failed"
    assert told.state() == ("reached", "ended", "completed", "agent")


def test_a_transfer_that_comes_about_ends_the_script(theatre: Theatre) -> None:
    told = theatre.call(press=("2",))

    assert (told.heard[-1], told.ending) == ("transfer", "transferred")
    assert told.steps() == ["menu", "agent"]


def test_the_answer_url_is_too_slow_for_minivoice(theatre: Theatre) -> None:
    with in_front_of(theatre, "_answers", Slow(0.4, 1)):
        told = theatre.call("answer.served", answer_timeout_seconds=0.1)

    assert (told.heard, told.ending) == ([], "answer_unreachable")
    assert told.state() == ("reached", "ended", "failed", "menu")
    assert told.steps() == ["menu"]


def test_the_answer_url_is_slow_and_minivoice_asks_again(theatre: Theatre) -> None:
    with in_front_of(theatre, "_answers", Slow(3.0, 1)):
        told = theatre.call(answer_timeout_seconds=1.0, answer_tries=2)

    assert told.heard == ["Hello Ada.", PROMPT, "Thank you."]
    assert told.state() == ("reached", "ended", "completed", "confirmed")
    assert told.steps() == ["menu", "menu", "confirmed"]
    assert [entry["detail"].get("again") for entry in told.entries if entry["event"] == "answer.served"] == [
        None,
        True,
        None,
    ]


def test_dialtrail_waits_for_digits_for_longer_than_minivoice_waits_for_the_answer(theatre: Theatre) -> None:
    lost: dict[str, Any] = {"drop_rate": 1.0, "drop_events": ("call.gathered",)}
    told = theatre.call("answer.served", "answer.served", answer_timeout_seconds=DIGITS_WAIT_SECONDS / 2, **lost)

    assert (told.heard, told.ending) == (["Hello Ada.", PROMPT], "answer_unreachable")
    assert told.state()[:3] == ("reached", "ended", "failed")
    assert told.steps() == ["menu", "unheard"]


def test_a_second_try_of_minivoice_is_told_what_the_first_one_is(theatre: Theatre) -> None:
    lost: dict[str, Any] = {"drop_rate": 1.0, "drop_events": ("call.gathered",)}
    told = theatre.call(answer_timeout_seconds=DIGITS_WAIT_SECONDS * 0.9, answer_tries=2, **lost)

    assert told.heard == ["Hello Ada.", PROMPT, "We call again."]
    assert told.steps() == ["menu", "unheard", "unheard"]


def test_a_webhook_is_retried(theatre: Theatre) -> None:
    # What stands in front of the receiver sees only what does not go the short way.
    ordinary = patch.object(webhook_connection, "plain_fields", lambda _: None)
    with ordinary, in_front_of(theatre, "receiver", LostOnce(b'"call.gathered"')):
        told = theatre.call("call.redelivered")

    assert told.heard == ["Hello Ada.", PROMPT, "Thank you."]
    assert told.state() == ("reached", "ended", "completed", "confirmed")
    assert [(e["deliveries"], e["notes"]) for e in told.entries if e["event"] == "call.gathered"] == [
        (2, ["redelivered"])
    ]


def test_a_recording_is_late(theatre: Theatre) -> None:
    told = theatre.call("recording.completed", record=True, recording_seconds="0.6:0.6")

    assert told.heard == ["Hello Ada.", PROMPT, "Thank you."]
    assert told.state() == ("reached", "ended", "completed", "confirmed")
    assert [
        entry["event"] for entry in told.entries if entry["event"] in {"call.completed", "recording.completed"}
    ] == [
        "call.completed",
        "recording.completed",
    ]


def test_a_recording_fails(theatre: Theatre) -> None:
    told = theatre.call("recording.failed", record=True, recording_failed_rate=1.0)

    assert told.heard == ["Hello Ada.", PROMPT, "Thank you."]
    assert told.state() == ("reached", "ended", "completed", "confirmed")
    assert "recording.completed" not in {entry["event"] for entry in told.entries}


@contextmanager
def asking_soon(theatre: Theatre, tries: int) -> Iterator[None]:
    """AI results are asked for again and again within seconds instead of a day."""
    insights = theatre.stage.parts.insights
    assert insights is not None
    # A recording is ready in a whole second, and so up to one ago.
    soon = tuple(timedelta(seconds=1.1 + 0.2 * place) for place in range(tries))
    with (
        patch.object(insights, "try_after", soon),
        patch.object(insights._periodic, "_seconds", 0.02),
        patch.object(insights_module, "READS_PER_SECOND", 400.0),
    ):
        yield


def test_an_ai_result_is_late(theatre: Theatre) -> None:
    stage = theatre.stage
    claimed_before = len(stage.events("call.claimed"))

    def were_missed() -> bool:
        own = {recorded.stream for recorded in stage.events("call.claimed")[claimed_before:]}
        return sum(recorded.stream in own for recorded in stage.events("insight.fetched")) == len(INSIGHT_KINDS)

    async def come_once_they_were_missed() -> None:
        await stage.until("missed", were_missed)
        stage.sandbox.update(ai_missing_rate=0.0)

    with asking_soon(theatre, tries=300):
        told = theatre.call(
            *["insight.fetched"] * 8, beside=come_once_they_were_missed(), record=True, ai_missing_rate=1.0
        )

    assert told.state() == ("reached", "ended", "completed", "confirmed")
    assert sorted(told.events("insight.fetched")) == sorted(
        f"insight.fetched {kind} {result}"
        for kind in ("transcription", "summary", "score", "topics")
        for result in ("missing", "completed")
    )


def test_an_ai_result_never_comes(theatre: Theatre) -> None:
    with asking_soon(theatre, tries=16):
        told = theatre.call(*["insight.fetched"] * 8, record=True, ai_missing_rate=1.0)

    assert told.state() == ("reached", "ended", "completed", "confirmed")
    assert sorted(told.events("insight.fetched")) == sorted(
        f"insight.fetched {kind} {result}"
        for kind in ("transcription", "summary", "score", "topics")
        for result in ("missing", "gave_up")
    )


def test_a_say_has_a_variable_that_the_recipient_lacks(theatre: Theatre) -> None:
    told = theatre.call(variables={})

    assert told.heard == ["Hello.", PROMPT, "Thank you."]
    assert told.state() == ("reached", "ended", "completed", "confirmed")
    assert told.events("answer.served") == ["answer.served menu missing_variable", "answer.served confirmed"]


def test_a_variable_is_missing_and_the_script_has_no_step_for_that(theatre: Theatre) -> None:
    steps = {name: step for name, step in SCRIPT["steps"].items() if name != "nameless"}
    bare = {**SCRIPT, "steps": steps, "on_missing_variable": None}
    told = theatre.call(variables={}, script={name: value for name, value in bare.items() if value is not None})

    assert told.heard == [SAFE_TEXT]
    assert told.state()[:3] == ("reached", "ended", "completed")
    assert told.events("answer.served") == ["answer.served missing_variable"]


def test_a_campaign_without_a_script_is_told_what_is_safe(theatre: Theatre) -> None:
    told = theatre.call(script=None)

    assert told.heard == [SAFE_TEXT]
    assert told.events("answer.served") == ["answer.served no_script"]
