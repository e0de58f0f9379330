import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain import errors
from entrypoints import http_parts
from entrypoints.http_problems import NotReady, TooLarge, Unauthorized, problem_of
from tests.entrypoints.serving import SPRING, TO, Serving, assert_problem, on_a_socket, payload, play, problem

NO_ROUTE = problem("no-such-route", 404, "Not Found", "no such route; docs/api.md lists them")
NO_METHOD = problem("no-such-method", 405, "Method Not Allowed", "this route does not take this method")


def family(error: type[errors.DialtrailError]) -> list[type[errors.DialtrailError]]:
    return [error, *(one for child in error.__subclasses__() for one in family(child))]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/",
        "/v1/nowhere",
        "/v1/campaigns/",
        "/v1/campaigns/a/b/c/d",
        "/v1/calls/",
        "/v1/calls/a/b",
        "/v1/campaigns%2Fspring_followup",
        "/webhooks/minivoice/",
        "/webhooks/other",
        "/health",
        "/docs",
    ],
)
def test_a_route_that_is_not_there_is_a_problem(tmp_path: Path, path: str) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign()
        assert_problem(await stage.client.get(path), NO_ROUTE)

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/campaigns", "GET, HEAD, POST"),
        ("PUT", "/v1/campaigns/spring_followup", "GET, HEAD"),
        ("GET", "/v1/campaigns/spring_followup/start", "POST"),
        ("PATCH", "/v1/campaigns/spring_followup/recipients", "GET, HEAD, POST"),
        ("POST", f"/v1/campaigns/spring_followup/recipients/{TO}", "GET, HEAD"),
        ("GET", "/v1/suppressions", "POST"),
        ("GET", f"/v1/suppressions/{TO}", "DELETE"),
        ("POST", "/v1/calls/call_1", "GET, HEAD"),
        ("POST", "/health/ready", "GET, HEAD"),
        ("OPTIONS", "/v1/campaigns", "GET, HEAD, POST"),
    ],
)
def test_a_method_that_a_route_does_not_take_is_a_problem_that_names_those_it_takes(
    tmp_path: Path, method: str, path: str, allowed: str
) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.request(method, path)
        assert_problem(answer, NO_METHOD)
        assert answer.headers["allow"] == allowed

    play(tmp_path, scene)


def test_a_mistake_of_ours_is_logged_and_not_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistake(*_: object) -> None:
        raise ValueError("a detail of the inside")

    async def scene(stage: Serving) -> None:
        await stage.campaign()
        monkeypatch.setattr(type(stage.parts.view), "counts", mistake)
        transport = httpx.ASGITransport(stage.parts.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            answer = await client.get("/v1/campaigns")
        inside = problem("internal", 500, "Something went wrong inside Dialtrail", "the server's log has the details")
        assert_problem(answer, inside)
        assert "a detail of the inside" in capsys.readouterr().err

    play(tmp_path, scene)


def test_over_a_real_connection_a_body_that_is_too_large_is_a_problem(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage):
            answer = await stage.client.post("/v1/campaigns", content=b" " * 300_000)
            assert_problem(
                answer,
                problem(
                    "too-large",
                    413,
                    "The request is too large",
                    "body: may have at most 262144 bytes; send it in parts",
                    field="body",
                ),
            )
            assert (await stage.client.post("/v1/campaigns", json=SPRING)).status_code == 201

    play(tmp_path, scene)


@pytest.mark.parametrize("error", family(errors.DialtrailError))
def test_every_error_of_ours_is_a_problem_of_its_kind(error: type[errors.DialtrailError]) -> None:
    statuses: dict[type[errors.DialtrailError], int] = {
        TooLarge: 413,
        Unauthorized: 401,
        NotReady: 503,
        errors.InvalidInput: 400,
        errors.NotFound: 404,
        errors.Conflict: 409,
        errors.NotAllowed: 403,
        errors.LedgerError: 503,
        errors.DialtrailError: 500,
    }
    expected = next(status for family, status in statuses.items() if issubclass(error, family))
    made = error("number", "is wrong") if issubclass(error, errors.InvalidInput) else error("it is wrong")

    answer = problem_of(made)

    assert answer.status_code == expected
    assert ("retry-after" in answer.headers) == (expected == 503)
    assert re.search(
        rb'"type":"urn:dialtrail:problem:[a-z-]+","title":"[^"]+","status":\d{3},"detail":"', bytes(answer.body)
    )
    assert (b'"field":"number"' in bytes(answer.body)) == issubclass(error, errors.InvalidInput)


def test_a_list_whose_view_does_not_catch_up_in_time_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_parts, "FRESH_SECONDS_MAX", 0.01)

    async def scene(stage: Serving) -> None:
        await stage.parts.follower.wait_live()
        await stage.parts.follower.stop()
        await stage.deliver(payload("call.answered"))
        answer = await stage.client.get("/v1/campaigns")
        behind = "the recipients' statuses are at position 0 of 1; try again"
        assert_problem(answer, problem("not-ready", 503, "Not ready yet; try again", behind))
        assert answer.headers["retry-after"] == "1"

    play(tmp_path, scene)


@pytest.mark.parametrize(("path", "status"), [("/v1/campaigns", 200), ("/v1/calls/nobody", 404)])
def test_a_head_request_has_the_status_and_no_body(tmp_path: Path, path: str, status: int) -> None:
    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage):
            answer: Any = await stage.client.head(path)
            assert (answer.status_code, answer.content) == (status, b"")

    play(tmp_path, scene)
