import json
from typing import Any

import pytest

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi

PATH = "/v1/calls/call%2F1/recordings"
DONE: dict[str, Any] = {"call_id": "call/1", "action": "start", "recording": {"status": "started"}, "position": 7}


@pytest.mark.parametrize("action", ["start", "stop"])
def test_a_recording_is_asked_for(action: str, dialtrail: Run, api: FakeApi) -> None:
    api.answers("POST", PATH, {**DONE, "action": action})

    assert dialtrail("recording", action, "call/1") == (
        0,
        f"call/1: MiniVoice took the {action} of its recording\n",
        "what becomes of it: dialtrail timeline call/1\n",
    )
    assert [(one.method, one.target, one.body) for one in api.asked] == [("POST", PATH, {"action": action})]


def test_as_json_it_is_the_answer_of_the_api(dialtrail: Run, api: FakeApi) -> None:
    api.answers("POST", PATH, DONE)

    code, data, talk = dialtrail("recording", "start", "call/1", "--json")

    assert (code, talk) == (0, "")
    assert json.loads(data) == DONE


@pytest.mark.parametrize(("status", "detail"), [(409, "recording_not_started: no recording"), (502, "try again")])
def test_what_minivoice_refuses_is_one_line_and_exit_1(status: int, detail: str, dialtrail: Run, api: FakeApi) -> None:
    api.answers("POST", PATH, {"title": "t", "detail": detail}, status)

    assert dialtrail("recording", "stop", "call/1") == (1, "", f"dialtrail: {detail}\n")
