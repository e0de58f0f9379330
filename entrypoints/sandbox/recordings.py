"""POST /v1/calls/{id}/recordings: start and stop a recording by hand."""

from starlette.requests import Request

from entrypoints.sandbox.applications import Application
from entrypoints.sandbox.calls import Call
from entrypoints.sandbox.clock import whole_seconds
from entrypoints.sandbox.desk import Answer
from entrypoints.sandbox.orders import read_object
from entrypoints.sandbox.refusals import RefusalError
from entrypoints.sandbox.world import World


async def control(world: World, application: Application, request: Request, raw_body: bytes) -> Answer:
    action = read_object(raw_body).get("action")
    if action not in {"start", "stop"}:
        raise RefusalError(400, "invalid_action", "action must be start or stop")
    call = world.exchange.calls.get(request.path_params["call_id"])
    if call is None or call.application is not application or not call.active:
        raise RefusalError(404, "active_call_not_found", "active call not found")
    if action == "stop" and not call.recording_on:
        raise RefusalError(409, "recording_not_started", "recording has not been started")
    if action == "start" and not call.recording_on:
        world.exchange.happen(call, "recording.started")
    if action == "stop":
        world.exchange.happen(call, "recording.completed")
    return Answer(200, {"data": _shown(call, str(action), whole_seconds(world.clock.now()))}, call.id)


def _shown(call: Call, action: str, now: str) -> dict[str, object]:
    recording = {
        "id": call.recording_id,
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
