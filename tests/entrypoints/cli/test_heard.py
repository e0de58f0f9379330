from typing import Any

import orjson
import pytest

from entrypoints.cli.heard import heard_in

SAY: Any = {"say": {"text": "Hello."}}
ASK: Any = {"gather": {"prompt": "Press 1.", "num_digits": 1}}
GO_ON: Any = {"redirect": {"url": "https://office.example.test/answer?l=1", "method": "GET"}}


def served(*actions: Any, **more: Any) -> Any:
    return ("answer.served", {"actions": orjson.dumps({"actions": actions}).decode(), **more})


@pytest.mark.parametrize(
    ("events", "heard"),
    [
        ([served(SAY, ASK, GO_ON), ("call.gathered", {"digits": "1"})], ["Hello.", "Press 1.", "(pressed 1)"]),
        ([served(ASK), ("call.gathered", {"timed_out": True})], ["Press 1.", "(no key was pressed)"]),
        ([served(SAY), served(SAY, again=True)], ["Hello."]),
        ([served(SAY, {"type": "transfer", "destination": "+15551230009"})], ["Hello.", "(transfer)"]),
        ([served({"type": "say", "text": "Typed."}, {"type": "hold"})], ["Typed.", "(hold)"]),
        ([served({"send_digits": {"digits": "1#"}}, "odd", {"say": 5}, {"say": {}})], ["(send digits)"]),
        ([("answer.served", {"actions": "not json"}), ("answer.served", {"actions": "[1]"})], []),
        ([("answer.served", {"actions": None}), ("call.answered", {})], []),
    ],
)
def test_what_was_said_and_pressed_in_its_order(events: list[Any], heard: list[str]) -> None:
    entries = [{"position": place, "event": name, "notes": []} for place, (name, _) in enumerate(events)]
    assert heard_in(entries[::-1], {place: body for place, (_, body) in enumerate(events)}) == heard


def test_what_somebody_else_was_told_who_asked_the_same_was_not_heard() -> None:
    entries = [
        {"position": 1, "event": "answer.served", "notes": ["other_walk"]},
        {"position": 2, "event": "answer.served", "notes": []},
        {"position": 3, "event": "answer.served", "notes": []},
    ]
    name, body = served(SAY)
    assert heard_in(entries, {1: served(ASK)[1], 2: body}) == ["Hello."]
    assert name == "answer.served"
