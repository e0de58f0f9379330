"""Recordings over HTTP: start or stop one of a call that is under way, through MiniVoice."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.input import StrictInput, parse_json, validated
from adapters.minivoice_client import RecordingAnswer
from adapters.minivoice_insights import recording_in
from application.actor import Actor
from application.commands.calls import record_control
from application.fields import CallId, Position, means
from application.installation import Installation
from application.queries.call import read_call
from domain.call import RecordingAction
from domain.errors import Conflict, DialtrailError, ProviderFailed
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.answers import answered
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, DescribedRoute, Operation
from entrypoints.http.parameters import CALL
from entrypoints.http.parts import parts_of, read_body
from projections.folded import call_of

CONTROL_BYTES_MAX = 1024
# What MiniVoice's documented codes mean to an operator: not in this state of the call, or not done though it could be.
NOT_NOW: Mapping[str, str] = {
    "active_call_not_found": "MiniVoice has no active call with this id: it is over, or was never begun; "
    "look at it with: dialtrail timeline CALL_ID",
    "recording_not_started": "no recording of this call is on; start one with: dialtrail recording start CALL_ID",
    "call_uuid_missing": "MiniVoice has not connected this call yet; try again in a few seconds",
}
NOT_DONE: Mapping[str, str] = {
    "invalid_action": "MiniVoice does not know this action; its API may have changed: dialtrail events CALL_ID shows "
    "its answer",
    "recording_start_failed": "MiniVoice could not start the recording; try again",
    "recording_stop_failed": "MiniVoice could not stop the recording, and it goes on; try again",
}


class ControlInput(StrictInput):
    """The body of POST /v1/calls/{id}/recordings."""

    action: RecordingAction


class RecordingControlled(Struct, frozen=True, kw_only=True):
    """What was asked for, and done."""

    call_id: CallId
    action: RecordingAction
    recording: Annotated[Any, means("as MiniVoice described it, or null")]
    position: Position


async def control(request: Request) -> Response:
    """POST /v1/calls/{id}/recordings. What MiniVoice answered is on the call before this is."""
    actor, parts, call_id = allow(request, COMMANDS), parts_of(request), CALL.read(request)
    given = validated(ControlInput, parse_json(await read_body(request, CONTROL_BYTES_MAX)))
    return answered(request, await controlled(parts, actor, call_id, given.action))


async def controlled(parts: Installation, actor: Actor, call_id: str, action: RecordingAction) -> RecordingControlled:
    """Start or stop one, in the name of somebody. Raises `NotFound`, `Conflict` and `ProviderFailed`."""
    await asyncio.to_thread(_check_is_under_way, parts, call_id)
    if parts.client is None:
        raise Conflict("this process does not speak to MiniVoice; start one that does with: dialtrail up")
    answer = await parts.client.control_recording(call_id, action)
    # Whatever it says was done already: its place in the ledger is with the other answers, which always have room.
    done = await parts.ledger.execute(record_control(call_id, answer), lane="answers", metadata=actor.metadata)
    if answer.result != "accepted":
        raise _refusal(answer)
    return RecordingControlled(
        call_id=call_id,
        action=action,
        recording=recording_in(answer.body, answer.raw),
        position=done.position,
    )


def _check_is_under_way(parts: Installation, call_id: str) -> None:
    if call_of(read_call(parts, call_id, parts.ledger.position).stream).phase == "ended":
        raise Conflict("this call has ended, and cannot be recorded any more")


def _refusal(answer: RecordingAnswer) -> DialtrailError:
    code = answer.code or ""
    if code in NOT_NOW:
        return Conflict(f"{code}: {NOT_NOW[code]}")
    if code in NOT_DONE:
        return ProviderFailed(f"{code}: {NOT_DONE[code]}")
    if answer.result == "unsent":
        return ProviderFailed(f"MiniVoice was not asked: {answer.why}; `dialtrail doctor` looks at the connection")
    if answer.result == "unclear":
        return ProviderFailed(
            f"whether the recording was changed is not known ({answer.why}); wait for a recording event in the "
            "call's timeline before you try again"
        )
    return ProviderFailed(f"MiniVoice refused with {answer.why}; dialtrail events CALL_ID shows its answer")


ROUTES = [
    DescribedRoute(
        control,
        Operation(
            method="POST",
            path="/v1/calls/{id}/recordings",
            tag="calls",
            summary="Start or stop a recording of a call that is under way",
            description="MiniVoice is asked once, and what it answers is recorded on the call. Role: operator.",
            parameters=(CALL,),
            bodies={JSON: ControlInput},
            answers={200: RecordingControlled},
            problems=(*COMMAND, *BODY, "not-found", "provider-failed"),
        ),
    )
]
