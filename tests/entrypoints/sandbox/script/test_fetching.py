"""How answer_url is asked: the method and place of the fields, time-outs, tries, and sizes."""

import asyncio

import pytest

from entrypoints.sandbox.script.fetching import DOCUMENT_BYTES_MAX
from tests.entrypoints.sandbox.script.answering import Answering, Reply, act, called, lines, said
from tests.entrypoints.sandbox.stage import FROM, TO, Stage, until

SAY = {"say": {"text": "Hello."}}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("place", ["json", "json_call", "form", "query", "headers"])
def test_the_fields_are_where_the_setting_says(method: str, place: str) -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": said(SAY)}
        call_id = (await called(stage))["id"]
        [asked] = server.asked
        fields = {"call_id": call_id, "from": FROM, "to": TO}
        assert (asked.method, asked.path) == (method, "/start")
        if place == "headers":
            told = {f"x-minivoice-{name.replace('_', '-')}": value for name, value in fields.items()}
            assert {name: value for name, value in asked.headers.items() if name.startswith("x-minivoice")} == told
            assert (asked.query, asked.raw_body) == ({"a": "b"}, b"")
        elif method == "GET" or place == "query":
            named = {"id": call_id, "from": FROM, "to": TO} if place == "json_call" else fields
            assert (asked.query, asked.raw_body) == ({"a": "b", **named}, b"")
        elif place == "form":
            encoded = f"call_id={call_id}&from=%2B{FROM[1:]}&to=%2B{TO[1:]}"
            assert (asked.query, asked.raw_body.decode()) == ({"a": "b"}, encoded)
            assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        else:
            body = {"call": {"id": call_id, "from": FROM, "to": TO}} if place == "json_call" else fields
            assert (asked.query, asked.fields) == ({"a": "b"}, body)
            assert asked.headers["content-type"] == "application/json"

    async def with_query(stage: Stage, server: Answering) -> None:
        stage.sandbox.update(answer_url=f"{server.url}/start?a=b")
        await scene(stage, server)

    act(with_query, answer_method=method, answer_fields_in=place)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("from,to", {"from": FROM, "to": TO}),
        ("call_id", {"CallSid": "ID"}),
        ("all", {"CallSid": "ID", "from": FROM, "to": TO}),
    ],
)
def test_only_some_fields_may_be_told_and_the_id_under_another_name(fields: str, expected: dict[str, str]) -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": said(SAY)}
        call_id = (await called(stage))["id"]
        assert server.asked[0].query == {name: value.replace("ID", call_id) for name, value in expected.items()}

    act(scene, answer_fields_in="query", answer_fields=fields, answer_id_name="CallSid")


def test_a_request_may_name_nothing_at_all() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": said(SAY)}
        await called(stage)
        assert (server.asked[0].query, server.asked[0].raw_body) == ({}, b"")

    act(scene, answer_fields="none")


@pytest.mark.parametrize(
    ("settings", "fields", "method", "body"),
    [
        ({}, {}, "GET", b""),
        ({"redirect_method": "POST"}, {}, "POST", b""),
        ({"redirect_method": "POST"}, {"method": "GET"}, "GET", b""),
        ({"redirect_fields": True}, {"method": "POST"}, "POST", b'{"from":"+15551230001"}'),
    ],
)
def test_a_redirect_is_a_plain_fetch_unless_the_settings_say_otherwise(
    settings: dict[str, object], fields: dict[str, object], method: str, body: bytes
) -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        link = {"redirect": {"url": f"{server.url}/next?at=a&sig=b", **fields}}
        server.pages = {"/start": said(link), "/next": said(SAY)}
        await called(stage)
        asked = server.asked[1]
        assert (asked.method, asked.raw_body, asked.query) == (method, body, {"at": "a", "sig": "b"})

    act(scene, answer_fields="from", **settings)


def test_every_try_is_a_line_in_the_log_with_what_was_asked_and_answered() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": said(SAY)}
        call = await called(stage)
        [line] = stage.sandbox.log.lines("fetch")
        names = ("call_id", "document", "try", "method", "url", "status", "error", "request_body", "body")
        assert {name: line[name] for name in names} == {
            "call_id": call["id"],
            "document": 1,
            "try": 1,
            "method": "POST",
            "url": f"{server.url}/start",
            "status": 200,
            "error": None,
            "request_body": f'{{"to":"{TO}"}}',
            "body": '{"actions":[{"say":{"text":"Hello."}}]}',
        }
        assert isinstance(line["request_headers"], dict)
        assert line["request_headers"]["content-type"] == "application/json"
        assert isinstance(line["seconds"], float)
        shown = ("document", "try", "method", "url", "status", "error", "seconds")
        assert call["script"]["fetches"] == [{name: line[name] for name in shown}]

    act(scene, answer_fields="to")


@pytest.mark.parametrize(("bad", "status"), [(Reply(b"oops", 500), 500), (Reply(b"", 503), 503), (Reply(b"", 0), None)])
def test_what_may_pass_is_tried_again(bad: Reply, status: int | None) -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": lambda _: bad if len(server.asked) < 3 else said(SAY)}
        call = await called(stage)
        assert lines(stage, "fetch", "document", "try", "status") == [(1, 1, status), (1, 2, status), (1, 3, 200)]
        assert call["script"]["ending"] == "last_action"

    act(scene, answer_tries=3)


@pytest.mark.parametrize(
    ("bad", "tries", "fetches"),
    [(Reply(b"", 500), 1, 1), (Reply(b"", 500), 2, 2), (Reply(b"", 404), 3, 1), (Reply(b"", 302), 3, 1)],
)
def test_a_call_without_a_document_fails(bad: Reply, tries: int, fetches: int) -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": bad}
        call = await called(stage)
        assert (call["script"]["ending"], call["events"][-1]) == ("answer_unreachable", "call.failed")
        assert len(server.asked) == fetches

    act(scene, answer_tries=tries)


def test_nobody_at_answer_url_is_an_error_and_so_is_what_is_no_url() -> None:
    async def scene(stage: Stage, _: Answering) -> None:
        call = await called(stage)
        assert (call["script"]["ending"], call["state"]) == ("answer_unreachable", "failed")
        assert [bool(error) for error in lines(stage, "fetch", "error")] == [True]

    act(scene, answer_url="http://127.0.0.1:1/answer")
    act(scene, answer_url="nowhere")
    act(scene, answer_url="http://[::")


def test_an_answer_that_is_too_slow_is_none() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": Reply(b"", after=asyncio.Event().wait)}
        call = await called(stage)
        assert call["script"]["ending"] == "answer_unreachable"
        assert lines(stage, "fetch", "try", "status", "error") == [
            (1, None, "no answer in 0.05 s"),
            (2, None, "no answer in 0.05 s"),
        ]

    act(scene, answer_timeout_seconds=0.05, answer_tries=2)


@pytest.mark.parametrize(("more", "ending"), [(0, "last_action"), (1, "answer_unreachable")])
def test_an_answer_may_have_so_many_bytes(more: int, ending: str) -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        body = b'{"actions":[]}'
        server.pages = {"/start": Reply(body + b" " * (DOCUMENT_BYTES_MAX - len(body) + more))}
        assert (await called(stage))["script"]["ending"] == ending

    act(scene)


def test_a_fetch_is_cut_off_with_its_call_and_with_the_sandbox() -> None:
    async def scene(stage: Stage, server: Answering) -> None:
        server.pages = {"/start": Reply(b"", after=asyncio.Event().wait)}
        await stage.post()
        await until(lambda: len(server.asked) == 1)
        stage.sandbox.hang_up(stage.sandbox.calls[0].id)
        await stage.ended()
        await stage.post()
        await until(lambda: len(server.asked) == 2)

    act(scene, answer_timeout_seconds=600)
