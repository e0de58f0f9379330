"""What a replay found, as a person and as a program read it."""

import json

from tests.entrypoints.cli.captured_calls import ANSWERED_CHANGES, END, NOTHING_NEW, places
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi
from tests.entrypoints.cli.told_deliveries import (
    ANSWERED,
    CALL,
    COMPLETED,
    CREATED,
    rows,
)


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
