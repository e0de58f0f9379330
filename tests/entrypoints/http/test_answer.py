import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from application.answering import keeping
from domain.call import AnswerServed
from domain.quarantine import DeliveryQuarantined
from domain.script import SAFE_TEXT
from tests.entrypoints.serving import (
    FROM,
    OTHER,
    SPRING,
    TO,
    Serving,
    full_disk,
    held_writer,
    payload,
    play,
    until,
)

SCRIPT: dict[str, Any] = {
    "start": "greeting",
    "on_missing_variable": "nameless",
    "defaults": {"place": "our office"},
    "steps": {
        "greeting": {"actions": [{"say": "Hello {name}, this is {place}."}], "next": "menu"},
        "nameless": {"actions": [{"say": "Hello."}], "next": "menu"},
        "menu": {
            "gather": {"prompt": "Press 1 or 2.", "num_digits": 1, "timeout_seconds": 7},
            "on": {"1": "yes", "2": "agent"},
            "no_input": "goodbye",
            "invalid": "menu",
            "timeout": "later",
            "tries_max": 2,
            "exhausted": "goodbye",
        },
        "yes": {"actions": [{"say": "Thank you, {name}."}], "end": True},
        "agent": {"transfer": {"destination": "+15551230009"}, "otherwise": "goodbye"},
        "later": {"actions": [{"say": "We call again."}], "end": True},
        "goodbye": {"actions": [{"say": "Goodbye."}], "end": True},
    },
}
NAMELESS = {**SCRIPT, "defaults": {"place": "our office", "name": "you"}}
SAFE = {"actions": [{"say": {"text": SAFE_TEXT}}]}
NO_WAIT = {"DIALTRAIL_DIGITS_WAIT_SECONDS": "0"}


async def campaign(stage: Serving, script: Any = SCRIPT, name: str | None = "Ada") -> None:
    """A campaign with this script, and a call under way to `TO`."""
    created = await stage.client.post("/v1/campaigns", json={**SPRING, **({"script": script} if script else {})})
    assert created.status_code == 201, created.text
    row = {"number": TO, "variables": {} if name is None else {"name": name}}
    await stage.client.post("/v1/campaigns/spring_followup/recipients", json={"recipients": [row]})
    assert (await stage.client.post("/v1/campaigns/spring_followup/start")).status_code == 200
    await stage.dial(TO, "call_1")


async def ask(stage: Serving, path: str = "/answer?call_id=call_1", **options: Any) -> dict[str, Any]:
    answer = await stage.client.get(path) if not options else await stage.client.post(path, **options)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), answer.text
    found: dict[str, Any] = answer.json()
    return found


def redirect_of(found: dict[str, Any]) -> str:
    return str(next(action["redirect"]["url"] for action in found["actions"] if "redirect" in action))


def said(found: dict[str, Any]) -> list[str]:
    return [action["say"]["text"] for action in found["actions"] if "say" in action]


async def press(stage: Serving, digits: str | None, seconds: float = 5) -> None:
    data = {"digits": digits, "timed_out": digits is None, "status": "completed"}
    answer = await stage.deliver(payload("call.gathered", seconds=seconds, data=data))
    assert answer.status_code == 204, answer.text


def answers(stage: Serving) -> list[AnswerServed]:
    return [one.event for one in stage.feed() if isinstance(one.event, AnswerServed)]


async def recorded(stage: Serving, count: int = 1) -> list[AnswerServed]:
    """What was served, once so many answers are in the ledger."""
    await until(lambda: len(answers(stage)) >= count)
    return answers(stage)


async def put_away(stage: Serving, count: int) -> list[DeliveryQuarantined]:
    """What nobody could make use of, once so much of it is in the ledger."""

    def found() -> list[DeliveryQuarantined]:
        return [one.event for one in stage.feed() if isinstance(one.event, DeliveryQuarantined)]

    await until(lambda: len(found()) >= count)
    return found()


def test_a_call_is_told_what_its_script_says_to_this_person(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        found = await ask(stage)
        assert said(found) == ["Hello Ada, this is our office."]
        assert found["actions"][1] == {"gather": {"prompt": "Press 1 or 2.", "num_digits": 1, "timeout_seconds": 7}}
        assert redirect_of(found).startswith("http://127.0.0.1:8080/answer?dt_at=")

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("digits", "expected"),
    [("1", ["Thank you, Ada."]), (None, ["Goodbye."]), ("9", [])],
)
def test_the_branch_is_that_of_what_was_pressed(tmp_path: Path, digits: str | None, expected: list[str]) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        await press(stage, digits)
        found = await ask(stage, url)
        assert said(found) == expected
        assert ("gather" in found["actions"][0]) == (digits == "9")

    play(tmp_path, scene)


def test_a_question_is_asked_so_often_and_no_oftener(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        await press(stage, "9", 5)
        again = redirect_of(await ask(stage, url))
        await press(stage, "8", 15)
        assert said(await ask(stage, again)) == ["Goodbye."]

    play(tmp_path, scene)


def test_a_transfer_ends_with_what_follows_where_it_fails(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        await press(stage, "2")
        found = await ask(stage, url)
        assert found["actions"][0] == {"type": "transfer", "destination": "+15551230009"}
        assert said(await ask(stage, redirect_of(found))) == ["Goodbye."]

    play(tmp_path, scene)


def test_a_branch_waits_for_its_digits(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        asking = asyncio.create_task(ask(stage, url))
        await until(lambda: stage.parts.answerer._digits._waiting)
        await press(stage, "1")
        assert said(await asking) == ["Thank you, Ada."]

    play(tmp_path, scene, DIALTRAIL_DIGITS_WAIT_SECONDS="10")


def test_where_the_digits_do_not_come_it_takes_the_way_for_that(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        assert said(await ask(stage, url)) == ["We call again."]
        # What was said was said: a retry of the same request is told the same, whatever became known since.
        await press(stage, "1")
        assert said(await ask(stage, url)) == ["We call again."]

    play(tmp_path, scene, **NO_WAIT)


def test_a_call_that_has_ended_is_not_waited_for(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        await stage.deliver(payload("call.completed", seconds=9))
        async with asyncio.timeout(5):
            assert said(await ask(stage, url)) == ["We call again."]

    play(tmp_path, scene, DIALTRAIL_DIGITS_WAIT_SECONDS="10")


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/answer", {"json": {"call": {"id": "call_1"}}}),
        ("/answer", {"data": {"call_id": "call_1"}}),
        ("/answer", {"headers": {"x-minivoice-call-id": "call_1"}}),
        ("/answer", {"json": {"from": FROM, "to": TO}}),
        ("/answer", {"data": {"from": FROM, "to": TO}}),
        ("/answer", {"json": {"metadata": {"attempt_id": "att_call_1"}, "to": TO}}),
        ("/answer?from=%2B15551230001&to=%2B15551230002", {}),
        # An outbound call has been shown as an inbound one, and the numbers may change places with that.
        ("/answer", {"json": {"from": TO, "to": FROM}}),
    ],
)
def test_the_call_is_found_however_the_provider_asks(tmp_path: Path, path: str, options: dict[str, Any]) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        assert said(await ask(stage, path, **options)) == ["Hello Ada, this is our office."]
        (served,) = await recorded(stage)
        assert (served.step, served.version, served.place, served.why) == ("menu", 1, None, None)

    play(tmp_path, scene)


def test_a_call_is_found_by_its_numbers_before_the_answer_to_our_request_is_there(
    tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(keeping, "NAMED_TRIES_MAX", 1)

    async def scene(stage: Serving) -> None:
        await campaign(stage)
        await stage.deliver(payload("call.completed", seconds=9))
        await stage.client.post("/v1/campaigns", json={**SPRING, "id": "autumn", "script": NAMELESS})
        await stage.enroll(OTHER, campaign_id="autumn")
        await stage.client.post("/v1/campaigns/autumn/start")
        await stage.start(OTHER, "att_2", "autumn")
        asked = {"json": {"call": {"id": "call_2", "from": FROM, "to": OTHER}}}
        assert said(await ask(stage, "/answer", **asked)) == ["Hello you, this is our office."]
        await until(lambda: stage.feed()[-1].stream == "call:call_2" and not stage.parts.answerer._under_way)
        assert said(await ask(stage, "/answer", json={"from": FROM, "to": OTHER})) == ["Hello you, this is our office."]
        assert "att_2" in (await put_away(stage, 1))[0].reason

    play(tmp_path, scene)


@pytest.mark.parametrize(
    "options",
    [
        {"json": {"call_id": "call_of_others"}},
        {"json": {"from": OTHER, "to": OTHER}},
        {"json": {"from": "+15550000000", "to": TO}},
        {"content": b"\xff\xfe"},
        {"content": b"x" * 100_000},
        {"json": {"call_id": "call_9", "to": TO, "from": FROM}},
    ],
)
def test_a_call_that_is_not_known_is_told_what_is_safe(tmp_path: Path, options: dict[str, Any]) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        before = len(stage.feed())
        assert await ask(stage, "/answer", **options) == SAFE
        await until(lambda: len(stage.feed()) == before + 1)

    play(tmp_path, scene)


def test_an_answer_for_a_call_of_others_is_on_that_call(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await ask(stage, "/answer?call_id=call_of_others")
        (served,) = await recorded(stage)
        assert (served.why, served.step, stage.feed()[0].stream) == ("unknown_call", None, "call:call_of_others")
        found = await stage.json("/v1/calls/call_of_others/timeline")
        assert found["entries"][0]["event"] == "answer.served"
        assert found["entries"][0]["detail"]["why"] == "unknown_call"

    play(tmp_path, scene)


def test_without_a_script_it_is_the_safe_document(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage, None)
        assert await ask(stage) == SAFE
        assert [served.why for served in await recorded(stage)] == ["no_script"]

    play(tmp_path, scene)


def test_a_missing_variable_is_answered_by_the_step_for_that(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage, NAMELESS, None)
        revised = {"script": SCRIPT, "reason": "no default any more"}
        assert (await stage.client.post("/v1/campaigns/spring_followup/revise", json=revised)).status_code == 200
        found = await ask(stage)
        assert said(found) == ["Hello."]
        assert [(served.why, served.version) for served in await recorded(stage)] == [("missing_variable", 2)]

    play(tmp_path, scene)


def test_a_walk_goes_on_in_the_version_in_which_it_began(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        other = {"start": "only", "steps": {"only": {"actions": [{"say": "New."}], "end": True}}}
        revised = {"script": other, "reason": "shorter"}
        assert (await stage.client.post("/v1/campaigns/spring_followup/revise", json=revised)).status_code == 200
        await press(stage, "1")
        assert said(await ask(stage, url)) == ["Thank you, Ada."]
        await stage.deliver(payload("call.completed", seconds=9))
        assert [served.version for served in await recorded(stage, 2)] == [1, 1]

    play(tmp_path, scene)


def test_a_retry_is_told_the_same_byte_for_byte_and_recorded_again(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        first, second = (
            await stage.client.get("/answer?call_id=call_1"),
            await stage.client.get("/answer?call_id=call_1"),
        )
        assert first.content == second.content
        assert [served.actions.encode() for served in await recorded(stage, 2)] == [first.content] * 2

    play(tmp_path, scene)


def test_nobody_walks_the_script_from_outside(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        url = redirect_of(await ask(stage))
        own = dict(parse_qsl(urlsplit(url).query))
        for changed in (
            {**own, "dt_sig": "0" * 32},
            {**own, "dt_at": own["dt_at"][:-2] + "AA"},
            {**own, "dt_at": ""},
        ):
            answer = await stage.client.get("/answer", params=changed)
            assert answer.json() == SAFE
        assert all(own["dt_sig"].encode() not in one.body for one in await put_away(stage, 3))

    play(tmp_path, scene)


@pytest.mark.parametrize("path", ["/answer", "/answer/", "/answer/wrong", "/answer/s3cret/more"])
def test_with_a_token_only_its_path_answers(tmp_path: Path, path: str) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        assert (await stage.client.get(f"{path}?call_id=call_1")).status_code == 404
        found = await ask(stage, "/answer/s3cret?call_id=call_1")
        assert redirect_of(found).startswith("https://calls.example.org/answer/s3cret?dt_at=")

    play(tmp_path, scene, DIALTRAIL_ANSWER_TOKEN="s3cret", DIALTRAIL_PUBLIC_URL="https://calls.example.org/")


def test_other_methods_are_told_which_there_are(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.put("/answer")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")

    play(tmp_path, scene)


def test_a_foreign_host_does_not_become_where_the_call_goes_on(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        answer = await stage.client.get("/answer?call_id=call_1", headers={"host": 'evil"<>.example/x?'})
        assert redirect_of(answer.json()).startswith("http://127.0.0.1")

    play(tmp_path, scene)


def test_an_answer_does_not_wait_for_a_ledger_that_is_slow_and_is_recorded_all_the_same(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        async with held_writer(stage):
            assert said(await ask(stage)) == ["Hello Ada, this is our office."]
            assert answers(stage) == []
        await until(lambda: answers(stage))
        assert len(answers(stage)) == 1

    play(tmp_path, scene)


def test_an_answer_that_the_ledger_refuses_is_kept_until_it_takes_it(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(keeping, "RECORD_AGAIN_SECONDS", 0.01)

    async def scene(stage: Serving) -> None:
        await campaign(stage)
        with full_disk(stage.ledger):
            for _ in range(40):
                await ask(stage)
            await until(lambda: stage.parts.answerer.trouble)
            ready = await stage.client.get("/health/ready")
            assert "could not be recorded yet" in ready.json()["parts"]["answers"]
        await until(lambda: len(answers(stage)) == 40)
        await until(lambda: stage.parts.answerer.trouble is None)

    play(tmp_path, scene)


def test_a_fault_of_ours_is_answered_with_what_is_safe_and_recorded(tmp_path: Path, monkeypatch: Any) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)

        def fail(*_: object) -> None:
            raise RuntimeError("broken")

        monkeypatch.setattr(stage.parts.answerer._scripts, "script", fail)
        assert await ask(stage) == SAFE
        assert [(served.why, served.step) for served in await recorded(stage)] == [("failed", None)]

    play(tmp_path, scene)


def test_what_nobody_can_make_use_of_has_a_bound(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(keeping, "UNIDENTIFIED_A_MINUTE_MAX", 3)

    async def scene(stage: Serving) -> None:
        monkeypatch.setattr(stage.parts.answerer._keeper, "_monotonic", lambda: 30.0)
        for n in range(6):
            assert await ask(stage, f"/answer?x={n}") == SAFE
        assert len(await put_away(stage, 3)) == 3

    play(tmp_path, scene)


def test_the_last_step_of_a_call_is_seen_by_whoever_asks(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        stage.clock.now = stage.clock.now.replace(second=10)
        await ask(stage)
        await recorded(stage)
        assert (await stage.json("/v1/calls/call_1"))["state"]["step"] == "menu"
        await press(stage, "1", 12)
        assert (await stage.json("/v1/calls/call_1"))["state"]["step"] == "call.gathered"

    play(tmp_path, scene)


def test_the_counts_and_the_log_say_how_it_went_and_no_number(tmp_path: Path, capfd: Any) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        await ask(stage, "/answer", json={"from": FROM, "to": TO})
        await ask(stage, "/answer", json={"from": FROM, "to": OTHER})
        text = (await stage.client.get("/metrics")).text
        assert 'dialtrail_answers_total{result="served"} 1.0' in text
        assert 'dialtrail_answers_total{result="unknown_call"} 1.0' in text
        stage.parts.lines.flush()

    play(tmp_path, scene)
    logged = capfd.readouterr().err
    (line,) = [json.loads(one) for one in logged.splitlines() if '"answer served"' in one]
    assert (line["why"], line["level"]) == ("unknown_call", "warning")
    assert FROM not in logged
    assert OTHER not in logged
