"""What was answered at the end, where that was written down: the state of each call is the judge's own reading of the feed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.simulation.judge.calls import call_seen
from tests.simulation.judge.day import Day
from tests.simulation.judge.ends import Person
from tests.simulation.judge.lines import Broken

ANSWERS = "answers.jsonl"
LIVE = {"in_progress", "dialing"}


def answers(day: Day, folder: Path) -> Iterator[Broken]:
    """Each call as `GET /v1/calls/{id}` gave it, and each recipient's status, against what the feed says."""
    file = folder / ANSWERS
    if not file.exists():
        return
    for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        answer, place = json.loads(text), f"{ANSWERS}:{number}"
        if "phase" in answer:
            yield from _of_call(day, answer, place)
        elif "number" in answer:
            yield from _of_recipient(day, answer, place)


def _end(day: Day, answer: dict[str, Any]) -> int:
    """Before which position an answer was to know of things: after the last, or after the one that it was asked about."""
    last: int = answer.get("as_of") or (day.last.events[-1].position if day.last.events else 0)
    return last + 1


def _then(answer: dict[str, Any]) -> str:
    return f" as of {answer['as_of']}" if "as_of" in answer else ""


def _of_call(day: Day, answer: dict[str, Any], place: str) -> Iterator[Broken]:
    told = [one for one in day.last.streams.get(f"call:{answer['call_id']}", []) if one.position < _end(day, answer)]
    began = next(
        (one.started.said_at for one in day.last.attempts.values() if one.call_id() == answer["call_id"]), None
    )
    seen = call_seen(told, began)
    ours = {"phase": seen.phase, "outcome": seen.outcome, "reached": seen.reached}
    theirs = {name: answer.get(name) for name in ours}
    if ours != theirs:
        yield Broken(
            "states",
            f"call {answer['call_id']} is {theirs}{_then(answer)}, by its events {ours}",
            (place, *(t.place for t in told)),
        )


def _of_recipient(day: Day, answer: dict[str, Any], place: str) -> Iterator[Broken]:
    era, end = day.last, _end(day, answer)
    for one in era.events:
        if one.name != "recipient.enrolled" or one.campaign_id != answer["campaign_id"]:
            continue
        if one.body.get("number") != answer["number"]:
            continue
        person = Person(era, one, end)
        counted = sum(attempt.counts(end) for attempt in person.attempts)
        if answer.get("attempts", counted) != counted:
            says = f"{answer['attempts']} attempts count{_then(answer)}, by the feed {counted}"
            yield Broken("states", says, (place, one.place))
        own = [
            call for attempt in person.attempts if (call := era.call(attempt, end)) is not None and not call.given_up
        ]
        phases = {call.phase for call in own}
        status = answer["status"]
        if phases and phases <= {"ended"} and status in LIVE:
            yield Broken("states", f"the status is {status}, and each call has ended", (place, one.place))
        if any(call.reached and call.phase == "ended" for call in own) and status in {
            "queued",
            "held",
            "not_reached",
            "failed",
        }:
            yield Broken("states", f"the status is {status}, and the person was reached", (place, one.place))
