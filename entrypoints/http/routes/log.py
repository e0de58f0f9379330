"""The verifiable log over HTTP."""

import asyncio
from typing import Annotated

from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from adapters.verifiable_log.tiles import tile_at
from application.log_keeping.published_tiles import published_tile
from domain.errors import NotFound
from entrypoints.http.access import NEVER_CHANGES, READS, allow
from entrypoints.http.openapi.operation import READ, DescribedRoute, Operation
from entrypoints.http.parameters import PathPart
from entrypoints.http.parts import parts_of

NO_CHECKPOINT = (
    "no checkpoint of the log was signed yet: the process that dials signs one within DIALTRAIL_LOG_CHECKPOINT_SECONDS of "
    "its start"
)
NO_TILE = (
    "the newest checkpoint of the log has no such tile; /v1/log/tile/LEVEL/NUMBER is written as C2SP's tlog-tiles says, such as "
    "/v1/log/tile/0/x001/x234/067 or, not full, /v1/log/tile/0/000.p/5"
)
NO_ENTRIES = (
    "entries are personal, and are not served as tiles: GET /v1/evidence makes a bundle of those of a call, a person or a "
    "campaign, and `dialtrail verify` makes every leaf again"
)
ENTRIES = "entries"
GROUPS_MAX = 3
"""Of three digits in a tile's number: 256 thousand million events."""

LEVEL = PathPart(
    name="level",
    kind=Annotated[str, Meta(pattern="^([0-9]|[1-5][0-9]|6[0-3])$")],
    means="the tile's level: 0 has leaves, each above it roots of whole tiles below",
)
_HIGHER, _LAST, _PARTIAL = "x[0-9]{3}", "[0-9]{3}", r"[0-9]{3}\.p"
_WIDTH = "[1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]"


async def checkpoint(request: Request) -> Response:
    """GET /v1/log/checkpoint."""
    allow(request, READS)
    store = parts_of(request).log_store
    newest = None if store is None else await asyncio.to_thread(store.newest)
    if newest is None:
        raise NotFound(NO_CHECKPOINT)
    return Response(newest.note, headers={"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"})


async def tile(request: Request) -> Response:
    """GET /v1/log/tile/{level}/…."""
    allow(request, READS)
    names = [name for name in request.path_params if name != LEVEL.name]
    level, place = LEVEL.read(request), [str(request.path_params[name]) for name in names]
    if level == ENTRIES:
        raise NotFound(NO_ENTRIES)
    wanted, store = tile_at(level, place), parts_of(request).log_store
    hashes = None if wanted is None or store is None else await asyncio.to_thread(published_tile, store, wanted)
    if hashes is None:
        raise NotFound(NO_TILE)
    headers = {"content-type": "application/octet-stream", "cache-control": NEVER_CHANGES}
    return Response(hashes, headers=headers)


def _tiles(parts: int) -> DescribedRoute:
    """The route to tiles whose place has so many parts below their level: each but the last is `x` and three digits, and the
    last three digits; or the last but one is three digits with `.p`, and the last how wide the tile is.
    """
    place = tuple(_part(nth, parts) for nth in range(1, parts + 1))
    path = "/".join(["/v1/log/tile/{level}", *(f"{{{one.name}}}" for one in place)])
    return DescribedRoute(
        tile,
        Operation(
            method="GET",
            path=path,
            tag="process",
            summary="Hashes of the verifiable log, 256 neighbours at a time (C2SP tlog-tiles)",
            description=(
                "Below the prefix `/v1/log`, beside its `checkpoint`: the tiles that the newest checkpoint covers, which never "
                "change. Entries are personal, and are not served: `/v1/log/tile/entries/…` is 404."
            ),
            parameters=(LEVEL, *place),
            answers={200: str},
            problems=(*READ, "not-found"),
            media_type="application/octet-stream",
        ),
    )


def _part(nth: int, parts: int) -> PathPart:
    if nth == parts:
        pattern = _LAST if parts == 1 else _WIDTH if parts > GROUPS_MAX else f"{_LAST}|{_WIDTH}"
        means = "the last three digits of the tile's number" + (
            "" if parts == 1 else ", or how wide one is that is not full"
        )
    elif nth == parts - 1:
        pattern = _PARTIAL if parts > GROUPS_MAX else f"{_HIGHER}|{_PARTIAL}"
        means = "three higher digits after an x, or the last three with .p before a width"
    else:
        pattern, means = _HIGHER, "three higher digits after an x"
    return PathPart(name=f"part_{nth}", kind=Annotated[str, Meta(pattern=f"^({pattern})$")], means=means)


ROUTES = [
    DescribedRoute(
        checkpoint,
        Operation(
            method="GET",
            path="/v1/log/checkpoint",
            tag="process",
            summary="The newest signed checkpoint of the verifiable log, as a signed note (C2SP tlog-checkpoint)",
            answers={200: str},
            problems=(*READ, "not-found"),
            media_type="text/plain",
        ),
    ),
    *(_tiles(parts) for parts in range(1, GROUPS_MAX + 2)),
]
