import json
from pathlib import Path
from typing import Any

import pytest

from domain.policy import WEEKDAYS
from entrypoints.cli.revision import DAYS, forecast_lines, shown
from entrypoints.cli.times import IN_UTC
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import CAMPAIGN, FakeApi
from tests.entrypoints.cli.terminal import asked_on_a_terminal

PATH = "/v1/campaigns/spring_followup/revise"
NINE = "2026-05-30T09:00:00.000000Z"
QUEUED, DONE = {"status": "queued", "reason": None}, {"status": "not_reached", "reason": None}
OUTSIDE, UNKNOWN = {"status": "held", "reason": "outside_hours"}, {"status": "held", "reason": "zone_unknown"}
FORECAST: dict[str, Any] = {
    "recipients": 12_500,
    "not_judged": 0,
    "before": {"queued": 12_300, "held": 100, "under_way": 0, "final": 100, "held_by": []},
    "after": {"queued": 11_990, "held": 410, "under_way": 0, "final": 100, "held_by": []},
    "moves": [{"from": QUEUED, "to": OUTSIDE, "until": NINE, "recipients": 310}],
}
FORESEEN: dict[str, Any] = {
    "campaign_id": "spring_followup",
    "preview": True,
    "reason": "asked to",
    "changes": [{"field": "limits.calls_at_once", "before": 10, "after": 4}],
    "forecast": FORECAST,
    "campaign": None,
    "position": 1234,
    "judged_at": "2026-05-29T12:00:00.000000Z",
}
DONE_SO: dict[str, Any] = {**FORESEEN, "preview": False, "forecast": None, "campaign": CAMPAIGN, "position": 1235}
SHOWN = [
    "field                 before  after",
    "limits.calls_at_once  10      4",
    "",
    f"of 12,400 waiting, 310 become held (outside_hours) until {NINE}",
    "as of position 1234, judged at 2026-05-29T12:00:00.000000Z",
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "change.toml"
    path.write_text("[limits]\ncalls_at_once = 4\n")
    return path


def revise(dialtrail: Run, file: Path, *more: str) -> Any:
    return dialtrail("campaign", "revise", "spring_followup", str(file), "--reason", "asked to", *more)


def test_the_preview_is_printed_first_and_then_it_is_done(dialtrail: Run, api: FakeApi, file: Path) -> None:
    api.answers("POST", PATH, FORESEEN)
    api.answers("POST", PATH, DONE_SO)

    code, data, talk = revise(dialtrail, file)

    assert (code, talk) == (0, "")
    assert data.splitlines() == [*SHOWN, "spring_followup: revised as of position 1235"]
    body = {"limits": {"calls_at_once": 4}, "reason": "asked to"}
    assert [one.body for one in api.asked] == [{**body, "preview": True}, body]


def test_with_preview_nothing_is_asked_but_the_preview(dialtrail: Run, api: FakeApi, file: Path) -> None:
    api.answers("POST", PATH, FORESEEN)

    code, data, talk = revise(dialtrail, file, "--preview")

    assert (code, data.splitlines(), talk) == (0, SHOWN, "nothing was changed; leave out --preview to change it\n")
    assert [one.body["preview"] for one in api.asked] == [True]
    assert json.loads(revise(dialtrail, file, "--preview", "--json").data) == FORESEEN


def test_json_is_the_answer_with_what_was_foreseen_just_before(dialtrail: Run, api: FakeApi, file: Path) -> None:
    api.answers("POST", PATH, FORESEEN)
    api.answers("POST", PATH, DONE_SO)

    code, data, talk = revise(dialtrail, file, "--json")

    assert (code, json.loads(data), talk) == (0, {**DONE_SO, "forecast": FORECAST}, "")


def test_one_that_waits_for_a_second_person_says_so(dialtrail: Run, api: FakeApi, file: Path) -> None:
    waits = {"campaign_id": "spring_followup", "change": {"change_id": "chg_1", "change": "revise"}, "position": 9}
    for answer, status in ((FORESEEN, 200), (waits, 202), (FORESEEN, 200), (waits, 202)):
        api.answers("POST", PATH, answer, status)

    code, data, talk = revise(dialtrail, file)

    assert (code, data.splitlines()[-1]) == (
        0,
        "spring_followup: change chg_1 (revise) waits for a second person's approval",
    )
    assert talk == "somebody else, with a token of their own: dialtrail campaign approve spring_followup chg_1\n"
    assert json.loads(revise(dialtrail, file, "--json").data) == waits


def test_what_the_plan_says_already_is_said(dialtrail: Run, api: FakeApi, file: Path) -> None:
    api.answers("POST", PATH, {**FORESEEN, "changes": []})
    api.answers("POST", PATH, {**DONE_SO, "changes": []})

    assert revise(dialtrail, file) == (0, "spring_followup: nothing changes, its plan says so already\n", "")


def test_an_error_names_the_file_the_line_and_the_field(dialtrail: Run, api: FakeApi, file: Path) -> None:
    problem = {"detail": "limits.calls_at_once: must be less", "field": "limits.calls_at_once"}
    api.answers("POST", PATH, problem, 400)

    said = f"dialtrail: {file}, line 2: limits.calls_at_once: must be less\n"
    assert revise(dialtrail, file) == (2, "", said)
    assert len(api.asked) == 1


def test_a_wrong_reason_is_not_the_files_fault(dialtrail: Run, api: FakeApi, file: Path) -> None:
    api.answers("POST", PATH, {"detail": "reason: is too long", "field": "reason"}, 400)

    assert revise(dialtrail, file).talk == "dialtrail: --reason: is too long\n"


@pytest.mark.parametrize("name", ["reason", "preview"])
def test_what_is_an_option_does_not_go_into_the_file(dialtrail: Run, api: FakeApi, tmp_path: Path, name: str) -> None:
    file = tmp_path / "change.json"
    file.write_text(f'{{\n"{name}": "x"}}')

    said = f"dialtrail: {file}, line 2: {name}: does not go into the file; say --{name}\n"
    assert revise(dialtrail, file) == (2, "", said)
    assert api.asked == []


def test_without_a_reason_nothing_is_asked(dialtrail: Run, api: FakeApi, file: Path) -> None:
    code, _, talk = dialtrail("campaign", "revise", "spring_followup", str(file))

    assert (code, talk) == (2, "dialtrail: Missing option '--reason'. See: dialtrail campaign revise --help\n")
    assert api.asked == []


@pytest.mark.parametrize(("answer", "code", "posts"), [(b"n\n", 130, 1), (b"y\n", 0, 2)])
def test_on_a_terminal_it_asks_after_the_preview(
    api: FakeApi, file: Path, answer: bytes, code: int, posts: int
) -> None:
    api.answers("POST", PATH, FORESEEN)
    api.answers("POST", PATH, DONE_SO)
    words = ["campaign", "revise", "spring_followup", str(file), "--reason", "asked to"]

    ended, shown_there = asked_on_a_terminal(api.url, *words, asked=b"[y/N]", typed=answer)

    assert ended == code
    assert "Revise spring_followup?" in shown_there
    assert len(api.asked) == posts


def test_who_moves_is_told_one_sentence_a_move() -> None:
    moves = [
        {"from": QUEUED, "to": UNKNOWN, "until": None, "recipients": 2_000},
        {"from": UNKNOWN, "to": OUTSIDE, "until": NINE, "recipients": 20},
        {"from": OUTSIDE, "to": QUEUED, "until": None, "recipients": 3},
        {"from": DONE, "to": QUEUED, "until": None, "recipients": 1},
    ]
    assert list(forecast_lines({**FORECAST, "moves": moves, "not_judged": 5}, IN_UTC)) == [
        "of 12,400 waiting, 2,000 become held (zone_unknown)",
        f"of 12,400 waiting, 20 stay held (outside_hours) until {NINE}",
        "of 12,400 waiting, 3 become queued",
        "of those who did not wait, 1 not_reached become queued",
        "5 who were dialled before are too many to judge each, and left out",
    ]
    nobody = forecast_lines({**FORECAST, "moves": []}, IN_UTC)
    assert list(nobody) == ["of 12,400 waiting, nobody stands elsewhere by it"]


def test_days_with_the_same_hours_are_named_together() -> None:
    assert DAYS == WEEKDAYS
    assert shown({day: ["09:00-20:00"] for day in DAYS}) == "every day 09:00-20:00"
    hours: dict[str, list[str]] = {day: ["09:00-12:00", "13:00-20:00"] for day in DAYS[:5]}
    assert shown({**hours, "saturday": ["10:00-14:00"], "sunday": []}) == (
        "monday to friday 09:00-12:00, 13:00-20:00; saturday 10:00-14:00; sunday closed"
    )
    assert [shown(value) for value in (None, "x", 2.5, {}, {"a": 1})] == ["(default)", "x", "2.5", "{}", '{"a":1}']
