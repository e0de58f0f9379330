"""The routes of calls and of the ledger as a feed."""

from typing import get_args

from application.moment import POSITION_DIGITS_MAX
from domain.call.events import RANK, Evidence, RecordingAction
from domain.events import EVENTS
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, READ, Operation
from entrypoints.http.openapi.shape import (
    CALL_ID,
    COUNT,
    FLAG,
    INSTANT,
    POSITION,
    TEXT,
    Schema,
    after,
    as_of,
    in_path,
    limit,
    many,
    nullable,
    one_of,
    page,
    record,
    ref,
    texts,
)
from entrypoints.http.routes import events, stream

PHASES = ("dialing", "in_progress", "ended")
OUTCOMES = ("completed", "failed", "canceled")
NOTES = ("no_time", "late", "out_of_order", "redelivered", "contradicts", "same_key")
PROBLEMS = (*READ, "invalid-input", "not-found")
ID = in_path("id", CALL_ID, "the call")
STATE = record(
    {
        "phase": one_of(*PHASES),
        "outcome": nullable(one_of(*OUTCOMES)),
        "reached": FLAG,
        "step": nullable(TEXT),
        "created_at": nullable(INSTANT),
        "answered_at": nullable(INSTANT),
        "ended_at": nullable(INSTANT),
        "contested": FLAG,
    }
)
HEADING: dict[str, Schema] = {
    "call_id": CALL_ID,
    "campaign_id": {**nullable(TEXT), "description": "null where the call is not one of ours"},
    "number": nullable(TEXT),
    "state": STATE,
}
INSIGHT = record(
    {
        "result": one_of("completed", "missing", "failed", "gave_up"),
        "recorded_at": INSTANT,
        "asked": {**COUNT, "description": "how often it was asked for"},
        "asked_at": {**nullable(INSTANT), "description": "when it was asked for last"},
        "code": nullable(TEXT),
        "why": nullable(TEXT),
        "data": {"description": "what MiniVoice answered; null until it is completed, and to viewers"},
    }
)
CALL = record(
    {
        **HEADING,
        "attempt_id": nullable(TEXT),
        "claimed_by": nullable(one_of(*get_args(Evidence))),
        "direction": nullable(TEXT),
        "from": nullable(TEXT),
        "to": nullable(TEXT),
        "insights": {
            "type": "object",
            "additionalProperties": INSIGHT,
            "description": "AI results by their kind: transcription, summary, score, topics; only those that were asked for",
        },
        "position": POSITION,
    }
)
ENTRY = record(
    {
        "position": POSITION,
        "event": one_of(*(name for name in RANK if name != "call.redelivered")),
        "source": one_of("webhook", "api", "dialtrail"),
        "occurred_at": {**nullable(INSTANT), "description": "the provider's clock; null where it gave no time"},
        "recorded_at": {**INSTANT, "description": "when we learned it"},
        "deliveries": {**COUNT, "description": "how often this report came"},
        "notes": many(one_of(*NOTES)),
        "key": {**TEXT, "description": "what makes it the same report; to viewers only as far as it is ours"},
        "detail": {"type": "object", "description": "what the event itself says; to viewers without what is personal"},
    }
)
EVENT = record(
    {
        "position": POSITION,
        "event": one_of(*sorted(EVENTS)),
        "stream": TEXT,
        "version": {"type": "integer", "minimum": 1},
        "event_id": TEXT,
        "recorded_at": INSTANT,
        "metadata": {**texts(), "description": "who or what caused it"},
        "body": {"type": ["object", "null"], "description": "as docs/events.md has it; null to viewers"},
    }
)
SCHEMAS: dict[str, Schema] = {
    "Call": CALL,
    "Timeline": record({**HEADING, "entries": many(ENTRY), "position": POSITION}),
    "Event": EVENT,
}
EVENTS_LIMIT = limit(events.EVENTS_PAGE_DEFAULT, events.EVENTS_PAGE_MAX)
LAST_EVENT_ID: Schema = {
    "name": stream.LAST_EVENT_ID.name,
    "in": "header",
    "required": False,
    "description": "the id of the last event that was seen; stronger than `after`",
    "schema": {"type": "integer", "minimum": 0, "maximum": 10**POSITION_DIGITS_MAX - 1},
}

OPERATIONS = (
    Operation(
        method="GET",
        path="/v1/calls/{id}",
        summary="One call's state",
        parameters=(ID, as_of()),
        answers={200: ref("Call")},
        problems=PROBLEMS,
    ),
    Operation(
        method="GET",
        path="/v1/calls/{id}/timeline",
        summary="Everything that happened to a call, in order",
        parameters=(ID, as_of()),
        answers={200: ref("Timeline")},
        problems=PROBLEMS,
    ),
    Operation(
        method="GET",
        path="/v1/calls/{id}/events",
        summary="A call's events as the ledger holds them",
        parameters=(ID, as_of(), after(), EVENTS_LIMIT),
        answers={200: page(ref("Event"), position=POSITION)},
        problems=PROBLEMS,
    ),
    Operation(
        method="POST",
        path="/v1/calls/{id}/recordings",
        summary="Start or stop a recording of a call that is under way",
        description="MiniVoice is asked once, and what it answers is recorded on the call. Role: operator.",
        parameters=(ID,),
        bodies={JSON: record({"action": one_of(*get_args(RecordingAction))})},
        answers={
            200: record(
                {
                    "call_id": CALL_ID,
                    "action": one_of(*get_args(RecordingAction)),
                    "recording": {"description": "as MiniVoice described it, or null"},
                    "position": POSITION,
                }
            )
        },
        problems=(*COMMAND, *BODY, "not-found", "provider-failed"),
    ),
    Operation(
        method="GET",
        path="/v1/events",
        summary="The ledger itself as a feed, in its total order",
        parameters=(after(), EVENTS_LIMIT),
        answers={200: page(ref("Event"), position=POSITION)},
        problems=(*READ, "invalid-input"),
    ),
    Operation(
        method="GET",
        path="/v1/stream",
        summary="The ledger as it grows, as server-sent events",
        description=(
            "Each message has the position as `id`, the event's name as `event`, and an Event as one line of JSON as "
            "`data`. Begins after `Last-Event-ID`, else after `after`, else at the ledger's end. A line that begins "
            f"with a colon comes at least every {stream.HEARTBEAT_SECONDS:g} seconds. At most "
            f"{stream.STREAMS_AT_ONCE_MAX} streams are open at once."
        ),
        parameters=(LAST_EVENT_ID, after()),
        answers={200: TEXT},
        media_type="text/event-stream",
        problems=(*READ, "invalid-input"),
    ),
)
