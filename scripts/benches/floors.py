"""What our endpoints are measured against: the same server with less behind it.

    python floors.py PORT SECRET FOLDER [LEDGER]

`/verify` is a Starlette route that checks the signature and parses the body; `/save` also stores each delivery by the
library's own `save()`, one commit a request, in a thread pool. `/nothing/{id}` is a read that reads nothing and answers in JSON;
`/rows/{id}` selects the rows of a call from the database LEDGER and looks at none of them.
"""

import asyncio
import hashlib
import hmac
import os
import sqlite3
import sys
from pathlib import Path

import orjson
import uvicorn
import uvloop
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SELECT = (
    "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events "
    "WHERE originator_id=? ORDER BY originator_version"
)
os.environ["DIALTRAIL_BENCH"] = "1"  # noqa: TID251 - the library reads the environment by itself


class Delivery(Aggregate):
    """The plainest aggregate that keeps a delivery."""

    @event("Received")
    def __init__(self, body: str) -> None:
        self.body = body


def build(secret: bytes, folder: Path, ledger: Path | None) -> Starlette:
    """The application with all floors."""
    return Starlette(routes=[*deliveries(secret, folder), *reads(ledger)])


def deliveries(secret: bytes, folder: Path) -> list[Route]:
    """Those that take a webhook."""
    library: Application = Application(
        env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(folder / "floor.db")}
    )

    async def checked(request: Request) -> bytes | None:
        body = await request.body()
        stamp = request.headers["x-minivoice-timestamp"].encode()
        expected = "v1=" + hmac.new(secret, stamp + b"." + body, hashlib.sha256).hexdigest()
        return body if hmac.compare_digest(expected, request.headers["x-minivoice-signature"]) else None

    async def verify(request: Request) -> Response:
        body = await checked(request)
        if body is None:
            return Response(status_code=401)
        orjson.loads(body)["call"]["id"]
        return Response(status_code=204)

    async def save(request: Request) -> Response:
        body = await checked(request)
        if body is None:
            return Response(status_code=401)
        orjson.loads(body)["call"]["id"]
        await asyncio.to_thread(library.save, Delivery(body=body.decode()))
        return Response(status_code=204)

    return [Route("/verify", verify, methods=["POST"]), Route("/save", save, methods=["POST"])]


def reads(ledger: Path | None) -> list[Route]:
    """Those that answer a question."""
    reader = None
    if ledger is not None:
        reader = sqlite3.connect(f"{ledger.as_uri()}?mode=ro", uri=True, isolation_level=None)

    async def nothing(request: Request) -> Response:
        return Response(orjson.dumps({"id": request.path_params["id"]}), media_type="application/json")

    async def rows(request: Request) -> Response:
        found = reader.execute(SELECT, ("call:" + request.path_params["id"],)).fetchall() if reader else []
        return Response(
            orjson.dumps({"id": request.path_params["id"], "rows": len(found)}), media_type="application/json"
        )

    return [Route("/nothing/{id}", nothing, methods=["GET"]), Route("/rows/{id}", rows, methods=["GET"])]


if __name__ == "__main__":
    config = uvicorn.Config(
        build(sys.argv[2].encode(), Path(sys.argv[3]), Path(sys.argv[4]) if len(sys.argv) > 4 else None),
        port=int(sys.argv[1]),
        http="httptools",
        log_config=None,
        access_log=False,
        lifespan="off",
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(uvicorn.Server(config).serve())
