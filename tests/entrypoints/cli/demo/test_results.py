import re
from pathlib import Path

import pytest

from entrypoints.cli.demo.proof import Claim
from entrypoints.cli.demo.results import Results, explain_lost, write_results
from entrypoints.cli.demo.scene import Scene
from tests.entrypoints.cli.fake_api import CAMPAIGN
from tests.entrypoints.cli.test_calls import TIMELINE


def results(*, holds: bool = True) -> Results:
    claims = [Claim("nobody is called twice", "1 call", True), Claim("limits hold", "11 in a second", holds)]
    return Results(seconds=19.6, campaign=CAMPAIGN, claims=claims, lost=[], eventful=TIMELINE)


def test_everything_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    write_results(results(holds=False), Scene(Path("/tmp/kept"), 40, 7), kept=True)

    shown = capsys.readouterr().out
    assert "reached        20" in shown
    assert re.search(r"^nobody is called twice  1 call +yes$", shown, re.MULTILINE)
    assert re.search(r"^limits hold             11 in a second +NO$", shown, re.MULTILINE)
    assert "No answer to a dial request was lost this time." in shown
    assert "2026-05-29T12:00:03.000000Z  2026-05-29T12:00:04.123456Z  call.answered" in shown
    assert "The demo took 20 s." in shown
    assert "  export DIALTRAIL_HOME=/tmp/kept/data\n" in shown
    assert "dialtrail timeline call_123\n" in shown


def test_one_promise_that_did_not_hold_proves_it_wrong() -> None:
    assert (results().proven, results(holds=False).proven) == (True, False)


def test_what_became_of_the_lost_answer_is_told() -> None:
    person = {"number": "+15551240005", "status": "reached"}

    assert explain_lost(person, {"phase": "accepted", "call_id": "call_5"}) == (
        "The answer to the dial request for +15551240005 was lost on purpose; it was not dialled again. "
        "Its call call_5 was found by what MiniVoice reported later: reached."
    )
    assert explain_lost(person, {"phase": "unresolved", "call_id": None, "why": "the connection broke"}).endswith(
        "It is unresolved (the connection broke) until a report or a person settles it."
    )
