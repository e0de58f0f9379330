import json
from pathlib import Path
from typing import Any

import pytest

from entrypoints.cli.api import Json
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi
from tests.entrypoints.cli.terminal import on_a_terminal, without_colours

PEOPLE = "/v1/campaigns/spring_followup/recipients"
ADA: dict[str, Any] = {
    "number": "+15551230002",
    "status": "held",
    "reason": "=danger",
    "until": "2026-05-29T12:00:00.000000Z",
    "attempts": 1,
    "call_id": None,
    "zone": "Europe/Berlin",
    "variables": {"name": "Ada"},
    "learned_later": 1,
}
BO: dict[str, Any] = {**ADA, "number": "+15551230003", "status": "queued", "reason": None, "variables": {"plan": 'a"b'}}
BO["wished_at"] = "2026-05-30T09:00:00.000000Z"
CALL: dict[str, Any] = {
    "call_id": "call_1",
    "campaign_id": None,
    "number": "+15551230002",
    "direction": "outbound",
    "phase": "ended",
    "outcome": "completed",
    "plain_outcome": "no_answer",
    "talk_seconds": None,
    "person_proofs": [],
    "reached": True,
    "step": "call.completed",
    "created_at": "2026-05-29T12:00:00.000000Z",
    "answered_at": None,
    "ended_at": "2026-05-29T12:00:09.000000Z",
    "heard_at": "2026-05-29T12:00:10.000000Z",
    "anomalies": ["late", "redelivered"],
}


def event(position: int) -> dict[str, Any]:
    return {
        "position": position,
        "event": "call.created",
        "stream": "call:c",
        "version": 1,
        "event_id": f"id_{position}",
        "recorded_at": "2026-05-29T12:00:00.000000Z",
        "metadata": {},
        "body": {"digits": "5"},
    }


def page(items: list[dict[str, Any]], following: str | None, position: int) -> dict[str, Any]:
    return {"items": items, "next": following, "position": position}


@pytest.fixture
def people(api: FakeApi) -> FakeApi:
    """Two pages as of position 40, where the export begins."""
    api.answers("GET", f"{PEOPLE}?limit=1", page([ADA], "1", 40))
    api.answers("GET", f"{PEOPLE}?as_of=40&limit=1000", page([ADA], "1", 40))
    api.answers("GET", f"{PEOPLE}?as_of=40&limit=1000&after=1", page([BO], None, 40))
    return api


CSV = (
    "number,status,reason,until,attempts,call_id,zone,variables,reference,wished_at\n"
    '+15551230002,held,\'=danger,2026-05-29T12:00:00.000000Z,1,,Europe/Berlin,"{""name"":""Ada""}",,\n'
    '+15551230003,queued,,2026-05-29T12:00:00.000000Z,1,,Europe/Berlin,"{""plan"":""a\\""b""}",,2026-05-30T09:00:00.000000Z\n'
)
JSONL = "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in (ADA, BO))


def test_recipients_are_all_of_the_moment_at_which_the_export_began(dialtrail: Run, people: FakeApi) -> None:
    assert dialtrail("export", "recipients", "spring_followup") == (0, CSV, "2 recipients, as of position 40\n")


def test_json_lines_are_the_apis_objects(dialtrail: Run, people: FakeApi) -> None:
    assert dialtrail("export", "recipients", "spring_followup", "--format", "jsonl", "--out", "-").data == JSONL


@pytest.mark.parametrize(
    ("name", "more", "content"),
    [
        ("people.csv", (), CSV),
        ("people.JSONL", (), JSONL),
        ("people.ndjson", (), JSONL),
        ("people", (), CSV),
        ("people.jsonl", ("--format", "csv"), CSV),
    ],
)
def test_a_file_is_written_as_its_name_says(
    dialtrail: Run, people: FakeApi, tmp_path: Path, name: str, more: tuple[str, ...], content: str
) -> None:
    said = (0, "", f"2 recipients, as of position 40, in {name}\n")
    assert dialtrail("export", "recipients", "spring_followup", "--out", name, *more) == said
    assert (tmp_path / name).read_text() == content


def test_a_past_moment_and_a_status_go_with_every_page(dialtrail: Run, api: FakeApi) -> None:
    asked = f"{PEOPLE}?status=held&as_of=2026-05-29T10%3A00%3A00.000000Z&limit=1000"
    api.answers("GET", asked, page([ADA], "1", 30))
    api.answers("GET", f"{asked}&after=1", page([], None, 30))

    words = ("--status", "held", "--as-of", "2026-05-29T12:00:00+02:00")
    code, data, talk = dialtrail("export", "recipients", "spring_followup", *words)

    assert (code, data.count("\n"), talk) == (0, 2, "1 recipient, as of position 30\n")


def test_a_failure_half_way_leaves_the_file_as_it_was(
    dialtrail: Run, api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entrypoints.cli.api.BUSY_WAIT_SECONDS", 0.0)
    file = tmp_path / "people.csv"
    file.write_text("of yesterday\n")
    api.answers("GET", f"{PEOPLE}?limit=1", page([ADA], "1", 40))
    api.answers("GET", f"{PEOPLE}?as_of=40&limit=1000", page([ADA], "1", 40))
    api.answers("GET", f"{PEOPLE}?as_of=40&limit=1000&after=1", {"detail": "the disk is full"}, 503)
    said = "dialtrail: the disk is full; the export is not complete: "

    code, data, talk = dialtrail("export", "recipients", "spring_followup", "--out", "people.csv")
    assert (code, data, talk) == (1, "", f"{said}people.csv was left as it was\n")
    assert (file.read_text(), sorted(tmp_path.iterdir())) == ("of yesterday\n", [file])

    code, _, talk = dialtrail("export", "recipients", "spring_followup")
    assert (code, talk) == (1, f"{said}only the first 1 of the recipients were written\n")


def test_pages_of_two_moments_are_refused(dialtrail: Run, api: FakeApi) -> None:
    asked = f"{PEOPLE}?as_of=2030-01-01T00%3A00%3A00.000000Z&limit=1000"
    api.answers("GET", asked, page([ADA], "1", 40))
    api.answers("GET", f"{asked}&after=1", page([BO], None, 41))

    code, _, talk = dialtrail("export", "recipients", "spring_followup", "--as-of", "2030-01-01T00:00:00Z")

    assert code == 1
    assert talk.startswith("dialtrail: the pages are not of one moment (positions 40 and 41); ")


def test_calls_have_their_filters_and_anomalies(dialtrail: Run, api: FakeApi) -> None:
    filters = "campaign=c&phase=ended&outcome=completed&anomaly=late"
    api.answers("GET", f"/v1/calls?{filters}&limit=1000", page([CALL], "7", 40))
    api.answers("GET", f"/v1/calls?{filters}&limit=1000&after=7", page([], None, 41))

    words = ("--campaign", "c", "--phase", "ended", "--outcome", "completed", "--anomaly", "late")
    code, data, talk = dialtrail("export", "calls", *words)

    assert (code, talk) == (0, "1 call, as of position 40 or later\n")
    assert data.splitlines() == [
        "call_id,campaign_id,number,direction,phase,outcome,reached,step,created_at,answered_at,ended_at,heard_at,anomalies,came_to,talk_seconds,person_proofs",
        "call_1,,+15551230002,outbound,ended,completed,true,call.completed,2026-05-29T12:00:00.000000Z,,2026-05-29T12:00:09.000000Z,2026-05-29T12:00:10.000000Z,late redelivered,no answer,,",
    ]


def test_what_a_call_came_to_is_in_words_and_a_person_is_claimed_by_what_proves_it(
    dialtrail: Run, api: FakeApi
) -> None:
    keys: Json = {"plain_outcome": "answered", "talk_seconds": 28.5, "person_proofs": ["digits"]}
    machine: Json = {"plain_outcome": "answered", "talk_seconds": 3.0, "person_proofs": []}
    said = {name: CALL[name] for name in CALL if name not in keys}
    of_an_older_server = {**said, "call_id": "call_9"}
    busy: Json = {"plain_outcome": "busy", "talk_seconds": None, "person_proofs": []}
    items = [*({**said, **one} for one in (keys, machine, busy)), of_an_older_server]
    api.answers("GET", "/v1/calls?limit=1000", page(items, None, 40))

    _, data, _ = dialtrail("export", "calls")
    _, lines, _ = dialtrail("export", "calls", "--format", "jsonl")

    assert [line.split(",")[-3:] for line in data.splitlines()[1:]] == [
        ["answered", "28.5", "digits"],
        ["answered", "3.0", ""],
        ["busy", "", ""],
        ["", "", ""],
    ]
    assert [json.loads(line) for line in lines.splitlines()] == items


def test_events_end_where_the_ledger_ended_at_the_beginning(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/events?after=7&limit=1000", page([event(8), event(9)], "9", 10))
    api.answers("GET", "/v1/events?after=9&limit=1000", page([event(10), event(11)], "11", 20))

    code, data, talk = dialtrail("export", "events", "--after", "7")

    assert (code, talk) == (0, "3 events, as of position 10\n")
    assert data.splitlines() == [
        "position,event,stream,version,event_id,recorded_at,metadata,body",
        *(
            f'{nth},call.created,call:c,1,id_{nth},2026-05-29T12:00:00.000000Z,{{}},"{{""digits"":""5""}}"'
            for nth in (8, 9, 10)
        ),
    ]


def test_events_up_to_a_position(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/events?after=0&limit=1000", page([event(1), event(2), event(3)], "3", 3))

    code, data, talk = dialtrail("export", "events", "--until", "2", "--format", "jsonl")

    assert (code, talk) == (0, "2 events, as of position 2\n")
    assert [json.loads(line) for line in data.splitlines()] == [event(1), event(2)]


def test_an_export_of_nothing_is_a_header_and_one_that_fails_is_nothing(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/events?after=0&limit=1000", page([], None, 0))
    header = "position,event,stream,version,event_id,recorded_at,metadata,body\n"

    assert dialtrail("export", "events") == (0, header, "0 events, as of position 0\n")
    assert dialtrail("export", "events", "--after", "5")[:2] == (1, "")


def test_wrong_words_are_usage_errors(dialtrail: Run, api: FakeApi, tmp_path: Path) -> None:
    api.answers("GET", f"{PEOPLE}?status=odd&limit=1", {"detail": "status: is none", "field": "status"}, 400)

    assert dialtrail("export", "events", "--after", "5", "--until", "4") == (
        2,
        "",
        "dialtrail: --until: 4 is before --after 5; nothing lies between\n",
    )
    assert dialtrail("export", "recipients", "c", "--as-of", "soon")[0] == 2
    assert dialtrail("export", "calls", "--format", "xlsx")[0] == 2
    assert dialtrail("export", "calls", "--out", str(tmp_path))[0] == 2
    assert dialtrail("export", "recipients", "spring_followup", "--status", "odd", "--out", "new.csv")[::2] == (
        2,
        "dialtrail: status: is none\n",
    )
    assert not (tmp_path / "new.csv").exists()


def test_on_a_terminal_it_counts_along_while_a_file_is_written(people: FakeApi, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"

    shown = on_a_terminal(people.url, 100, "export", "recipients", "spring_followup", "--out", str(file))

    assert file.read_text() == CSV
    assert without_colours(shown).endswith(f"2 recipients, as of position 40, in {file}\n")
    assert "2 recipients …" in shown


def test_on_a_terminal_rows_are_whole_and_nothing_counts_between_them(people: FakeApi) -> None:
    shown = on_a_terminal(people.url, 40, "export", "recipients", "spring_followup")

    assert shown == CSV + "2 recipients, as of position 40\n"
