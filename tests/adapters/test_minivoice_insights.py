"""What answers to the questions for AI results mean, and those to starting and stopping a recording."""

import asyncio
import json
from typing import Any

import pytest

from adapters.minivoice_insights import (
    InsightAnswer,
    RecordingAnswer,
    answered_data,
    read_insight,
    read_recording,
    recording_in,
)
from domain.call import InsightKind
from tests.adapters.minivoice_client_of import client_of
from tests.adapters.minivoice_server import always, hang_up, http, never, payload, raw_server

AI = json.loads(payload("ai-response.json"))["data"]
CONTROLLED = payload("recording-control-response.json").decode()


def envelope(code: object) -> str:
    return json.dumps({"error": {"code": code, "message": "said so"}})


@pytest.mark.parametrize("kind", ["transcription", "summary", "score", "topics"])
def test_the_documented_results_are_completed(kind: InsightKind) -> None:
    body = json.dumps({"data": AI[kind]})

    assert read_insight(kind, "call_123", 200, body.encode()) == InsightAnswer(
        kind=kind, result="completed", status=200, body=body
    )
    assert answered_data(body) == AI[kind]


@pytest.mark.parametrize(
    ("body", "result", "why"),
    [
        ({"data": {"status": "completed", "more": 1}}, "completed", None),
        ({"data": {}}, "completed", None),
        ({"count": 0, "data": []}, "completed", None),
        ({"data": {"status": "completed", "call_id": "call_1"}}, "completed", None),
        ({"data": None}, "missing", "the data is empty"),
        ({"data": {"status": "processing"}}, "missing", "it is not completed yet"),
        ({"data": {"status": 7}}, "missing", "it is not completed yet"),
        ({"data": {"status": "failed"}}, "failed", "MiniVoice could not make it"),
        ({"data": {"call_id": "call_2"}}, "failed", "the answer is about another call"),
        ({"data": "text"}, "failed", "the data is neither an object nor a list"),
        ({}, "failed", "the answer has no data"),
        ([], "failed", "the answer has no data"),
    ],
)
def test_a_result_is_there_only_where_it_says_so(body: Any, result: str, why: str | None) -> None:
    text = json.dumps(body)
    answer = read_insight("summary", "call_1", 200, text.encode())

    assert (answer.result, answer.why, answer.status, answer.body) == (result, why, 200, text)


COMPLETED = '"status":"completed","full_text":"Hello"'


@pytest.mark.parametrize(
    ("body", "result", "drift"),
    [
        (f'{{"data":{{{COMPLETED},"call_id":7113}}}}', "completed", ["data.call_id: is a number"]),
        (f'{{"data":{{{COMPLETED},"call_id":" 7113"}}}}', "completed", ["data.call_id: has spaces around it"]),
        (
            f'{{"data":{{{COMPLETED},"call_id":1.5}}}}',
            "completed",
            ["data.call_id: is neither a text nor a whole number"],
        ),
        ('{"data":{"call_id":7114}}', "failed", ["data.call_id: is a number"]),
        ('{"data":{"status":"Completed "}}', "completed", ["data.status: is not spelled as documented"]),
        ('{"data":{"status":"PROCESSING"}}', "missing", ["data.status: is not spelled as documented"]),
        ('{"data":{"status":["completed"],"full_text":"Hello"}}', "completed", ["data.status: is not a text"]),
        ('{"data":{"status":true}}', "missing", ["data.status: is not a text"]),
        ('{"data":{"status":null,"summary":"Hello"}}', "completed", []),
        (f"{{{COMPLETED}}}", "completed", ["data: is missing, and what should be in it stands bare"]),
        ('[{"topic":"Billing"}]', "completed", ["data: is missing, and what should be in it stands bare"]),
        ('{"data":"{\\"status\\":\\"completed\\"}"}', "completed", ["data: is written in a text"]),
        (f'\ufeff{{"data":{{{COMPLETED}}}}}', "completed", ["body: begins with a byte order mark"]),
        ('{"data":{"summary":"half \\ud83d"}}', "completed", ["body: has half a character"]),
        ('{"data":{"score":1},"data":{"status":"completed"}}', "completed", ["body: has a key twice in one object"]),
        ('{"error":{"code":"busy"}}', "failed", []),
    ],
)
def test_a_result_that_is_not_as_documented_is_read_field_by_field(body: str, result: str, drift: list[str]) -> None:
    answer = read_insight("transcription", "7113", 200, body.encode())

    assert (answer.result, list(answer.drift), answer.body, answer.raw) == (result, drift, body, None)


def test_bytes_that_are_no_characters_are_kept_and_cost_the_rest_nothing() -> None:
    body = b'{"data":{"status":"completed","full_text":"caf\xe9"}}'
    answer = read_insight("transcription", "7113", 200, body)

    assert (answer.result, answer.drift, answer.raw) == ("completed", ("body: has bytes that are no characters",), body)
    assert answered_data(answer.body, answer.raw) == {"status": "completed", "full_text": "caf\ufffd"}


def test_what_json_cannot_have_is_shown_all_the_same() -> None:
    body = '{"data":{"a":NaN,"b":[1e999],"c":' + "9" * 30 + ',"d":1,"d":2}}'

    assert answered_data(body) == {"a": None, "b": [None], "c": "9" * 30, "d": None}


def test_what_is_not_json_is_a_failed_question() -> None:
    assert read_insight("score", "call_1", 200, b"<html>") == InsightAnswer(
        kind="score", result="failed", status=200, body="<html>", why="the answer has no data"
    )


@pytest.mark.parametrize(
    ("status", "body", "result", "code", "why"),
    [
        (404, envelope("ai_score_not_found"), "missing", "ai_score_not_found", None),
        (400, envelope("ai_score_not_found"), "missing", "ai_score_not_found", None),
        (404, envelope("call_not_found"), "missing", "call_not_found", None),
        (410, envelope("gone"), "missing", "gone", None),
        (404, "<html>", "failed", None, "HTTP 404"),
        (400, envelope("ai_topics_not_found"), "failed", "ai_topics_not_found", "HTTP 400"),
        (401, envelope("unauthorized"), "failed", "unauthorized", "HTTP 401"),
        (500, envelope("ai_score_not_found"), "failed", "ai_score_not_found", "HTTP 500"),
        (302, "", "failed", None, "HTTP 302"),
    ],
)
def test_a_result_is_missing_only_by_the_providers_word(
    status: int, body: str, result: str, code: str | None, why: str | None
) -> None:
    answer = read_insight("score", "call_1", status, body.encode())

    assert (answer.result, answer.code, answer.why) == (result, code, why)
    assert (answer.kind, answer.status, answer.body) == ("score", status, body)


def test_the_documented_control_of_a_recording_is_accepted() -> None:
    assert read_recording("start", "call_123", 200, CONTROLLED.encode()) == RecordingAnswer(
        action="start", result="accepted", status=200, body=CONTROLLED
    )


@pytest.mark.parametrize(
    ("status", "body", "result", "code", "why"),
    [
        (200, CONTROLLED.replace("start", "stop"), "unclear", None, "the answer is about another action"),
        (200, CONTROLLED.replace("call_123", "call_9"), "unclear", None, "the answer is about another call"),
        (200, "", "unclear", None, "the answer has no data"),
        (404, envelope("active_call_not_found"), "refused", "active_call_not_found", "HTTP 404"),
        (500, envelope("recording_start_failed"), "refused", "recording_start_failed", "HTTP 500"),
        (403, "", "refused", None, "HTTP 403"),
        (408, "", "unclear", None, "HTTP 408"),
        (503, envelope("down"), "unclear", "down", "HTTP 503"),
    ],
)
def test_a_recording_is_refused_or_unclear_by_what_was_said(
    status: int, body: str, result: str, code: str | None, why: str
) -> None:
    answer = read_recording("start", "call_123", status, body.encode())

    assert (answer.result, answer.code, answer.why, answer.status, answer.body) == (result, code, why, status, body)


def controlled(**data: object) -> dict[str, Any]:
    """The documented answer, with other data."""
    answer: dict[str, Any] = json.loads(CONTROLLED)
    answer["data"] |= data
    return answer


BARE = "data: is missing, and what should be in it stands bare"


@pytest.mark.parametrize(
    ("answer", "drift"),
    [
        (controlled(call_id=123), ("data.call_id: is a number",)),
        (controlled(call_id=" 123 "), ("data.call_id: has spaces around it",)),
        (controlled(call_id=["123"]), ("data.call_id: is neither a text nor a whole number",)),
        (controlled(call_id="123", action="START"), ("data.action: is not spelled as documented",)),
        (controlled(call_id="123", action=True), ("data.action: is not a text",)),
        (controlled(call_id=None, action=None), ()),
        (controlled(call_id="123")["data"], (BARE,)),
        ({"recording": {"id": "rec_1"}}, (BARE,)),
        ({"data": [controlled(call_id="123")["data"]]}, ("data: is not an object",)),
        ({"data": json.dumps(controlled(call_id="123")["data"])}, ("data: is written in a text",)),
        (json.dumps(controlled(call_id="123")), ("body: is written in a text",)),
    ],
)
def test_a_recordings_answer_is_read_field_by_field(answer: Any, drift: tuple[str, ...]) -> None:
    body = json.dumps(answer)

    assert read_recording("start", "123", 200, body.encode()) == RecordingAnswer(
        action="start", result="accepted", status=200, body=body, drift=drift
    )
    assert recording_in(body) is not None


@pytest.mark.parametrize(
    ("body", "text", "drift"),
    [
        (b"\xef\xbb\xbf" + CONTROLLED.encode(), None, "body: begins with a byte order mark"),
        (
            CONTROLLED.encode().replace(b"local", b"caf\xe9"),
            CONTROLLED.replace("local", "caf\\xe9"),
            "body: has bytes that are no characters",
        ),
        (CONTROLLED.encode().replace(b"local", b"\\ud83d"), None, "body: has half a character"),
    ],
)
def test_odd_bytes_cost_a_recordings_answer_nothing(body: bytes, text: str | None, drift: str) -> None:
    answer = read_recording("start", "call_123", 200, body)

    assert (answer.result, answer.drift) == ("accepted", (drift,))
    assert (answer.body, answer.raw) == ((body.decode(), None) if text is None else (text, body))


@pytest.mark.parametrize(
    "body", ["null", "[]", "{}", '{"data":null}', '{"data":"done"}', '{"ok":true}', '{"error":{"code":"x"}}', "<html>"]
)
def test_an_answer_that_says_nothing_of_a_recording_is_unclear(body: str) -> None:
    answer = read_recording("start", "call_123", 200, body.encode())

    assert (answer.result, answer.why) == ("unclear", "the answer has no data")


def test_a_refusals_code_is_read_although_its_message_has_odd_bytes() -> None:
    body = envelope("recording_start_failed").encode().replace(b'"message": "', b'"message": "\xe9')
    answer = read_recording("start", "call_123", 500, body)

    assert (answer.result, answer.code, answer.raw) == ("refused", "recording_start_failed", body)


def test_the_request_is_the_documented_one_and_ids_are_segments() -> None:
    async def scenario() -> list[bytes]:
        async with raw_server(always(http(404))) as server, client_of(server) as client:
            await client.get_insight("a/b?", "summary")
            await client.control_recording("..", "stop")
            return server.requests

    asked, controlled = asyncio.run(scenario())

    assert asked.startswith(b"GET /v1/calls/a%2Fb%3F/ai-summary HTTP/1.1\r\n")
    assert controlled.startswith(b"POST /v1/calls/%2E%2E/recordings HTTP/1.1\r\n")
    assert controlled.endswith(b'\r\n\r\n{"action":"stop"}')


def test_no_answer_is_a_failed_question_and_an_unclear_control() -> None:
    async def scenario() -> list[Any]:
        told: list[Any] = []
        for answering in (never, hang_up):
            async with raw_server(answering) as server, client_of(server, 0.1) as client:
                told.append(await client.get_insight("call_1", "topics"))
                told.append(await client.control_recording("call_1", "start"))
        async with raw_server(never) as server:
            pass
        async with client_of(server) as client:
            told.append(await client.get_insight("call_1", "topics"))
            told.append(await client.control_recording("call_1", "start"))
        return told

    told = asyncio.run(scenario())

    assert [one.result for one in told] == ["failed", "unclear", "failed", "unclear", "failed", "unsent"]
    assert all(one.why and one.status is one.body is None for one in told)
