import re
from pathlib import Path
from typing import Any

import pytest

from entrypoints.cli.demo.proof import PromiseKept
from entrypoints.cli.demo.results import Results, explain_left, write_results
from entrypoints.cli.demo.scene import Scene
from tests.entrypoints.cli.fake_api import CAMPAIGN
from tests.entrypoints.cli.test_calls import TIMELINE

LEFT: dict[str, Any] = {
    "attempt_id": "att_4",
    "number": "+15551240005",
    "why": "the connection broke",
    "candidates": [{"call_id": "call_8"}, {"call_id": "call_9"}],
}


def results(*, holds: bool = True) -> Results:
    claims = [
        PromiseKept("nobody is called twice", "1 call", True),
        PromiseKept("limits hold", "11 in a second", holds),
    ]
    return Results(
        seconds=19.6,
        campaign=CAMPAIGN,
        claims=claims,
        left=[LEFT],
        true_calls={"att_4": "call_8"},
        eventful=TIMELINE,
        matched={**TIMELINE, "call_id": "call_456"},
    )


def test_everything_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    write_results(results(holds=False), Scene(Path("/tmp/kept"), 40, 7), kept=True)

    shown = capsys.readouterr().out
    assert "reached        20" in shown
    assert re.search(r"^nobody is called twice  1 call +yes$", shown, re.MULTILINE)
    assert re.search(r"^limits hold             11 in a second +NO$", shown, re.MULTILINE)
    assert "2026-05-29T12:00:03.000000Z  2026-05-29T12:00:04.123456Z  call.answered" in shown
    assert "\ncall_123 to +15551230002 in spring_followup: " in shown
    assert "\ncall_456 to +15551230002 in spring_followup: " in shown
    assert "The demo took 20 s." in shown
    assert "  export DIALTRAIL_HOME=/tmp/kept/data\n" in shown
    assert "dialtrail unresolved\n" in shown
    assert "dialtrail resolve att_4 --call call_8\n" in shown
    assert "dialtrail timeline call_123\n" in shown


def test_where_nothing_is_kept_there_is_one_thing_to_type(capsys: pytest.CaptureFixture[str]) -> None:
    write_results(results(), Scene(Path("/tmp/gone"), 40, 7), kept=False)

    assert capsys.readouterr().out.splitlines()[-1].endswith("dialtrail demo --keep demo-data")


def test_one_promise_that_did_not_hold_proves_it_wrong() -> None:
    assert (results().proven, results(holds=False).proven) == (True, False)


def test_who_is_left_to_a_person_is_shown_with_the_calls_it_could_be() -> None:
    assert explain_left(LEFT, "call_8") == [
        "Attempt att_4 to +15551240005 is left to a person: the connection broke; these calls could be its own:",
        "  call_8  (the one, as the sandbox knows; the other is somebody else's)",
        "  call_9",
    ]


def test_a_request_that_brought_about_no_call_is_told() -> None:
    (line,) = explain_left({**LEFT, "candidates": []}, None)

    assert line.startswith(
        "Attempt att_4 to +15551240005 is unresolved: the connection broke; MiniVoice has reported no"
    )
