"""AI results of recorded calls: read only, some time after the end, each of them missing on its own."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request

from entrypoints.sandbox.applications import Application
from entrypoints.sandbox.calls import Call
from entrypoints.sandbox.clock import later
from entrypoints.sandbox.desk import Answer
from entrypoints.sandbox.refusals import RefusalError
from entrypoints.sandbox.world import World

RESULTS = ("ai", "transcription", "ai-summary", "ai-score", "ai-topics")
_PARTS = {"transcription": "transcription", "ai-summary": "summary", "ai-score": "score", "ai-topics": "topics"}

Handler = Callable[[World, Application, Request, bytes], Awaitable[Answer]]


def reader(name: str) -> Handler:
    """The handler of one of RESULTS."""

    async def read(world: World, application: Application, request: Request, _raw_body: bytes) -> Answer:
        call = world.exchange.find(request.path_params["call_id"], application)
        if name == "ai":
            parts = {key: _part(world, call, route) for route, key in _PARTS.items()}
            present = {key: part for key, part in parts.items() if part is not None}
            together: dict[str, object] = {"call": _shown(call), **present}
            return Answer(200, {"data": together}, call.id)
        part = _part(world, call, name)
        if part is None:
            code = f"{name.replace('-', '_')}_not_found"
            raise RefusalError(404, code, f"{name} of this call not found", call_id=call.id)
        wrapped: dict[str, object] = {"count": len(part), "data": part} if isinstance(part, list) else {"data": part}
        return Answer(200, wrapped, call.id)

    return read


def _part(world: World, call: Call, name: str) -> dict[str, object] | list[object] | None:
    settings = world.live.settings
    if call.recorded_at is None or call.ended_at is None:
        return None
    after = world.chance.seconds(settings.ai_seconds, "ai ready", name, *call.subject)
    ready = world.clock.now() >= later(max(call.recorded_at, call.ended_at), after)
    if not ready or world.chance.hits(settings.ai_missing_rate, name, *call.subject):
        return None
    parts: dict[str, dict[str, object] | list[object]] = {
        "transcription": {
            "status": "completed",
            "language": "en",
            "full_text": "I need help with billing.",
            "segments": [],
        },
        "ai-summary": {
            "status": "completed",
            "summary": "The caller asked for billing help.",
            "outcome": "follow_up_needed",
            "sentiment": "neutral",
            "action_items": ["Review invoice"],
            "key_points": ["Billing question"],
        },
        "ai-score": {"status": "completed", "total_score": 17, "max_score": 20, "percentage": 85, "items": []},
        "ai-topics": [{"topic": "Billing", "raw_topic": "billing", "normalized_topic": "Billing", "confidence": 0.92}],
    }
    return parts[name]


def _shown(call: Call) -> dict[str, object]:
    return {
        "id": call.id,
        "direction": call.direction,
        "from": call.from_number,
        "to": call.to_number,
        "status": call.state,
        "duration_seconds": call.billed_seconds,
    }
