"""One recipient as `dialtrail status CAMPAIGN NUMBER` shows it: status, verdict, every attempt, and the calls."""

from collections.abc import Sequence
from typing import Any

from domain.counted import counted
from entrypoints.cli.api import Json
from entrypoints.cli.callback import callback_in_words, story_in_words
from entrypoints.cli.came_to import came_to, seconds_text
from entrypoints.cli.output import styled, write, write_table
from entrypoints.cli.styles import ATTEMPT_STYLES, STATUS_STYLES
from entrypoints.cli.times import IN_UTC, Times
from entrypoints.wording import explain_verdict

CALLS_SHOWN_MAX = 20
ATTEMPT_HEADERS = ("attempt", "phase", "started", "changed", "call", "status", "code", "why", "counts")
CALL_HEADERS = ("call", "came to", "talk", "outcome", "proved by", "step", "created", "answered", "ended")


def call_ids(recipient: Json) -> list[str]:
    """The recipient's calls in the order of their attempts, each once."""
    return list(dict.fromkeys(one["call_id"] for one in recipient.get("history") or () if one.get("call_id")))


def write_recipient(recipient: Json, calls: Sequence[Json] = (), times: Times = IN_UTC) -> None:
    """A recipient as `GET /v1/campaigns/{id}/recipients/{number}` answers it, with its calls as `GET /v1/calls/{id}` does."""
    until = f" until {times.shown(recipient['until'])}" if recipient.get("until") else ""
    reason = f" ({recipient['reason']})" if recipient.get("reason") else ""
    where = recipient.get("campaign_id", "this campaign")
    style = f"bold {STATUS_STYLES.get(recipient['status'], '')}".rstrip()
    write(f"{recipient['number']} in {where}: {recipient['status']}{reason}{until}", style)
    if (more := _pairs(_said_of(recipient))) != "":
        write(more)
    if recipient.get("callback"):
        write(callback_in_words(recipient["callback"]))
    for line in explain_verdict(recipient.get("verdict"), times.shown):
        write(line)
    for one in reversed(recipient.get("callbacks") or []):
        write(story_in_words(one, times))
    history = recipient.get("history") or []
    if not history:
        write("no attempt yet")
        return
    write()
    rows = [_attempt_row(one, times) for one in history]
    if any(one.get("caller_number") is not None for one in history):
        rows = [(*row, _caller(one)) for row, one in zip(rows, history, strict=True)]
        write_table((*ATTEMPT_HEADERS, "from"), rows, right=("status",))
    else:
        write_table(ATTEMPT_HEADERS, rows, right=("status",))
    if calls:
        write()
        write_table(CALL_HEADERS, [_call_row(one, times) for one in calls], right=("talk",))
    if (earlier := len(call_ids(recipient)) - len(calls)) > 0 and calls:
        write(f"and {counted(earlier, 'earlier call')}: dialtrail timeline CALL_ID shows each")


def _said_of(recipient: Json) -> Json:
    return {name: recipient.get(name) for name in ("zone", "reference")} | (recipient.get("variables") or {})


def _attempt_row(attempt: Json, times: Times) -> tuple[object, ...]:
    phase = attempt.get("phase")
    return (
        attempt.get("attempt_id"),
        styled(phase, ATTEMPT_STYLES.get(str(phase), "")),
        times.shown(attempt.get("started_at")),
        times.shown(attempt.get("changed_at")),
        attempt.get("call_id"),
        attempt.get("status"),
        attempt.get("code"),
        attempt.get("why"),
        _yes(attempt.get("counts")),
    )


def _caller(attempt: Json) -> str:
    number, why = attempt.get("caller_number"), attempt.get("caller_why")
    return "" if number is None else f"{number} ({why})" if why else str(number)


def _call_row(call: Json, times: Times) -> tuple[object, ...]:
    state = call["state"]
    return (
        call["call_id"],
        came_to(state) or state.get("phase") or "not heard of",
        seconds_text(state.get("talk_seconds")),
        state.get("outcome"),
        ", ".join((*(state.get("answer_proofs") or ()), *(state.get("person_proofs") or ()))),
        state.get("step"),
        *(times.shown(state.get(name)) for name in ("created_at", "answered_at", "ended_at")),
    )


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items() if value is not None)


def _yes(value: object) -> str:
    return "" if value is None else "yes" if value else "no"
