"""A call of ours beside an answer: what differs, the gravest of it, and what nobody can tell."""

import json
from typing import Any

import pytest

from adapters.minivoice_answers import CallFound, CallMissing, read_call
from application.diverged import compared
from domain.call import INITIAL, CallSnapshot, CallState, evolve
from domain.divergence import CallDiffers
from tests.domain.given import at, report

CALLER, PERSON = "+15551230001", "+15552000001"
SAID = CallSnapshot(from_number=CALLER, to_number=PERSON)


def ours() -> CallState:
    history = INITIAL
    for name, seconds in (("call.created", 0), ("call.answered", 2), ("call.completed", 9)):
        history = evolve(history, report(name, seconds, snapshot=SAID), at(seconds))
    return history.state


def answer(**more: Any) -> CallFound | CallMissing:
    said = {"id": "call_1", "status": "completed", "direction": "inbound", "from": CALLER, "to": PERSON} | more
    read = read_call("call_1", 200, json.dumps(said).encode())
    assert isinstance(read, CallFound)
    return read


def differs(kind: Any, mine: str, theirs: str) -> CallDiffers:
    return CallDiffers(call_id="call_1", kind=kind, ours=mine, theirs=theirs)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, "same"),
        ({"ended_at": at(9).isoformat()}, "same"),
        ({"ended_at": at(11).isoformat()}, "same"),
        ({"ended_at": at(12).isoformat()}, differs("times", at(9).isoformat(), at(12).isoformat())),
        ({"status": "failed", "to": "+15559999999"}, differs("outcome", "completed", "failed")),
        ({"status": "In-Progress"}, differs("not_ended", "completed", "in_progress")),
        ({"status": "archived"}, "unclear"),
        ({"status": None}, "unclear"),
        ({"to": "+15559999999"}, differs("numbers", "+15…01", "+15…99")),
        ({"to": None}, "same"),
    ],
)
def test_what_differs(said: dict[str, Any], found: object) -> None:
    assert compared("call_1", ours(), answer(**said)) == found


def test_a_call_that_they_do_not_have_any_more() -> None:
    missing = CallMissing(call_id="call_1", status=404, body="{}")
    assert compared("call_1", ours(), missing) == differs("missing", "completed", "no such call")
