"""One call to a number of one's own, with a script: what was heard, what was pressed, and what another call heard otherwise."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.in_this_process import Ran, run_here
from tests.journeys.processes import ROOT, WEBHOOK_SECRET, Up, free_port, sandbox_process

SCRIPT: dict[str, Any] = {
    "start": "hello",
    "steps": {
        "hello": {
            "actions": [{"say": "Hello {name}."}],
            "gather": {"prompt": "Press 1 to confirm, 2 to be called again.", "num_digits": 1, "timeout_seconds": 2},
            "on": {"1": "confirmed", "2": "later"},
            "no_input": "later",
        },
        "confirmed": {"actions": [{"say": "Thank you."}], "end": True},
        "later": {"actions": [{"say": "We call again."}], "end": True},
    },
}


def dialtrail(up: Up, *words: str) -> Ran:
    return run_here(words, ROOT, up.environ)


@pytest.mark.timeout(120)
def test_a_change_of_the_script_is_tried_and_what_it_changed_is_seen(tmp_path: Path) -> None:
    port = free_port()
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    first.write_text(json.dumps(SCRIPT))
    changed = json.loads(json.dumps(SCRIPT))
    changed["steps"]["hello"]["on"] = {"2": "confirmed", "3": "later"}
    second.write_text(json.dumps(changed))
    options = ["--webhook-url", f"http://127.0.0.1:{port}/webhooks/minivoice", "--webhook-secret", WEBHOOK_SECRET]
    options += ["--answer-rate", "1", "--fetch-answers", "--press", "1"]
    options += ["--answer-url", f"http://127.0.0.1:{port}/answer"]
    with sandbox_process(tmp_path, *options) as (sandbox_url, _), Up(tmp_path, sandbox_url, port) as up:
        words = ["+15551230001", "+15551230002", "--var", "name=Ada", "--yes", "--json"]
        tries = [dialtrail(up, "try", *words, "--script", str(file)) for file in (first, second)]
        assert [one.code for one in tries] == [0, 0], [one.talk for one in tries]
        found = [json.loads(one.data) for one in tries]
        steps = [
            [entry["detail"]["step"] for entry in one["timeline"]["entries"] if entry["event"] == "answer.served"]
            for one in found
        ]
        assert steps == [["hello", "confirmed"], ["hello", "later"]]
        assert "answer.served step=confirmed" in tries[0].talk
        calls = [one["timeline"]["call_id"] for one in found]
        compared = json.loads(dialtrail(up, "compare", *calls, "--json").data)
        only = {
            (pair["step"], pair["a"] is None)
            for pair in compared["pairs"]
            if (pair["a"] is None) != (pair["b"] is None)
        }
        assert {("confirmed", False), ("later", True)} <= only
        states = {up.api("GET", f"/v1/campaigns/{one['campaign_id']}")["state"] for one in found}
        assert states == {"completed"}
        asked = ["Hello Ada.", "Press 1 to confirm, 2 to be called again.", "(pressed 1)"]
        assert [one["heard"] for one in found] == [[*asked, "Thank you."], [*asked, "We call again."]]

        up.api("POST", "/v1/suppressions", json={"number": "+15551230009", "source": "test"})
        refused = dialtrail(up, "try", "+15551230001", "+15551230009", "--yes")
        assert refused.code == 1
        assert "+15551230009 was not called: suppressed" in refused.talk
