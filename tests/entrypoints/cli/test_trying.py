import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from entrypoints.cli import trying
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import CAMPAIGN, FakeApi

FROM, TO = "+15551230001", "+15551230002"
ID = "try_aaaaaaaaaaaa"
PATH = f"/v1/campaigns/{ID}"
PERSON = f"{PATH}/recipients/+15551230002"
SCRIPT = {"start": "only", "steps": {"only": {"actions": [{"say": "Hello {name}."}], "end": True}}}
ENTRY: dict[str, Any] = {
    "position": 5,
    "event": "call.created",
    "source": "api",
    "occurred_at": "2026-05-29T12:00:00Z",
    "recorded_at": "2026-05-29T12:00:00.100000Z",
    "deliveries": 1,
    "notes": [],
    "key": "k",
    "detail": {"status": "dialing"},
}
SERVED: dict[str, Any] = {**ENTRY, "position": 7, "event": "answer.served", "detail": {"step": "only", "version": 1}}
TIMELINE: dict[str, Any] = {
    "call_id": "call_1",
    "campaign_id": ID,
    "number": TO,
    "state": {"phase": "ended", "outcome": "completed", "reached": True, "step": "only"},
    "entries": [ENTRY, SERVED],
}
EVENTS: dict[str, Any] = {
    "items": [
        {"position": 5, "event": "call.created", "body": {}},
        {
            "position": 7,
            "event": "answer.served",
            "body": {"actions": '{"actions": [{"say": {"text": "Hello Ada."}}]}'},
        },
    ],
    "next": None,
    "position": 9,
}
EVENTS_PATH = "/v1/calls/call_1/events?limit=1000"
RECIPIENT: dict[str, Any] = {"number": TO, "status": "reached", "reason": None, "call_id": "call_1", "verdict": None}
VERDICT = {
    "may_dial": False,
    "reasons": [
        {"rule": "suppressed", "inputs": {"source": "test", "reason": "asked not to be called"}, "until": None}
    ],
}


@pytest.fixture(autouse=True)
def known_id_and_no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "uuid4", lambda: SimpleNamespace(hex="a" * 32))
    monkeypatch.setattr(trying, "POLL_SECONDS", 0.001)


@pytest.fixture
def dialling(api: FakeApi) -> FakeApi:
    """A server that dials, and on which the call goes well."""
    api.answers("POST", "/v1/campaigns", CAMPAIGN, 201)
    api.answers("POST", f"{PATH}/recipients", {"enrolled": 1, "complaints": []})
    api.answers("POST", f"{PATH}/start", {})
    api.answers("POST", f"{PATH}/cancel", {})
    api.answers("GET", PATH, {**CAMPAIGN, "state": "running"})
    api.answers("GET", PATH, {**CAMPAIGN, "state": "completed"})
    api.answers("GET", EVENTS_PATH, EVENTS)
    return api


def posted(api: FakeApi) -> list[tuple[str, Any]]:
    return [(one.target, one.body) for one in api.asked if one.method == "POST"]


def test_one_call_is_placed_followed_and_shown_and_its_campaign_ended(
    dialtrail: Run, dialling: FakeApi, tmp_path: Path
) -> None:
    (tmp_path / "menu.json").write_text(json.dumps(SCRIPT))
    dialling.answers("GET", PERSON, {**RECIPIENT, "status": "dialing", "call_id": None})
    dialling.answers("GET", PERSON, RECIPIENT)
    dialling.answers("GET", "/v1/calls/call_1/timeline", TIMELINE)

    options = ("--script", "menu.json", "--var", "name=Ada", "--var", "day=a=b", "--record", "--yes")
    code, data, talk = dialtrail("try", FROM, TO, *options)

    assert code == 0, talk
    assert posted(dialling) == [
        ("/v1/campaigns", {"id": ID, "from": FROM, "record": True, "script": SCRIPT}),
        (f"{PATH}/recipients", {"recipients": [{"number": TO, "variables": {"name": "Ada", "day": "a=b"}}]}),
        (f"{PATH}/start", None),
    ]
    assert talk.splitlines() == [
        "call.created status=dialing",
        "answer.served step=only",
        "everything about it: dialtrail timeline call_1",
    ]
    assert data.split("\n")[1] == f"call_1 to {TO} in {ID}: ended (completed), answered, step only"
    assert data.endswith("\nwhat was said, and what was pressed:\n  Hello Ada.\n")


def test_a_campaign_that_does_not_end_by_itself_is_canceled(
    dialtrail: Run, dialling: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "COMPLETED_SECONDS_MAX", 0.0)
    dialling.answers("GET", PERSON, RECIPIENT)
    dialling.answers("GET", "/v1/calls/call_1/timeline", TIMELINE)

    assert dialtrail("try", FROM, TO, "--yes").code == 0
    assert posted(dialling)[-1] == (f"{PATH}/cancel", None)


@pytest.mark.parametrize(
    ("reached", "said"),
    [
        (False, "nobody answered: nothing was heard"),
        (True, "it was answered, and told nothing: MiniVoice did not ask for a script; see its answer_url"),
    ],
)
def test_where_nothing_was_heard_that_is_said(reached: bool, said: str, dialtrail: Run, dialling: FakeApi) -> None:
    ended = {**TIMELINE, "state": {**TIMELINE["state"], "reached": reached}, "entries": [ENTRY]}
    dialling.answers("GET", PERSON, {**RECIPIENT, "status": "reached" if reached else "not_reached"})
    dialling.answers("GET", "/v1/calls/call_1/timeline", ended)

    assert dialtrail("try", FROM, TO, "--yes").data.endswith(f"\n{said}\n")


def test_what_a_campaign_of_ones_own_says_can_be_tried_before_it_starts(dialtrail: Run, dialling: FakeApi) -> None:
    dialling.answers("GET", "/v1/campaigns/spring_followup", {**CAMPAIGN, "state": "created", "script": SCRIPT})
    dialling.answers("GET", PERSON, RECIPIENT)
    dialling.answers("GET", "/v1/calls/call_1/timeline", TIMELINE)

    code, _, talk = dialtrail("try", FROM, TO, "--campaign", "spring_followup", "--yes")

    assert code == 0, talk
    assert posted(dialling)[0] == ("/v1/campaigns", {"id": ID, "from": FROM, "record": False, "script": SCRIPT})


def test_a_campaign_without_a_script_and_two_scripts_are_refused_before_anything_is_made(
    dialtrail: Run, dialling: FakeApi, tmp_path: Path
) -> None:
    (tmp_path / "menu.json").write_text(json.dumps(SCRIPT))
    dialling.answers("GET", "/v1/campaigns/spring_followup", {**CAMPAIGN, "script": None})

    of_campaign = ("try", FROM, TO, "--campaign", "spring_followup", "--yes")
    assert dialtrail(*of_campaign) == (
        2,
        "",
        "dialtrail: --campaign: spring_followup has no script; give one with --script\n",
    )
    assert dialtrail(*of_campaign, "--script", "menu.json") == (
        2,
        "",
        "dialtrail: --script, --campaign: both say what the call says; give one of them\n",
    )
    assert posted(dialling) == []


def test_programs_get_one_object_and_a_campaign_that_is_over_is_left_as_it_is(dialtrail: Run, api: FakeApi) -> None:
    api.answers("POST", "/v1/campaigns", CAMPAIGN, 201)
    api.answers("POST", f"{PATH}/recipients", {"complaints": []})
    api.answers("POST", f"{PATH}/start", {})
    api.answers("GET", PATH, {**CAMPAIGN, "state": "completed"})
    api.answers("GET", PERSON, RECIPIENT)
    api.answers("GET", "/v1/calls/call_1/timeline", TIMELINE)
    api.answers("GET", EVENTS_PATH, EVENTS)

    code, data, _ = dialtrail("try", FROM, TO, "--yes", "--json")

    assert code == 0
    assert json.loads(data) == {
        "campaign_id": ID,
        "status": "reached",
        "reason": None,
        "verdict": None,
        "timeline": TIMELINE,
        "heard": ["Hello Ada."],
    }
    assert [target for target, _ in posted(api)] == ["/v1/campaigns", f"{PATH}/recipients", f"{PATH}/start"]


def test_off_a_terminal_it_calls_nobody_without_being_told_to(dialtrail: Run, dialling: FakeApi) -> None:
    assert dialtrail("try", FROM, TO) == (
        2,
        "",
        "dialtrail: --yes: is needed where nobody can be asked: this calls somebody, and costs money\n",
    )
    assert dialling.asked == []


@pytest.mark.usefixtures("ledger")
def test_where_nobody_dials_it_says_what_to_start(dialtrail: Run) -> None:
    code, data, talk = dialtrail("try", FROM, TO, "--yes")

    assert (code, data) == (1, "")
    assert "nobody dials here at present; start `dialtrail up` in another terminal first" in talk


@pytest.mark.parametrize("status", ["held", "suppressed"])
def test_somebody_who_is_not_called_is_told_of_with_the_reasons(
    status: str, dialtrail: Run, dialling: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "HELD_SECONDS_MAX", 0.0)
    answer = {**RECIPIENT, "status": status, "reason": "asked", "call_id": None, "verdict": VERDICT}
    dialling.answers("GET", PERSON, answer)

    code, data, talk = dialtrail("try", FROM, TO, "--yes")

    assert (code, data) == (1, "")
    assert talk.splitlines()[0] == "no other call is placed now, because:"
    assert "this person is suppressed (source: test)" in talk
    assert talk.splitlines()[-1] == f"dialtrail: {TO} was not called: {status} (asked)"
    assert posted(dialling)[-1] == (f"{PATH}/cancel", None)


def test_what_takes_longer_than_one_waits_for_is_followed_no_longer(
    dialtrail: Run, dialling: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "time", SimpleNamespace(monotonic=iter((0.0, 0.5, 1.5)).__next__))
    dialling.answers("GET", PERSON, {**RECIPIENT, "status": "in_progress"})
    open_call = {**TIMELINE, "state": {**TIMELINE["state"], "phase": "in_progress", "outcome": None}}
    dialling.answers("GET", "/v1/calls/call_1/timeline", open_call)

    code, _, talk = dialtrail("try", FROM, TO, "--yes", "--wait", "1")

    assert code == 0, talk
    assert "it is not over after 1 s; it goes on, and is followed no longer" in talk


def test_a_fault_in_the_script_is_told_with_its_file_and_line(dialtrail: Run, api: FakeApi, tmp_path: Path) -> None:
    (tmp_path / "menu.toml").write_text('start = "only"\n[steps.only]\nactions = [{say = "Hello."}]\nend = true\n')
    detail = "script.steps.only.actions[0].say: has nothing to say; write a text"
    fault = {"title": "t", "detail": detail, "field": "script.steps.only.actions[0].say"}
    api.answers("POST", "/v1/campaigns", fault, 400)

    code, data, talk = dialtrail("try", FROM, TO, "--script", "menu.toml", "--yes")

    assert (code, data) == (2, "")
    assert talk == f"dialtrail: menu.toml, line 3: {detail}\n"


def test_a_variable_that_the_script_needs_is_asked_for_by_its_option(dialtrail: Run, dialling: FakeApi) -> None:
    complaint = {"line": 1, "field": "name", "reason": "the script says it, and has no default"}
    dialling._answers.pop(("POST", f"{PATH}/recipients"))
    dialling.answers("POST", f"{PATH}/recipients", {"complaints": [complaint]})

    code, _, talk = dialtrail("try", FROM, TO, "--yes")

    assert (code, talk.splitlines()[-1]) == (2, "dialtrail: --var name: the script says it, and has no default")
    assert posted(dialling)[-1] == (f"{PATH}/cancel", None)


@pytest.mark.parametrize("words", [("12", TO), (FROM, "somebody"), (FROM, TO, "--var", "name"), (FROM, TO, "--var", "=x")])  # fmt: skip
def test_what_cannot_be_meant_is_refused_before_anybody_is_asked(
    words: tuple[str, ...], dialtrail: Run, dialling: FakeApi
) -> None:
    assert dialtrail("try", *words, "--yes").code == 2
    assert dialling.asked == []


@pytest.mark.parametrize(
    ("caller", "number"), [(FROM, FROM), ("+442079460018", "+4402079460018"), ("+5491123456789", "+541123456789")]
)
def test_nobody_calls_themselves(caller: str, number: str, dialtrail: Run, dialling: FakeApi) -> None:
    said = "dialtrail: TO: is FROM's own number, which cannot call itself; give a number of another telephone\n"
    assert dialtrail("try", caller, number, "--yes") == (2, "", said)
    assert dialling.asked == []
