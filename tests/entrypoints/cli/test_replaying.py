from pathlib import Path

import pytest

from adapters.capture_file import Captured, captured_line
from tests.entrypoints.cli.captured_calls import captured, places
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi
from tests.entrypoints.cli.told_deliveries import (
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


def test_until_an_instant_in_the_zone_that_is_named(dialtrail: Run, told: FakeApi) -> None:
    _, data, _ = dialtrail("replay", CALL, "--until", "2026-03-02T10:00:05", "--tz", "Europe/Berlin")

    assert places(data) == [1, 2]
    assert "answered_at 2026-03-02T10:00:03.000000+01:00" in data


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
