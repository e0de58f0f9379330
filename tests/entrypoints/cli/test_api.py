import socket

import pytest

from entrypoints.cli.api import path_of
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        (("calls", "call_20260529T120000.000000000", "timeline"), "/v1/calls/call_20260529T120000.000000000/timeline"),
        (("calls", "a/b c?d#e%"), "/v1/calls/a%2Fb%20c%3Fd%23e%25"),
        (("campaigns", "x", "recipients", "+1555"), "/v1/campaigns/x/recipients/+1555"),
        (("campaigns", ".."), "/v1/campaigns/%1F.."),
    ],
)
def test_each_part_of_a_path_is_escaped(parts: tuple[str, ...], path: str) -> None:
    assert path_of(*parts) == path


def test_escaped_parts_arrive_as_they_were(dialtrail: Run, api: FakeApi) -> None:
    for call_id in ("a/b c", "..", "%2F"):
        dialtrail("timeline", call_id)

    assert [one.target for one in api.asked] == [
        "/v1/calls/a%2Fb%20c/timeline",
        "/v1/calls/%1F../timeline",
        "/v1/calls/%252F/timeline",
    ]


@pytest.mark.parametrize(
    ("status", "problem", "code", "said"),
    [
        (400, {"detail": "from: must be +…", "field": "from"}, 2, "from: must be +…"),
        (400, {"detail": "must be +…", "field": "limits.calls"}, 2, "limits.calls: must be +…"),
        (401, {"detail": "this token is not known here"}, 1, "set DIALTRAIL_TOKEN to a token that this server knows"),
        (403, {"detail": "the role viewer may not do this"}, 1, "the role viewer may not do this; use a token with"),
        (404, {"detail": "no campaign is named x"}, 1, "no campaign is named x"),
        (409, {"detail": "is canceled"}, 1, "is canceled"),
        (500, {"title": "Internal Server Error"}, 1, "Internal Server Error"),
        (503, {"detail": "too much is waiting; try again"}, 1, "too much is waiting; try again"),
        (429, {"detail": "too many requests; wait 1 s"}, 1, "too many requests; wait 1 s"),
    ],
)
def test_what_the_server_refuses_is_one_line(
    dialtrail: Run, api: FakeApi, status: int, problem: dict[str, str], code: int, said: str
) -> None:
    api.answers("POST", "/v1/campaigns/x/start", problem, status)

    ended, data, talk = dialtrail("campaign", "start", "x")

    assert (ended, data, talk.count("\n")) == (code, "", 1)
    assert talk.startswith("dialtrail: ")
    assert said in talk


@pytest.mark.parametrize("content", [b"<html>", b"[1]", b"\xff"])
def test_a_server_that_is_not_ours_is_told_as_such(dialtrail: Run, api: FakeApi, content: bytes) -> None:
    api.answers("GET", "/v1/campaigns/x", content, 502)

    code, _, talk = dialtrail("status", "x")

    said = f"dialtrail: {api.url} answered 502, but not as Dialtrail does; check DIALTRAIL_URL\n"
    assert (code, talk) == (1, said)


def test_all_pages_are_read(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/attempts?phase=unresolved&limit=1000", {"items": [{"n": 1}], "next": "7"})
    api.answers("GET", "/v1/attempts?phase=unresolved&limit=1000&after=7", {"items": [{"n": 2}], "next": None})

    assert dialtrail("unresolved", "--json") == (0, '{"items":[{"n":1},{"n":2}],"next":null}\n', "")


def test_a_server_that_names_the_same_page_again_is_not_asked_for_ever(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/attempts?phase=unresolved&limit=1000", {"items": [], "next": "7"})
    api.answers("GET", "/v1/attempts?phase=unresolved&limit=1000&after=7", {"items": [], "next": "7"})

    code, data, talk = dialtrail("unresolved")

    assert (code, data) == (1, "")
    assert talk == f"dialtrail: {api.url} names the page after 7 again and again; is it Dialtrail?\n"


def test_a_refused_connection_says_what_to_do(dialtrail: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("DIALTRAIL_URL", f"http://127.0.0.1:{free.getsockname()[1]}")
        code, data, talk = dialtrail("status", "x")

    assert (code, data, talk.count("\n")) == (1, "", 1)
    assert "start it with: dialtrail up, or correct DIALTRAIL_URL" in talk


def test_silence_is_waited_for_only_so_long(dialtrail: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrypoints.cli.connection.TIMEOUT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("DIALTRAIL_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        code, _, talk = dialtrail("campaign", "pause", "x")

    assert (code, talk.count("\n")) == (1, 1)
    assert "did not answer in time; what was asked may be done all the same" in talk


def test_the_token_goes_along(dialtrail: Run, api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALTRAIL_TOKEN", "t0k3n")

    _, _, talk = dialtrail("status", "x")

    assert {one.authorization for one in api.asked} == {"Bearer t0k3n"}
    assert "t0k3n" not in talk
