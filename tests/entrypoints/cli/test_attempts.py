import json
from typing import Any

import pytest

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi
from tests.entrypoints.cli.terminal import asked_on_a_terminal

ALL = "/v1/attempts?phase=unresolved&limit=1000"
OF_SPRING = "/v1/attempts?phase=unresolved&campaign=spring_followup&limit=1000"
CANDIDATE = {
    "call_id": "call_7",
    "from": "+15551230001",
    "to": "+15551230002",
    "created_at": "2026-05-29T12:00:01.000000Z",
    "phase": "ended",
}


def attempt(attempt_id: str, *candidates: dict[str, str]) -> dict[str, Any]:
    return {
        "attempt_id": attempt_id,
        "campaign_id": "spring_followup",
        "number": "+15551230002",
        "phase": "unresolved",
        "started_at": "2026-05-29T12:00:00.000000Z",
        "changed_at": "2026-05-29T12:00:10.000000Z",
        "why": "sent, but no whole answer within 10 s",
        "candidates": list(candidates),
    }


def resolved(attempt_id: str, call_id: str | None = None, *, redial: bool = False) -> dict[str, Any]:
    return {
        "attempt_id": attempt_id,
        "campaign_id": "spring_followup",
        "call_id": call_id,
        "redial": redial,
        "position": 9,
    }


def posted(api: FakeApi) -> list[tuple[str, Any]]:
    return [(one.target, one.body) for one in api.asked if one.method == "POST"]


def test_the_unresolved_are_listed_with_their_candidates(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", ALL, {"items": [attempt("att_1", CANDIDATE), attempt("att_2")], "next": None})

    code, data, talk = dialtrail("unresolved")

    header, first, second = data.splitlines()
    assert header.split() == ["attempt", "campaign", "number", "since", "why", "candidates"]
    assert first.endswith("10 s  call_7 (ended, +15551230001 to +15551230002, 2026-05-29T12:00:01.000000Z)")
    assert second.startswith("att_2    spring_followup  +15551230002  2026-05-29T12:00:10.000000Z  sent, but")
    assert (code, talk) == (
        0,
        "settle one with: dialtrail resolve ATTEMPT --call CALL_ID, or where there was no call: --none\n",
    )


def test_of_one_campaign_and_as_json(dialtrail: Run, api: FakeApi) -> None:
    page = {"items": [attempt("att_1", CANDIDATE)], "next": None}
    api.answers("GET", OF_SPRING, page)

    code, data, talk = dialtrail("unresolved", "spring_followup", "--json")

    assert (code, json.loads(data), talk) == (0, page, "")


def test_none_unresolved_is_said(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", ALL, {"items": [], "next": None})

    assert dialtrail("unresolved").talk == "no attempt is unresolved\n"


@pytest.mark.parametrize(
    ("options", "body", "answer", "said"),
    [
        (["--call", "call_7"], {"call": "call_7"}, resolved("att_1", "call_7"), "became the call call_7"),
        (["--none"], {"none": True, "redial": False}, resolved("att_1"), "became no call"),
        (
            ["--none", "--redial"],
            {"none": True, "redial": True},
            resolved("att_1", redial=True),
            "became no call; may be dialled again",
        ),
    ],
)
def test_one_attempt_is_resolved(
    dialtrail: Run, api: FakeApi, options: list[str], body: dict[str, Any], answer: dict[str, Any], said: str
) -> None:
    api.answers("POST", "/v1/attempts/att_1/resolve", answer)

    assert dialtrail("resolve", "att_1", *options) == (0, f"att_1 in spring_followup: {said}\n", "")
    assert posted(api) == [("/v1/attempts/att_1/resolve", body)]
    assert json.loads(dialtrail("resolve", "att_1", *options, "--json").data) == {"items": [answer], "failed": []}


@pytest.mark.parametrize(
    ("status", "detail"), [(404, "no attempt is named att_1"), (409, "attempt att_1 is accepted, not unresolved")]
)
def test_what_the_server_refuses_is_one_line(dialtrail: Run, api: FakeApi, status: int, detail: str) -> None:
    api.answers("POST", "/v1/attempts/att_1/resolve", {"detail": detail}, status)

    assert dialtrail("resolve", "att_1", "--none") == (1, "", f"dialtrail: {detail}\n")


def test_all_of_a_campaign_are_resolved_and_each_failure_is_told(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", OF_SPRING, {"items": [attempt(f"att_{nth}") for nth in (1, 2, 3)], "next": None})
    api.answers("POST", "/v1/attempts/att_1/resolve", resolved("att_1"))
    api.answers("POST", "/v1/attempts/att_2/resolve", {"detail": "a webhook was faster"}, 409)
    api.answers("POST", "/v1/attempts/att_3/resolve", resolved("att_3"))

    code, data, talk = dialtrail("resolve", "--campaign", "spring_followup", "--none")

    assert (code, talk) == (1, "att_2: a webhook was faster\n")
    assert data == "att_1 in spring_followup: became no call\natt_3 in spring_followup: became no call\n"
    found = json.loads(dialtrail("resolve", "--campaign", "spring_followup", "--none", "--json").data)
    assert found == {
        "items": [resolved("att_1"), resolved("att_3")],
        "failed": [{"attempt_id": "att_2", "detail": "a webhook was faster"}],
    }


def test_several_are_resolved_once_each(dialtrail: Run, api: FakeApi) -> None:
    for name in ("att_1", "att_2"):
        api.answers("POST", f"/v1/attempts/{name}/resolve", resolved(name))

    assert dialtrail("resolve", "att_1", "att_2", "att_1", "--none").code == 0
    assert [target for target, _ in posted(api)] == ["/v1/attempts/att_1/resolve", "/v1/attempts/att_2/resolve"]


def test_a_campaign_without_unresolved_is_said(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", OF_SPRING, {"items": [], "next": None})

    said = "no attempt of spring_followup is unresolved\n"
    assert dialtrail("resolve", "--campaign", "spring_followup", "--none") == (0, "", said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["att_1"], "--call, --none: say one of them"),
        (["att_1", "--call", "c", "--none"], "--call, --none: say one of them"),
        (["--none"], "ATTEMPT: name attempts, or all of a campaign"),
        (["att_1", "--campaign", "a", "--none"], "ATTEMPT: name attempts, or all of a campaign"),
        (["att_1", "att_2", "--call", "c"], "--call: a call belongs to one attempt"),
        (["--campaign", "a", "--call", "c"], "--call: a call belongs to one attempt"),
        (["att_1", "--call", "c", "--redial"], "--redial: goes with --none"),
    ],
)
def test_wrong_words_change_nothing(dialtrail: Run, api: FakeApi, words: list[str], said: str) -> None:
    code, data, talk = dialtrail("resolve", *words)

    assert (code, data, api.asked) == (2, "", [])
    assert talk.startswith(f"dialtrail: {said}")


@pytest.mark.parametrize(
    ("typed", "more", "code", "count"), [(b"n\n", [], 130, 0), (b"y\n", [], 0, 2), (b"", ["--yes"], 0, 2)]
)
def test_on_a_terminal_a_person_is_asked_before_many(
    api: FakeApi, typed: bytes, more: list[str], code: int, count: int
) -> None:
    for name in ("att_1", "att_2"):
        api.answers("POST", f"/v1/attempts/{name}/resolve", resolved(name))

    words = ["resolve", "att_1", "att_2", "--none", "--redial", *more]
    ended, _ = asked_on_a_terminal(api.url, *words, typed=typed)

    assert (ended, len(posted(api))) == (code, count)
