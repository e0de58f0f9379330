"""How scripts end, and what becomes of their calls."""

from typing import Any

import pytest

from tests.entrypoints.sandbox.script.answering import (
    Answering,
    Asked,
    Reply,
    act,
    called,
    lines,
    outcomes,
    redirect,
    said,
)
from tests.entrypoints.sandbox.stage import Stage, until

SAY = {"say": {"text": "Hello."}}
GATHER = {"gather": {"prompt": "Press 1 or 2.", "num_digits": 1, "timeout_seconds": 5}}
TRANSFER = {"type": "transfer", "destination": "+15551230003"}


@pytest.mark.parametrize("action", [TRANSFER, TRANSFER | {"type": "bridge"}, {"type": "conference", "room": "a"}])
def test_after_these_nothing_later_runs(action: dict[str, object]) -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": said(action, SAY, redirect(server, "/later"))}
        call = await called(stage)
        assert (outcomes(call), call["script"]["ending"]) == ([(action["type"], "done")], "transferred")
        assert server.paths() == ["/start"]

    act(scene)


@pytest.mark.parametrize(
    ("goes_on", "done", "ending"),
    [
        (0, [("transfer", "failed")], "action_failed"),
        (1, [("transfer", "failed"), ("redirect", "done"), ("say", "done")], "last_action"),
    ],
)
def test_a_transfer_may_fail_and_then_what_follows_may_run(
    goes_on: float, done: list[tuple[str, str]], ending: str
) -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": said(TRANSFER, redirect(server, "/otherwise")), "/otherwise": said(SAY)}
        call = await called(stage)
        assert (outcomes(call), call["script"]["ending"], call["state"]) == (done, ending, "completed")

    act(scene, transfer_fail_rate=1, go_on_rate=goes_on)


def test_a_caller_may_hang_up_at_a_gather() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": said(SAY, GATHER, SAY)}
        call = await called(stage)
        assert outcomes(call) == [("say", "done"), ("gather", "hung_up")]
        assert call["events"] == ["call.created", "call.answered", "call.completed"]
        assert (call["script"]["ending"], call["script"]["pressed"]) == ("hung_up", [])

    act(scene, hang_up_rate=1, talk_seconds=60)


def test_a_caller_may_hang_up_at_a_say() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": said(SAY, GATHER)}
        call = await called(stage)
        assert (outcomes(call), call["state"]) == ([("say", "hung_up")], "completed")

    act(scene, hang_up_saying_rate=1, talk_seconds=60)


def test_a_call_that_is_hung_up_by_hand_is_cut_off_in_the_middle() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": said({"gather": {"timeout_seconds": 30}}, SAY)}
        await stage.post()
        await until(lambda: len(server.asked) == 1 and stage.sandbox.calls[0].book is not None)
        await until(lambda: stage.sandbox.calls[0].book.gathers == 1)  # type: ignore[union-attr]
        assert stage.sandbox.hang_up(stage.sandbox.calls[0].id)
        await until(lambda: len(stage.sandbox.log.lines("script")) == 1)
        assert lines(stage, "action", "action", "outcome") == [("gather", "cut_off")]
        assert lines(stage, "script", "ending") == ["hung_up"]
        assert stage.sandbox.calls[0].events == ["call.created", "call.answered", "call.completed"]

    act(scene, press="silent", wait_factor=1)


def test_the_sandbox_ends_in_the_middle_of_a_script() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": said({"gather": {"timeout_seconds": 30}}, SAY)}
        await stage.post()
        await until(lambda: len(server.asked) == 1)

    act(scene, press="silent", wait_factor=1)


@pytest.mark.parametrize(("after_script", "goes_on"), [("silence", True), ("hang_up", False)])
def test_after_the_last_action_the_call_goes_on_or_ends(after_script: str, goes_on: bool) -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": said(SAY)}
        await stage.post()
        await until(lambda: len(stage.sandbox.log.lines("script")) == 1)
        assert lines(stage, "script", "ending") == ["last_action"]
        if not goes_on:
            await stage.ended()
        assert stage.sandbox.calls[0].active is goes_on

    act(scene, talk_seconds=60, after_script=after_script)


def test_a_transferred_call_goes_on_for_its_talk_seconds_anyway() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": said(TRANSFER)}
        await stage.post()
        await until(lambda: len(stage.sandbox.log.lines("script")) == 1)
        assert stage.sandbox.calls[0].active

    act(scene, talk_seconds=60, after_script="hang_up")


def test_a_document_without_actions_is_silence() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": said()}
        call = await called(stage)
        assert (call["script"]["ending"], call["state"]) == ("last_action", "completed")

    act(scene)


def loop(server: Answering, **fields: object) -> dict[str, Reply | Any]:
    def page(_: Asked) -> Reply:
        return said(redirect(server, "/start", **fields))

    return {"/start": page}


@pytest.mark.parametrize(
    ("fields", "settings", "fetches"),
    [
        ({}, {}, 21),
        ({}, {"redirects_max": 3}, 4),
        ({"max_redirects": 20}, {"redirects_max": 3}, 21),
        ({"max_redirects": 1}, {}, 2),
        ({"max_redirects": 0}, {}, 1),
    ],
)
def test_a_loop_of_redirects_ends_at_their_limit(
    fields: dict[str, object], settings: dict[str, object], fetches: int
) -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = loop(server, **fields)
        call = await called(stage)
        assert (len(server.asked), len(call["script"]["fetches"])) == (fetches, fetches)
        assert outcomes(call) == [("redirect", "done")] * (fetches - 1) + [("redirect", "failed")]
        assert (call["script"]["ending"], call["events"][-1]) == ("too_many_redirects", "call.failed")

    act(scene, **settings)


def test_an_invalid_document_fails_the_call_and_is_in_the_log_with_what_is_wrong() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": said(SAY, {"gather": {"timeout_seconds": 31}})}
        call = await called(stage)
        assert (call["script"]["ending"], call["script"]["actions"]) == ("answer_invalid", [])
        assert call["events"] == ["call.created", "call.answered", "call.failed"]
        [(document, faults, body)] = lines(stage, "answer_invalid", "document", "faults", "body")
        assert (document, faults) == (1, ["actions[1].gather.timeout_seconds: must be a whole number from 1 to 30"])
        assert '"timeout_seconds":31' in body
        assert stage.sandbox.summary()["scripts"] == {
            "fetches_by_status": {"200": 1},
            "answers_invalid": 1,
            "endings": {"answer_invalid": 1},
        }

    act(scene)


def test_an_invalid_document_behind_a_redirect_fails_the_call_in_the_middle() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": said(GATHER, redirect(server, "/next")), "/next": Reply(b"<html>")}
        call = await called(stage)
        assert call["events"] == ["call.created", "call.answered", "call.gathered", "call.failed"]
        assert lines(stage, "answer_invalid", "document", "faults") == [(2, ["not JSON"])]

    act(scene, press="1")
