"""The API, asked in this process: a page shows what its actor would be answered over HTTP, and nothing else."""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote, urlencode

import orjson
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Scope

from application.actor import Actor

Json = Any
OURS = ("type", "asgi", "http_version", "server", "client", "scheme", "root_path")


class Refused(Exception):
    """The API answered with a problem."""

    def __init__(self, status: int, problem: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        super().__init__(str(problem.get("detail")))
        self.status = status
        self.title = str(problem.get("title", "It did not work"))
        self.detail = str(problem.get("detail", ""))
        self.headers = headers


class Inside:
    """Asks the API's router on behalf of a page's actor, who has been let in already."""

    def __init__(self, router: ASGIApp) -> None:
        self._router = router

    async def get(self, request: Request, path: str, /, **query: object) -> Json:
        """What GET answers there. Raises `Refused`."""
        return (await self._ask(request, "GET", path, query, b""))[1]

    async def post(self, request: Request, path: str, body: Json = None, /) -> tuple[int, Json]:
        """What POST answers there, with its status. Raises `Refused`."""
        return await self._ask(request, "POST", path, {}, b"" if body is None else orjson.dumps(body))

    async def _ask(
        self, request: Request, method: str, path: str, query: Mapping[str, object], body: bytes
    ) -> tuple[int, Json]:
        given = {name: str(value) for name, value in query.items() if value is not None and value != ""}
        actor: Actor = request.state.actor
        scope: Scope = {
            **{name: request.scope[name] for name in OURS if name in request.scope},
            "method": method,
            "path": path,
            "raw_path": path.encode("ascii"),
            "query_string": urlencode(given).encode("ascii"),
            "headers": [(b"content-type", b"application/json")],
            "state": {"actor": actor, "request_id": actor.request_id},
        }
        answer = _Answer()

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await self._router(scope, receive, answer.take)
        said = orjson.loads(answer.body)
        if answer.status >= 400:
            raise Refused(answer.status, said, answer.headers)
        return answer.status, said


class _Answer:
    def __init__(self) -> None:
        self.status = 500
        self.headers: dict[str, str] = {}
        self.body = b""

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message.get("body", b"")


def raw(request: Request, name: str) -> str:
    """A part of a page's path as it is in the address, percent-encoded."""
    return quote(cast("str", request.path_params[name]), safe="%+!$'()*,;:@=~-._")
