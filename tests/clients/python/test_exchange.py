"""Both clients: what becomes of each answer, what is asked again, and that nobody sees the token."""

import pickle
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from dialtrail_client import ApiRequest, AsyncDialtrailClient, DialtrailClient, DialtrailProblem
from dialtrail_client.exchange import ANSWER_SECONDS, CONNECT_SECONDS, RETRIES_MAX, TIMEOUT
from tests.clients.python.both import TOKEN, URL, sent

READ: ApiRequest[Any] = ApiRequest("GET", "/v1/campaigns/spring")
WRITE: ApiRequest[Any] = ApiRequest("POST", "/v1/suppressions", body={"number": "+15551230002"})
BUSY: Mapping[str, Any] = {
    "type": "urn:dialtrail:problem:not-ready",
    "title": "Not ready yet; try again",
    "status": 503,
    "detail": "the views are being made",
}
both = pytest.mark.parametrize("is_async", [False, True])


@both
def test_an_answer_is_its_json_and_the_token_goes_along(is_async: bool) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(201, json={"changed": True})

    assert sent(is_async, answer, WRITE) == ({"changed": True}, [])
    assert [(one.method, str(one.url), one.headers["authorization"], one.content) for one in asked] == [
        ("POST", f"{URL}/v1/suppressions", f"Bearer {TOKEN}", b'{"number":"+15551230002"}')
    ]


@both
def test_a_problem_is_an_exception_with_its_members(is_async: bool) -> None:
    problem = {
        "type": "urn:dialtrail:problem:invalid-input",
        "title": "The request cannot be used",
        "status": 400,
        "detail": "limit: is at most 500",
        "field": "limit",
    }
    error, _ = sent(is_async, lambda _: httpx.Response(400, json=problem), READ)

    assert isinstance(error, DialtrailProblem)
    assert {name: getattr(error, name) for name in problem} == problem
    assert str(error) == "400 The request cannot be used: limit: is at most 500"
    assert vars(pickle.loads(pickle.dumps(error))) == vars(error)


@both
@pytest.mark.parametrize(
    ("status", "content", "detail"),
    [
        (502, b"<html>Bad Gateway</html>", "no problem as Dialtrail writes it"),
        (404, b'["not", "an", "object"]', "no problem as Dialtrail writes it"),
        (400, b'{"type": 7, "title": "x", "detail": "y"}', "no problem as Dialtrail writes it"),
        (302, b"", "no problem as Dialtrail writes it"),
        (200, b"<html>Welcome</html>", "the answer is no JSON"),
        (200, b"\xff\xfe\xfd", "the answer is no JSON"),
    ],
)
def test_what_is_not_of_dialtrail_is_a_problem_too(is_async: bool, status: int, content: bytes, detail: str) -> None:
    error, _ = sent(is_async, lambda _: httpx.Response(status, content=content), READ)

    assert isinstance(error, DialtrailProblem)
    assert (error.type, error.status, error.field) == ("about:blank", status, None)
    assert detail in error.detail


@both
@pytest.mark.parametrize("status", [429, 503])
def test_what_reads_is_asked_again_when_the_server_says(is_async: bool, status: int) -> None:
    answers = iter([httpx.Response(status, json=BUSY, headers={"retry-after": seconds}) for seconds in ("1", "60")])

    assert sent(is_async, lambda _: next(answers, httpx.Response(200, json={})), READ) == ({}, [1, 60])


@both
@pytest.mark.parametrize(
    ("request_sent", "status", "retry_after", "slept"),
    [
        pytest.param(READ, 503, "2", [2] * RETRIES_MAX, id="so often and no more"),
        pytest.param(READ, 503, "61", [], id="longer than anybody waits"),
        pytest.param(READ, 503, "9" * 5000, [], id="much longer"),
        pytest.param(READ, 503, None, [], id="the server does not say when"),
        pytest.param(READ, 503, "-1", [], id="less than nothing"),
        pytest.param(READ, 503, "Sun, 29 Nov 2026 12:00:00 GMT", [], id="an instant"),
        pytest.param(READ, 500, "2", [], id="a mistake"),
        pytest.param(WRITE, 503, "2", [], id="what writes"),
        pytest.param(WRITE, 429, "2", [], id="what writes, too often"),
    ],
)
def test_nothing_else_is_asked_again(
    is_async: bool, request_sent: ApiRequest[Any], status: int, retry_after: str | None, slept: list[float]
) -> None:
    headers = {} if retry_after is None else {"retry-after": retry_after}

    error, waited = sent(is_async, lambda _: httpx.Response(status, json=BUSY, headers=headers), request_sent)

    assert isinstance(error, DialtrailProblem)
    assert (error.status, waited) == (status, slept)


@both
def test_where_no_answer_came_that_is_said_at_once(is_async: bool) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    error, slept = sent(is_async, refuse, READ)

    assert (type(error), slept) == (httpx.ConnectError, [])


@pytest.mark.parametrize("client", [DialtrailClient(URL, TOKEN), AsyncDialtrailClient(URL, TOKEN)])
def test_a_client_shows_its_address_and_no_token(client: object) -> None:
    assert repr(client) == f"{type(client).__name__}(URL('{URL}'))"


@pytest.mark.parametrize("token", ["", "two words", "line\n", "schlüssel"])
def test_a_token_that_no_header_carries_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII") as refused:
        DialtrailClient(URL, token)

    assert not token or token not in str(refused.value)


def test_every_wait_has_an_end() -> None:
    assert (
        httpx.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS, write=ANSWER_SECONDS, pool=ANSWER_SECONDS)
        == TIMEOUT
    )
