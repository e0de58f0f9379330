"""The trouble of GETs: answered 500, or slowly, by seed for the n-th read of a call or of the usage."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from starlette.requests import Request

from entrypoints.sandbox.applications import Application
from entrypoints.sandbox.desk import Answer
from entrypoints.sandbox.faults import Fault
from entrypoints.sandbox.refusals import RefusalError
from entrypoints.sandbox.world import World

Handler = Callable[[World, Application, Request, bytes], Awaitable[Answer]]


def troubled(handler: Handler) -> Handler:
    """The handler, but for what `read_error_rate` and `read_slow_rate` do to it."""

    async def read(world: World, application: Application, request: Request, raw_body: bytes) -> Answer:
        settings, chance = world.live.settings, world.chance
        about = _about(world, application, request.path_params.get("call_id"))
        if chance.hits(settings.read_error_rate, "read error", *about):
            raise RefusalError(500, "internal_error", "could not read", fault=Fault.READ_ERROR)
        answer = await handler(world, application, request, raw_body)
        if chance.hits(settings.read_slow_rate, "read slow", *about):
            wait_seconds = chance.seconds(settings.slow_seconds, "slow read", *about)
            return replace(answer, fault=Fault.READ_SLOW, wait_seconds=wait_seconds)
        return answer

    return read


def _about(world: World, application: Application, call_id: str | None) -> tuple[object, ...]:
    """What is read and for which time; an unknown call, which is not found anyway, counts as one of the application's."""
    call = world.exchange.calls.get(call_id) if call_id else None
    if call is None or call.application is not application:
        application.reads += 1
        return (application.id, application.reads)
    call.reads += 1
    return (*call.subject, call.reads)
