import json
from pathlib import Path

import pytest

from adapters.capture_file import Captured, captured_line
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi
from tests.entrypoints.cli.told_deliveries import (
    ANSWERED,
    CALL,
    CAME,
    COMPLETED,
    CREATED,
    DELIVERIES,
    body,
    delivery,
    known,
    page,
    rows,
    tells,
)
from tests.projections.recording import at

END = (
    "call_1 ends with: phase ended, outcome completed, reached yes, step call.answered, "
    "created_at 2026-03-02T09:00:00+00:00, answered_at 2026-03-02T09:00:03+00:00, ended_at 2026-03-02T09:00:09+00:00"
)
ANSWERED_CHANGES = (
    "phase: dialing → in_progress, reached: no → yes, step: call.created → call.answered, "
    "answered_at: - → 2026-03-02T09:00:03+00:00"
)
NOTHING_NEW = "if they came today, the ledger would learn nothing new"


def places(data: str) -> list[int]:
    return [int(row[0]) for row in rows(data)[1:]]


def captured(folder: Path, *lines: tuple[str, float, str]) -> Path:
    file = folder / "hooks.jsonl"
    content = [Captured(received_at=at(s), headers={}, body=body(event, s, call).encode()) for event, s, call in lines]
    file.write_bytes(b"".join(map(captured_line, content)))
    return file


def test_each_step_says_what_it_adds_and_changes_and_where_it_ends(dialtrail: Run, told: FakeApi) -> None:
    code, data, talk = dialtrail("replay", CALL)

    assert (code, talk) == (0, "")
    assert rows(data)[0] == ["delivery", "report", "adds", "changes"]
    assert rows(data)[2] == [
        "2",
        ANSWERED,
        ANSWERED,
        ANSWERED_CHANGES,
    ]
    assert data.splitlines()[5:] == [END, "", NOTHING_NEW]


def test_in_another_order_it_ends_the_same(dialtrail: Run, told: FakeApi) -> None:
    code, data, _ = dialtrail("replay", CALL, "--shuffle", "1")

    assert (code, sorted(places(data))) == (0, [1, 2, 3])
    assert places(data) != [1, 2, 3]
    assert data.splitlines()[5:] == [END, "the same in the end as what came did", "", NOTHING_NEW]


def test_twice_the_second_adds_only_that_it_came_again(dialtrail: Run, told: FakeApi) -> None:
    _, data, _ = dialtrail("replay", CALL, "--twice")

    assert places(data) == [1, 1, 2, 2, 3, 3]
    assert [row[2:] for row in rows(data)[2::2]] == [["call.redelivered"]] * 3


def test_with_one_left_out_each_difference_is_a_row(dialtrail: Run, told: FakeApi) -> None:
    _, data, _ = dialtrail("replay", CALL, "--without", "2")

    assert places(data) == [1, 3]
    assert data.splitlines()[6:10] == [
        "call    field        as they came               so",
        "call_1  reached      yes                        no",
        "call_1  step         call.answered              call.created",
        "call_1  answered_at  2026-03-02T09:00:03+00:00  -",
    ]


def test_until_an_instant_in_the_zone_that_is_named(dialtrail: Run, told: FakeApi) -> None:
    _, data, _ = dialtrail("replay", CALL, "--until", "2026-03-02T10:00:05", "--tz", "Europe/Berlin")

    assert places(data) == [1, 2]
    assert "answered_at 2026-03-02T10:00:03.000000+01:00" in data


def test_the_state_after_each_step_and_where_it_stood_otherwise(dialtrail: Run, told: FakeApi) -> None:
    _, data, _ = dialtrail("replay", CALL, "--states", "--without", "1")

    header, second, third = rows(data)
    assert header[-2:] == ["then it stands", "as they came"]
    assert second[-1] == "created_at 2026-03-02T09:00:00+00:00"
    assert second[-2].startswith("phase in_progress, reached yes, step call.answered, answered_at ")
    assert third[-1] == "created_at 2026-03-02T09:00:00+00:00"
    assert "first otherwise after step 1 (delivery 2: created_at)" in data.splitlines()


def test_where_two_replays_come_together_again_is_told(dialtrail: Run, told: FakeApi) -> None:
    _, data, _ = dialtrail("replay", CALL, "--states", "--shuffle", "1")

    assert places(data) != [1, 2, 3]
    [line] = [line for line in data.splitlines() if line.startswith("first otherwise")]
    found = json.loads(dialtrail("replay", CALL, "--shuffle", "1", "--json").data)["apart"]
    assert line.startswith(f"first otherwise after step {found[0]['step']} (delivery {found[0]['place']}: ")


def test_as_they_came_there_is_nothing_to_be_otherwise(dialtrail: Run, told: FakeApi) -> None:
    _, data, _ = dialtrail("replay", CALL, "--states")

    assert rows(data)[0][-1] == "then it stands"
    assert dialtrail("replay", CALL, "--states", "--until", "2026-03-02T11:00:00Z").data.splitlines()[6] == (
        "after no step it stands otherwise than as they came"
    )


def test_as_json_it_has_every_step_and_state(dialtrail: Run, told: FakeApi) -> None:
    code, data, talk = dialtrail("replay", CALL, "--without", "2", "--json")

    found = json.loads(data)
    assert (code, talk) == (0, "")
    assert [(step["place"], step["events"], step["state"]["phase"]) for step in found["steps"]] == [
        (1, [CREATED], "dialing"),
        (3, [COMPLETED], "ended"),
    ]
    assert found["ends"][CALL]["outcome"] == "completed"
    assert [(one["step"], one["place"], sorted(one["fields"])) for one in found["apart"]] == [
        (2, 3, ["answered_at", "reached", "step"])
    ]
    assert [part["field"] for part in found["parts"]] == ["reached", "step", "answered_at"]
    assert (found["today"], found["sent"]) == ([], [])


def test_what_the_ledger_does_not_know_yet_is_what_they_would_add_today(dialtrail: Run, api: FakeApi) -> None:
    tells(api, CAME, known(CAME[0]["body"]))

    _, data, _ = dialtrail("replay", CALL)

    *_, heading, second, third = data.splitlines()
    assert heading == "if they came today, the ledger would add:"
    assert second.startswith("  2: call.answered  phase: dialing → in_progress")
    assert third.startswith("  3: call.completed  phase: in_progress → ended")
    assert dialtrail("replay", CALL, "--today").data.splitlines() == [heading, second, third]


def test_a_captured_file_is_played_without_any_server(dialtrail: Run, tmp_path: Path) -> None:
    file = captured(tmp_path, (CREATED, 0, "call_1"), (CREATED, 1, "call_2"), (COMPLETED, 9, "call_1"))

    code, data, talk = dialtrail("replay", "--file", str(file))

    assert (code, talk) == (0, "")
    assert [row[:3] for row in rows(data)[1:]] == [
        ["1", "call_1", CREATED],
        ["2", "call_2", CREATED],
        ["3", "call_1", COMPLETED],
    ]
    assert [line.partition(":")[0] for line in data.splitlines()[5:]] == ["call_1 ends with", "call_2 ends with"]


def test_what_another_systems_file_would_change_here_is_asked_with_today(
    dialtrail: Run, api: FakeApi, tmp_path: Path
) -> None:
    file = captured(tmp_path, (CREATED, 0, "call_1"), (CREATED, 1, "call_2"), (COMPLETED, 9, "call_1"))
    tells(api, [], known(body(CREATED, 0)))

    code, data, talk = dialtrail("replay", "--file", str(file), "--today")

    assert (code, talk) == (0, "")
    heading, second, third = data.splitlines()
    assert heading == "if they came today, the ledger would add:"
    assert second.startswith("  2: call_2 call.created")
    assert third.startswith("  3: call_1 call.completed")


@pytest.mark.parametrize("words", [[], [CALL, "--file", "x"]])
def test_either_a_call_or_a_file_is_played(dialtrail: Run, words: list[str]) -> None:
    said = "dialtrail: CALL_ID: give a call's id, or a captured file with --file\n"
    assert dialtrail("replay", *words) == (2, "", said)


def test_a_file_that_there_is_not_or_a_line_that_is_wrong_is_named(dialtrail: Run, tmp_path: Path) -> None:
    file = captured(tmp_path, (CREATED, 0, "call_1"))
    with file.open("ab") as out:
        out.write(b"{oops\n")

    code, data, talk = dialtrail("replay", "--file", str(file))
    assert (code, data) == (2, "")
    assert talk.startswith(f"dialtrail: {file}, line 2: is not JSON: ")
    assert dialtrail("replay", "--file", "none.jsonl") == (
        2,
        "",
        "dialtrail: none.jsonl: there is no such file; dialtrail capture writes one\n",
    )


def test_nothing_to_play_is_a_failure(dialtrail: Run, api: FakeApi, tmp_path: Path) -> None:
    tells(api, [], [])
    said = (1, "", "dialtrail: no deliveries are there to play\n")

    assert dialtrail("replay", CALL) == said
    assert dialtrail("replay", "--file", str(captured(tmp_path))) == said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--without", "4"], "--without: there are deliveries 1 to 3"),
        (["--until", "17"], "--until: must be an instant such as 2026-05-29T12:00:00Z"),
        (["--tz", "Mars"], "--tz: 'Mars' is no IANA time zone; write it like Europe/Berlin, or local"),
    ],
)
def test_a_wrong_option_is_named(dialtrail: Run, told: FakeApi, words: list[str], said: str) -> None:
    assert dialtrail("replay", CALL, *words) == (2, "", f"dialtrail: {said}\n")


def test_viewers_are_told_that_they_may_not(dialtrail: Run, api: FakeApi) -> None:
    hidden = delivery(3, CREATED, 0, body=None, headers={})
    api.answers("GET", f"{DELIVERIES}?limit=1000", page([hidden]))

    said = "dialtrail: deliveries are not shown to viewers; use the token of an auditor\n"
    assert dialtrail("replay", CALL) == (1, "", said)


def test_what_cannot_be_read_is_a_step_too(dialtrail: Run, api: FakeApi, tmp_path: Path) -> None:
    file = captured(tmp_path, (CREATED, 0, "call_1"))
    with file.open("ab") as out:
        out.write(captured_line(Captured(received_at=at(1), headers={}, body=b"\xff")))

    _, data, _ = dialtrail("replay", "--file", str(file))

    assert rows(data)[2][:3] == ["2", "unreadable", "nothing"]
