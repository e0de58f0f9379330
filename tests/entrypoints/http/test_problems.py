import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from application import installation
from application.queries import moments
from domain import errors
from domain.errors import NotReady, ProviderFailed, ViewsBehind
from entrypoints.http.problems import KINDS, TooLarge, TooManyRequests, Unauthorized, UnknownContentEncoding, problem_of
from projections.store import ViewsUnusable
from tests.entrypoints.serving import SPRING, TO, Serving, assert_problem, on_a_socket, payload, play, problem
from tests.entrypoints.shared_stage import Play, shared_by_module
from tests.entrypoints.standing_still import standing_still

ROOT = Path(__file__).parents[3]
NO_ROUTE = problem("no-such-route", 404, "Not Found", "no such route; /docs lists them")
NO_METHOD = problem("no-such-method", 405, "Method Not Allowed", "this route does not take this method")


def family(error: type[errors.DialtrailError]) -> list[type[errors.DialtrailError]]:
    return [error, *(one for child in error.__subclasses__() for one in family(child))]


asking = shared_by_module(Serving.campaign)


@pytest.mark.parametrize(
    "path",
    [
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
        "/docs/",
    ],
)
def test_a_route_that_is_not_there_is_a_problem(asking: Play, path: str) -> None:
    async def scene(stage: Serving) -> None:
        assert_problem(await stage.client.get(path), NO_ROUTE)

    asking(scene)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/campaigns", "GET, HEAD, POST"),
        ("PUT", "/v1/campaigns/spring_followup", "GET, HEAD"),
        ("GET", "/v1/campaigns/spring_followup/start", "POST"),
        ("PATCH", "/v1/campaigns/spring_followup/recipients", "GET, HEAD, POST"),
        ("POST", f"/v1/campaigns/spring_followup/recipients/{TO}", "GET, HEAD"),
        ("PUT", "/v1/suppressions", "GET, HEAD, POST"),
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
    def mistake(*_: object, **__: object) -> None:
        raise ValueError("a detail of the inside")

    async def scene(stage: Serving) -> None:
        await stage.campaign()
        monkeypatch.setattr(stage.parts.reads, "campaigns", mistake)
        transport = httpx.ASGITransport(stage.parts.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            answer = await client.get("/v1/campaigns")
        inside = problem("internal", 500, "Something went wrong inside Dialtrail", "the server's log has the details")
        assert_problem(answer, inside)
        stage.parts.lines.flush()
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
        UnknownContentEncoding: 415,
        NotReady: 503,
        ProviderFailed: 502,
        TooManyRequests: 429,
        errors.TooManyAtOnce: 429,
        ViewsBehind: 503,
        ViewsUnusable: 503,
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
    assert ("retry-after" in answer.headers) == (expected in {429, 503})
    assert re.search(
        rb'"type":"urn:dialtrail:problem:[a-z-]+","title":"[^"]+","status":\d{3},"detail":"', bytes(answer.body)
    )
    assert (b'"field":"number"' in bytes(answer.body)) == issubclass(error, errors.InvalidInput)


def test_what_is_in_flight_and_does_not_catch_up_in_time_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "FRESH_SECONDS_MAX", 0.01)

    async def scene(stage: Serving) -> None:
        await stage.parts.follower.wait_live()
        await stage.parts.follower.stop()
        await stage.deliver(payload("call.answered"))
        answer = await stage.client.get("/v1/attempts")
        behind = "what is in flight is known up to position 0 of 1"
        assert_problem(answer, problem("not-ready", 503, "Not ready yet; try again", behind))
        assert answer.headers["retry-after"] == "1"

    play(tmp_path, scene)


LISTS = ("/v1/campaigns", "/v1/campaigns/spring_followup", "/v1/campaigns/spring_followup/recipients", "/v1/calls")


@pytest.mark.parametrize("path", LISTS)
def test_a_list_whose_views_do_not_come_as_far_as_was_asked_for_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(moments, "AT_LEAST_SECONDS_MAX", 0.01)

    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        assert (await stage.client.get(path, params={"at_least": 3})).status_code == 200
        answer = await stage.client.get(path, params={"at_least": 4})
        behind = "the views are at position 3, and 4 was asked for; try again"
        title = "The views have not come that far yet; try again"
        assert_problem(answer, problem("view-behind", 503, title, behind))
        assert answer.headers["retry-after"] == "1"

    play(tmp_path, scene)


def test_views_that_stand_still_answer_with_what_they_have_and_say_up_to_where(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        async with standing_still(stage.parts):
            await stage.deliver(payload("call.answered"))
            assert (await stage.json("/v1/campaigns/spring_followup/recipients"))["position"] == 3
            assert (await stage.json("/v1/calls"))["items"] == []
            assert (await stage.json("/v1/calls/call_1"))["state"]["phase"] == "in_progress"
        assert len((await stage.json("/v1/calls?at_least=4"))["items"]) == 1

    play(tmp_path, scene)


@pytest.mark.parametrize(("path", "status"), [("/v1/campaigns", 200), ("/v1/calls/nobody", 404)])
def test_a_head_request_has_the_status_and_no_body(tmp_path: Path, path: str, status: int) -> None:
    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage):
            answer: Any = await stage.client.head(path)
            assert (answer.status_code, answer.content) == (status, b"")

    play(tmp_path, scene)


def test_every_kind_of_problem_is_on_the_api_page_with_its_status_and_no_other_is() -> None:
    documented = re.findall(
        r"^\| `([a-z-]+)` \| ([0-9]{3}) \| .+ \|$", (ROOT / "docs/api.md").read_text(), re.MULTILINE
    )
    assert sorted(documented) == sorted((name, str(kind.status)) for name, kind in KINDS.items())


def test_what_is_answered_as_a_problem_directly_is_of_a_known_kind_with_its_status() -> None:
    sources = [path.read_text() for path in (ROOT / "entrypoints/http").rglob("*.py")]
    answered = {found for text in sources for found in re.findall(r'problem\(\s*([0-9]{3}), "([a-z-]+)"', text)}
    assert answered - {(str(kind.status), name) for name, kind in KINDS.items()} == set()
    assert ("401", "signature") in answered
