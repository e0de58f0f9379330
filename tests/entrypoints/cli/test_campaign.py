import json
from pathlib import Path

import pytest

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import CAMPAIGN, FakeApi
from tests.entrypoints.cli.test_preflight_report import FOUND

PATH = "/v1/campaigns/spring_followup"


def test_create_sends_the_file_as_it_is(dialtrail: Run, api: FakeApi, tmp_path: Path) -> None:
    api.answers("POST", "/v1/campaigns", CAMPAIGN, 201)
    (tmp_path / "a.json").write_text('{"id": "spring_followup", "unknown": [1.50]}')
    (tmp_path / "a.toml").write_text('id = "spring_followup"\n[limits]\ncalls_at_once = 3\n')

    assert dialtrail("campaign", "create", str(tmp_path / "a.json")) == (0, "spring_followup: running\n", "")
    assert dialtrail("campaign", "create", str(tmp_path / "a.toml")).code == 0
    assert [one.body for one in api.asked] == [
        {"id": "spring_followup", "unknown": [1.5]},
        {"id": "spring_followup", "limits": {"calls_at_once": 3}},
    ]


def test_what_the_server_finds_wrong_in_the_file_exits_2(dialtrail: Run, api: FakeApi, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    api.answers("POST", "/v1/campaigns", {"detail": "id: must be a slug", "field": "id"}, 400)

    for text, place in (('{\n"id": "a b"}', ", line 2"), ("{}", ""), ('{"id": 1,\n"id": 2}', "")):
        file.write_text(text)
        said = f"dialtrail: {file}{place}: id: must be a slug\n"
        assert dialtrail("campaign", "create", str(file)) == (2, "", said)


def test_the_line_of_a_wrong_limit_in_toml_is_told(dialtrail: Run, api: FakeApi, tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('id = "a"\nfrom = "+15551230001"\n[limits]\ncalls_at_onc = 1\n')
    problem = {"detail": "limits.calls_at_onc: is not known", "field": "limits.calls_at_onc"}
    api.answers("POST", "/v1/campaigns", problem, 400)

    assert dialtrail("campaign", "create", str(file)).talk == (
        f"dialtrail: {file}, line 4: limits.calls_at_onc: is not known\n"
    )


def test_a_campaign_without_recipients_says_what_comes_next(dialtrail: Run, api: FakeApi, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text("{}")
    api.answers("POST", "/v1/campaigns", {**CAMPAIGN, "recipients": {}}, 201)
    api.answers("POST", f"{PATH}/start", {**CAMPAIGN, "recipients": {"queued": 0}})

    command = "dialtrail recipients import spring_followup FILE\n"
    assert dialtrail("campaign", "create", str(file)).talk == f"next: {command}"
    assert dialtrail("campaign", "start", "spring_followup").talk == f"it has no recipients yet; next: {command}"


def test_a_campaign_of_which_the_views_know_nothing_yet_is_not_said_to_have_no_recipients(
    dialtrail: Run, api: FakeApi, tmp_path: Path
) -> None:
    file = tmp_path / "a.json"
    file.write_text("{}")
    unknown = {**CAMPAIGN, "recipients": None, "summary": None}
    api.answers("POST", "/v1/campaigns", unknown, 201)
    api.answers("POST", f"{PATH}/start", unknown)

    assert dialtrail("campaign", "create", str(file)) == (0, "spring_followup: running\n", "")
    assert dialtrail("campaign", "start", "spring_followup") == (0, "spring_followup: running\n", "")


@pytest.mark.parametrize("words", [("status",), ("campaign", "show"), ("campaign", "start"), ("unresolved",)])
def test_an_unknown_campaign_is_answered_with_those_that_may_be_meant(
    dialtrail: Run, api: FakeApi, words: tuple[str, ...]
) -> None:
    api.answers("GET", "/v1/campaigns?limit=1000", {"items": [CAMPAIGN, {**CAMPAIGN, "id": "other"}], "next": None})

    code, data, talk = dialtrail(*words, "spring_folowup")

    assert (code, data) == (1, "")
    assert talk.endswith("; did you mean spring_followup?\n")


@pytest.mark.parametrize("verb", ["pause", "resume", "cancel"])
def test_each_verb_is_a_post_and_notes_are_talk(dialtrail: Run, api: FakeApi, verb: str) -> None:
    api.answers("POST", f"{PATH}/{verb}", {**CAMPAIGN, "notes": ["the account's pause is lifted, too"]})

    said = (0, "spring_followup: running\n", "the account's pause is lifted, too\n")
    assert dialtrail("campaign", verb, "spring_followup") == said
    assert [(one.method, one.target, one.body) for one in api.asked] == [("POST", f"{PATH}/{verb}", None)]


def test_list_shows_each_campaign(dialtrail: Run, api: FakeApi) -> None:
    name = "a" * 64
    api.answers("GET", "/v1/campaigns?limit=1000", {"items": [CAMPAIGN, {**CAMPAIGN, "id": name}], "next": None})

    code, data, talk = dialtrail("campaign", "list")

    header, first, second = data.splitlines()
    assert header.split() == ["campaign", "state", "recipients", "reached", "queued", "unresolved", "created"]
    assert first.split() == ["spring_followup", "running", "32", "20", "12", "0", "2026-05-29T12:00:00.000000Z"]
    assert second.startswith(f"{name}  running  ")
    assert (code, talk) == (0, "")


def test_an_empty_list_says_what_to_do(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/campaigns?limit=1000", {"items": [], "next": None})

    _, data, talk = dialtrail("campaign", "list")

    assert data.startswith("campaign  state")
    assert talk == "no campaign yet; make one with: dialtrail campaign create FILE\n"


def test_show_has_the_definition(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", PATH, CAMPAIGN)

    assert dialtrail("campaign", "show", "spring_followup").data.splitlines() == [
        "spring_followup: running",
        "from +15551230001, 1.5 calls a second, 10 at once",
        "recorded: no, metadata: season=spring",
        "created 2026-05-29T12:00:00.000000Z",
        "",
        "recipients  count  share",
        "queued         12  37.5%",
        "reached        20  62.5%",
        "all            32",
    ]


def test_show_says_the_policy_in_sentences_and_status_does_not(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", PATH, {**CAMPAIGN, "policy": {"attempts_max": 2, "answer_grace_seconds": 0, "weight": 2.0}})

    shown = dialtrail("campaign", "show", "spring_followup").data

    assert shown.partition("policy:\n")[2].splitlines()[:4] == [
        "- People may be called at any hour of any day.",
        "- Each person could be tried 2 times, but no outcome is tried again: `policy.retry` names none.",
        "- Where campaigns share the account's pace, it gets 2 turns to another's 1.",
        "",
    ]
    assert "policy:" not in dialtrail("status", "spring_followup").data


@pytest.mark.parametrize("words", [("campaign", "show"), ("status",)])
def test_json_is_what_the_api_said(dialtrail: Run, api: FakeApi, words: tuple[str, ...]) -> None:
    api.answers("GET", PATH, CAMPAIGN)

    code, data, talk = dialtrail(*words, "spring_followup", "--json")

    assert (code, json.loads(data), data.count("\n"), talk) == (0, CAMPAIGN, 1, "")


def test_what_was_warned_of_before_the_start_is_not_said_twice(dialtrail: Run, api: FakeApi) -> None:
    look = {**FOUND, "warnings": [{"about": "no_script", "says": "nobody wrote what callers hear"}]}
    api.answers("GET", f"{PATH}/preflight", look)
    notes = ["nobody wrote what callers hear", "a canary"]
    api.answers("POST", f"{PATH}/start", {**CAMPAIGN, "notes": notes})

    code, data, talk = dialtrail("campaign", "start", "spring_followup")

    assert (code, data) == (0, "spring_followup: running\n")
    assert talk.splitlines() == ["warning: no_script: nobody wrote what callers hear", "a canary"]
