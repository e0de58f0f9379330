"""Whether this process runs, whether its parts work, and its numbers for Prometheus."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, cast

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from application.fields import means
from application.metrics import Metrics
from application.silence import silence_now
from entrypoints.http.access import READS, allow
from entrypoints.http.json import JsonResponse
from entrypoints.http.openapi.operation import GUARDED, DescribedRoute, Operation
from entrypoints.http.parts import parts_of
from entrypoints.http.routes.integrity import watched_of

METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


# What a database's driver quotes (hosts, users, sockets), addresses, ports, and which process on which host another one is.
_WHERE = re.compile(
    r"""\"[^\"]*\"|(?<!\w)'[^']*'(?!\w)|\(process [0-9]+ on [^\s)]*\)?|\([0-9a-fA-F:.]*[:.][0-9a-fA-F:.]*\)|\bport:? [0-9]+"""
)


def told_to_anybody(text: str) -> str:
    """What is wrong, without where: those who are known read the whole in `GET /v1/integrity`, and the log has it."""
    return _WHERE.sub("…", text)


class Alive(Struct, frozen=True):
    """The process answers."""

    status: Literal["live"]


class Readiness(Struct, frozen=True):
    """Each part of this system, not the provider: a part is ready where it has no trouble."""

    status: Literal["ready", "not ready"]
    parts: Annotated[Mapping[str, str], means("ready, or what is wrong with it")]
    notes: Annotated[list[str], means("what is worth a look, and keeps no part from working")]


async def live(_: Request) -> Response:
    """GET /health/live."""
    return JsonResponse(Alive("live"))


async def ready(request: Request) -> Response:
    """GET /health/ready."""
    watched = watched_of(request)
    found = watched.troubles()
    is_ready = not any(found.values())
    silence = await silence_now(parts_of(request))
    notes = [*watched.notes(), *([] if silence is None else [silence.sentence])]
    parts = {name: "ready" if trouble is None else told_to_anybody(trouble) for name, trouble in found.items()}
    return JsonResponse(
        Readiness("ready" if is_ready else "not ready", parts, [told_to_anybody(note) for note in notes]),
        status_code=200 if is_ready else 503,
    )


async def metrics(request: Request) -> Response:
    """GET /metrics: what Prometheus reads."""
    allow(request, READS)
    kept = cast("Metrics", request.app.state.metrics)
    return Response(kept.text(), headers={"content-type": METRICS_CONTENT_TYPE})


ROUTES = [
    DescribedRoute(
        live,
        Operation(
            method="GET",
            path="/health/live",
            tag="process",
            summary="Whether the process runs",
            answers={200: Alive},
            problems=("internal", "invalid-input"),
            is_guarded=False,
        ),
    ),
    DescribedRoute(
        ready,
        Operation(
            method="GET",
            path="/health/ready",
            tag="process",
            summary="Whether all parts of this process work; each is named, with what is wrong with it",
            answers={200: Readiness},
            problems=("internal", "invalid-input"),
            is_guarded=False,
            unready=Readiness,
        ),
    ),
    DescribedRoute(
        metrics,
        Operation(
            method="GET",
            path="/metrics",
            tag="process",
            summary="Numbers for Prometheus",
            answers={200: str},
            problems=GUARDED,
            media_type="text/plain",
        ),
    ),
]
