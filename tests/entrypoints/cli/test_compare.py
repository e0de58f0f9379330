import json
from typing import Any

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi

SIDE: dict[str, Any] = {
    "call_id": "call_1",
    "campaign_id": "spring_followup",
    "phase": "ended",
    "outcome": "completed",
    "reached": True,
    "step": "menu",
}
FOUND: dict[str, Any] = {
    "a": SIDE,
    "b": {**SIDE, "call_id": "call_2", "campaign_id": None, "outcome": "failed", "reached": False, "step": None},
    "state": [{"field": "outcome", "a": "completed", "b": "failed"}],
    "pairs": [
        {
            "event": "answer.served",
            "step": "menu",
            "a": {"position": 3, "after_seconds": 1.5},
            "b": {"position": 8, "after_seconds": 2.25},
            "differences": [
                {"field": "actions.actions[0].say.text", "a": "Press 1.", "b": "x" * 201},
                {"field": "version", "a": 1, "b": None},
            ],
        },
        {"event": "call.answered", "step": None, "a": {"position": 4, "after_seconds": None}, "b": None, "differences": []},
        {"event": "call.created", "step": None, "a": {"position": 1, "after_seconds": 0.0}, "b": {"position": 2, "after_seconds": 0.0}, "differences": []},
    ],
    "same": False,
    "left_out": 7,
    "position": 20,
}  # fmt: skip


def test_two_calls_are_shown_side_by_side_with_each_field_that_differs(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/calls/call_1/compare/call_2", FOUND)

    code, data, talk = dialtrail("compare", "call_1", "call_2")

    assert (code, talk) == (0, "")
    lines = [" ".join(line.split()) for line in data.splitlines()]
    assert lines == [
        "a: call_1 in spring_followup: ended (completed), answered, step menu",
        "b: call_2: ended (failed), no answer reported",
        "",
        "a after b after event differs a b",
        "in the end outcome completed failed",
        f"1.500 2.250 answer.served menu actions.actions[0].say.text Press 1. {'x' * 200}…",
        "version 1 -",
        "- - call.answered only in a",
        "0.000 0.000 call.created",
        "",
        "7 entries beyond the first 500 of a call were not compared",
        "1 entries in one of them only, 1 in both with differences",
    ]


def test_two_calls_of_which_nothing_differs_are_told_in_a_word(dialtrail: Run, api: FakeApi) -> None:
    api.answers(
        "GET", "/v1/calls/call_1/compare/call_2", {**FOUND, "pairs": [], "state": [], "same": True, "left_out": 0}
    )

    assert dialtrail("compare", "call_1", "call_2").data.splitlines()[-1] == "no difference"


def test_programs_get_the_apis_own_json(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/calls/a%2Fb/compare/call_2", FOUND)

    assert json.loads(dialtrail("compare", "a/b", "call_2", "--json").data) == FOUND
