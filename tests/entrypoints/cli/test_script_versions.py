import json
from typing import Any

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi

SCRIPTS = "/v1/campaigns/spring_followup/scripts"
REVISE = "/v1/campaigns/spring_followup/revise"
ONE: dict[str, Any] = {
    "version": 1,
    "recorded_at": "2026-05-29T12:00:00.000000Z",
    "at_position": 4,
    "actor": "operator:ada",
    "reason": None,
    "steps": 3,
}
TWO = {**ONE, "version": 2, "reason": "shorter", "steps": None}
PAGE = {"items": [ONE, TWO], "next": None, "position": 9}
COMPARED = {
    "before": ONE,
    "after": TWO,
    "changes": [{"field": "steps.a.actions[0].say", "before": "Hello.", "after": None}],
    "position": 9,
}
DONE: dict[str, Any] = {"campaign_id": "spring_followup", "changes": [{"field": "script"}], "position": 12}


def test_the_history_is_a_table(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{SCRIPTS}?limit=1000", PAGE)

    code, data, talk = dialtrail("script", "history", "spring_followup")

    assert (code, talk) == (0, "")
    assert [" ".join(line.split()) for line in data.splitlines()] == [
        "version since steps by reason",
        "1 2026-05-29T12:00:00.000000Z 3 operator:ada",
        "2 2026-05-29T12:00:00.000000Z no script operator:ada shorter",
    ]


def test_a_campaign_without_any_is_told_how_to_add_one(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{SCRIPTS}?limit=1000", {"items": [], "next": None, "position": 9})

    assert (
        "has no script; add one with: dialtrail campaign revise"
        in dialtrail("script", "history", "spring_followup").talk
    )


def test_two_versions_are_compared_and_without_the_other_it_is_the_last(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{SCRIPTS}?limit=1000", PAGE)
    api.answers("GET", f"{SCRIPTS}/1/compare/2", COMPARED)

    for words in (["1", "2"], ["1"]):
        code, data, _ = dialtrail("script", "diff", "spring_followup", *words)
        assert code == 0
        assert [" ".join(line.split()) for line in data.splitlines()] == [
            "field version 1 version 2",
            "steps.a.actions[0].say Hello. -",
        ]
    api.answers("GET", f"{SCRIPTS}/1/compare/1", {**COMPARED, "changes": []})
    assert dialtrail("script", "diff", "spring_followup", "1", "1").data == "no difference\n"


def test_a_rollback_revises_the_campaign_with_the_script_of_before(dialtrail: Run, api: FakeApi) -> None:
    script = {"start": "a", "steps": {}}
    api.answers("GET", f"{SCRIPTS}/1", {**ONE, "script": script, "position": 9})
    api.answers("POST", REVISE, DONE)

    code, data, _ = dialtrail("script", "rollback", "spring_followup", "1", "--reason", "worked")

    assert (code, data) == (0, "spring_followup: the script is that of version 1 again, as of position 12\n")
    assert api.asked[-1].body == {"script": script, "reason": "worked", "preview": False}


def test_a_rollback_to_what_holds_already_says_so(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{SCRIPTS}/1", {**ONE, "script": {}, "position": 9})
    api.answers("POST", REVISE, {**DONE, "changes": []})

    assert "nothing changes" in dialtrail("script", "rollback", "spring_followup", "1", "--reason", "x").data


def test_programs_get_the_apis_own_json(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{SCRIPTS}?limit=1000", PAGE)
    api.answers("GET", f"{SCRIPTS}/1/compare/2", COMPARED)

    assert json.loads(dialtrail("script", "history", "spring_followup", "--json").data)["items"] == PAGE["items"]
    assert json.loads(dialtrail("script", "diff", "spring_followup", "1", "2", "--json").data) == COMPARED


def test_the_inbound_script_has_a_history_differences_and_a_way_back(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{SCRIPTS}?inbound=true&limit=1000", PAGE)
    api.answers("GET", f"{SCRIPTS}/1/compare/2?inbound=true", COMPARED)
    api.answers("GET", f"{SCRIPTS}/1?inbound=true", {**ONE, "script": {"start": "a"}})
    api.answers("POST", REVISE, DONE)

    assert "no script" in dialtrail("script", "history", "spring_followup", "--inbound").data
    assert dialtrail("script", "diff", "spring_followup", "1", "--inbound").code == 0
    code, data, _ = dialtrail("script", "rollback", "spring_followup", "1", "--inbound", "--reason", "x")

    assert (code, data) == (0, "spring_followup: the inbound script is that of version 1 again, as of position 12\n")
    assert api.asked[-1].body == {"inbound_script": {"start": "a"}, "reason": "x", "preview": False}
