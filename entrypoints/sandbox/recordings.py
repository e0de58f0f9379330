"""POST /v1/calls/{id}/recordings: start and stop a recording by hand."""

from starlette.requests import Request

from entrypoints.sandbox.applications import Application
from entrypoints.sandbox.calls import Call
from entrypoints.sandbox.clock import whole_seconds
from entrypoints.sandbox.desk import Answer
from entrypoints.sandbox.faults import Fault
from entrypoints.sandbox.orders import read_object
from entrypoints.sandbox.refusals import refusal
from entrypoints.sandbox.world import World


async def control(world: World, application: Application, request: Request, raw_body: bytes) -> Answer:
    action = read_object(raw_body).get("action")
    if action not in {"start", "stop"}:
        raise refusal("invalid_action")
    call = world.exchange.calls.get(request.path_params["call_id"])
    if call is None or call.application is not application or not call.active:
        raise refusal("active_call_not_found")
    if action == "stop" and not call.recording_on:
        raise refusal("recording_not_started")
    _trouble(world, call, str(action))
    if action == "start" and not call.recording_on:
        world.exchange.happen(call, "recording.started")
    if action == "stop":
        world.exchange.recorder.stop(call)
    return Answer(200, {"data": _shown(call, str(action), whole_seconds(world.clock.now()))}, call.id)


def _trouble(world: World, call: Call, action: str) -> None:
    """Raises RefusalError when chance has it, for the n-th request about this call's recordings that could be done."""
    settings = world.live.settings
    call.recording_requests += 1
    about = (*call.subject, call.recording_requests)
    if world.chance.hits(settings.call_uuid_missing_rate, "call uuid missing", *about):
        raise refusal("call_uuid_missing", call_id=call.id, fault=Fault.RECORDING)
    rate = settings.recording_start_failed_rate if action == "start" else settings.recording_stop_failed_rate
    if world.chance.hits(rate, f"recording {action} failed", *about):
        raise refusal(f"recording_{action}_failed", call_id=call.id, fault=Fault.RECORDING)


def _shown(call: Call, action: str, now: str) -> dict[str, object]:
    recording = {
        "id": call.recording_id(call.recordings),
        "call_id": call.id,
        "customer_id": call.application.customer_id,
        "application_id": call.application.id,
        "provider_call_id": call.provider_call_id,
        "status": "started" if action == "start" else "completed",
        "storage_type": "local",
        "file_url": "",
        "duration_seconds": 0,
        "size_bytes": 0,
        "created_at": now,
        "updated_at": now,
    }
    return {"call_id": call.id, "provider_call_id": call.provider_call_id, "action": action, "recording": recording}
