"""Documents are done, action after action, with callers that press, stay silent and hang up."""

from datetime import datetime

import orjson
import pytest

from tests.entrypoints.sandbox.script.answering import (
    Answering,
    Reply,
    act,
    called,
    lines,
    outcomes,
    redirect,
    said,
)
from tests.entrypoints.sandbox.stage import PAYLOADS, Stage

SAY = {"say": {"text": "Hello."}}
GATHER = {"gather": {"prompt": "Press 1 or 2.", "num_digits": 1, "timeout_seconds": 5}}
TRANSFER = {"type": "transfer", "destination": "+15551230003"}


def test_without_the_setting_nothing_is_asked_and_lives_are_as_ever() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        call = await called(stage)
        assert call["events"] == ["call.created", "call.answered", "call.gathered", "call.completed"]
        assert (call["script"], server.asked, stage.sandbox.log.lines("fetch")) == (None, [], [])

    act(scene, fetch_answers=False, gather_rate=1.0, seed=2)


def test_a_call_that_nobody_answers_says_nothing() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        call = await called(stage)
        assert (call["script"], server.asked, call["events"][-1]) == (None, [], "call.failed")

    act(scene, answer_rate=0, busy_rate=1, canceled_rate=0)


@pytest.mark.parametrize(
    ("name", "done", "events", "ending"),
    [
        (
            "answer-response.json",
            [("say", "done"), ("gather", "done")],
            ["call.gathered", "call.completed"],
            "last_action",
        ),
        (
            "answer-menu-response.json",
            [("gather", "done"), ("redirect", "done"), ("say", "done")],
            ["call.gathered", "call.completed"],
            "last_action",
        ),
        (
            "answer-department-response.json",
            [("gather", "done"), ("redirect", "done"), ("say", "done")],
            ["call.gathered", "call.completed"],
            "last_action",
        ),
        (
            "answer-record-transfer-response.json",
            [("start_recording", "done"), ("say", "done"), ("transfer", "done")],
            ["recording.started", "call.completed", "recording.completed"],
            "transferred",
        ),
    ],
)
def test_the_provider_s_examples_are_done(
    name: str, done: list[tuple[str, str]], events: list[str], ending: str
) -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        document = (PAYLOADS / name).read_bytes()
        for url in (b"https://example.com/minivoice/route-menu", b"https://example.com/minivoice/department"):
            document = document.replace(url, f"{server.url}/next".encode())
        server.pages = {"/start": Reply(document), "/next": said(SAY)}
        call = await called(stage)
        assert outcomes(call) == done
        assert call["events"] == ["call.created", "call.answered", *events]
        assert (call["script"]["ending"], call["script"]["pressed"]) == (
            ending,
            ["1"] if "call.gathered" in events else [],
        )

    act(scene, press="1", recording_seconds=0)


def test_a_menu_is_walked_from_step_to_step_and_every_step_is_in_the_log() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        again = said({"say": {"text": "Once more."}}, GATHER, redirect(server, "/third"))
        server.pages = {
            "/start": said(SAY, GATHER, redirect(server, "/second?at=menu")),
            "/second": again,
            "/third": said({"type": "send_digits", "digits": "12", "pause_before_ms": 10}, TRANSFER, SAY),
        }
        call = await called(stage)
        assert server.paths() == ["/start", "/second", "/third"]
        assert server.asked[1].query == {"at": "menu"}
        assert call["script"]["pressed"] == ["2", ""]
        assert lines(stage, "action", "document", "place", "action", "outcome", "caller", "digits") == [
            (1, 0, "say", "done", None, None),
            (1, 1, "gather", "done", "presses", "2"),
            (1, 2, "redirect", "done", None, None),
            (2, 0, "say", "done", None, None),
            (2, 1, "gather", "done", "silent", ""),
            (2, 2, "redirect", "done", None, None),
            (3, 0, "send_digits", "done", None, None),
            (3, 1, "transfer", "done", None, None),
        ]
        assert lines(stage, "action", "fields")[1] == GATHER["gather"]
        assert lines(stage, "script", "call_id", "ending", "pressed") == [(call["id"], "transferred", ["2", ""])]
        assert stage.sandbox.summary()["scripts"] == {
            "fetches_by_status": {"200": 3},
            "answers_invalid": 0,
            "endings": {"transferred": 1},
        }

    act(scene, press="2,silent")


def test_two_steps_may_hear_the_same_digit_within_a_second() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": said(GATHER, GATHER, GATHER)}
        await called(stage)
        bodies = [orjson.loads(line["body"]) for line in stage.sandbox.log.lines("delivery")]  # type: ignore[arg-type]
        told = [datetime.fromisoformat(body["created_at"]) for body in bodies]
        gathered = [body for body in bodies if body["event"] == "call.gathered"]
        assert [body["data"]["digits"] for body in gathered] == ["1", "1", "1"]
        assert len({body["created_at"] for body in gathered}) == 3
        assert (told, bodies[-1]["event"]) == (sorted(told), "call.completed")

    act(scene, press="1,1,1")


def test_actions_of_both_notations_take_their_time() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {
            "/start": said(
                {"say": {"text": "x" * 50}},
                {"type": "say", "text": "x" * 50},
                {"send_digits": {"digits": "1", "pause_before_ms": 20_000}},
                {"gather": {"prompt": "x" * 50, "timeout_seconds": 10}},
            )
        }
        call = await called(stage)
        answered, ended = (datetime.fromisoformat(call[name]) for name in ("answered_at", "ended_at"))
        assert 0.44 <= (ended - answered).total_seconds() < 3

    act(scene, say_seconds_per_character=0.001, wait_factor=0.01, press="silent", after_script="hang_up")


def test_actions_without_a_sound_are_done_too() -> None:
    names = ["hold", "resume", "mute", "unmute", "stop_stream"]

    async def scene(stage: Stage, server: Answering) -> None:
        stream = {"type": "start_stream", "stream_url": "wss://example.com/audio"}
        server.pages = {"/start": said(*({"type": name} for name in names), stream)}
        call = await called(stage)
        assert outcomes(call) == [(name, "done") for name in [*names, "start_stream"]]
        assert call["events"] == ["call.created", "call.answered", "call.completed"]

    act(scene)


def test_recordings_start_and_stop_as_the_document_says() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        start, stop = {"type": "start_recording"}, {"type": "stop_recording"}
        server.pages = {"/start": said(stop, start, start, SAY, stop, start)}
        call = await called(stage)
        assert [event for event in call["events"] if event.startswith("recording.")].count("recording.started") == 2
        assert call["events"].count("recording.completed") == 2

    act(scene, recording_seconds=0)


@pytest.mark.parametrize(("returns", "said_texts"), [(False, ["there"]), (True, ["there", "back"])])
def test_what_follows_a_redirect_runs_only_when_redirects_return(returns: bool, said_texts: list[str]) -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {
            "/start": said(redirect(server, "/there"), {"say": {"text": "back"}}),
            "/there": said({"say": {"text": "there"}}),
        }
        await called(stage)
        said_fields = [fields for name, fields in lines(stage, "action", "action", "fields") if name == "say"]
        assert [fields["text"] for fields in said_fields] == said_texts

    act(scene, redirect_returns=returns)


def test_calls_of_others_ask_too_unless_only_some_do() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": said(SAY)}
        await stage.ended(6)
        asked = {call.origin.value for call in stage.sandbox.calls if call.book}
        others = {call.origin.value for call in stage.sandbox.calls if not call.book}
        assert (asked, others) == ({"inbound"}, {"foreign"})

    act(scene, fetch_only="inbound", foreign_calls_per_minute=3_000, inbound_calls_per_minute=3_000)


def test_a_call_that_is_to_be_recorded_is_recorded_before_it_says_anything() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": said({"type": "start_recording"}, GATHER, {"type": "stop_recording"}, SAY)}
        call = await called(stage, record=True)
        assert [event for event in call["events"] if event != "recording.completed"] == [
            "call.created",
            "call.answered",
            "recording.started",
            "call.gathered",
            "call.completed",
        ]
        assert call["events"].count("recording.completed") == 1

    act(scene, press="1", recording_seconds=0)
