"""One route with all it may answer: each status with its type, and each problem that it may be."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from entrypoints.http.openapi.schemas import Schema
from entrypoints.http.parameters import Parameter
from entrypoints.http.problems import KINDS
from entrypoints.http.query import check_query

JSON = "application/json"
GUARDED = ("unauthorized", "not-allowed", "too-many-requests", "invalid-input", "internal")
LEDGER = ("ledger-unavailable", "not-ready")
READ = (*GUARDED, *LEDGER)
VIEW = (*READ, "invalid-input", "view-behind")
COMMAND = (*READ, "conflict")
BODY = ("invalid-input", "too-large")


class Operation(Struct, frozen=True, kw_only=True):
    """A route as the document describes it.

    `answers` are the types of its successes by status (None: no body; a tuple: one of these), `problems` the kinds of its
    failures, `not_taken` why it does not take a parameter that others do, `bodies` the types of what it takes by media type (a tuple: one of these), `media_type` that of its successes. `unready` is the type
    of a 503 that is none of the problems.
    """

    method: str
    path: str
    tag: str
    summary: str
    answers: Mapping[int, Any]
    problems: Sequence[str] = READ
    parameters: Sequence[Parameter] = ()
    not_taken: Mapping[str, str] = {}
    bodies: Mapping[str, Any] = {}
    needs_body: bool = True
    description: str = ""
    media_type: str = JSON
    is_guarded: bool = True
    unready: Any = None

    def described(self, schemas: Mapping[Any, Schema]) -> dict[str, Any]:
        """The operation object, by the schemas of the types in it."""
        successes = {str(status): self._success(kind, schemas) for status, kind in self.answers.items()}
        failing = {
            str(status): {"$ref": f"#/components/responses/{name}"} for name, (status, _) in self.failures().items()
        }
        shown: dict[str, Any] = {
            "operationId": operation_id(self.method, self.path),
            "tags": [self.tag],
            "summary": self.summary,
            "responses": {**successes, **failing},
        }
        if self.unready is not None:
            unready = {**self._success(self.unready, schemas), "description": "at least one part does not work"}
            shown["responses"]["503"] = unready
        if self.description:
            shown["description"] = self.description
        if self.parameters:
            shown["parameters"] = [one.described() for one in self.parameters]
        if self.bodies:
            content = {media_type: {"schema": _schema(kind, schemas)} for media_type, kind in self.bodies.items()}
            shown["requestBody"] = {"required": self.needs_body, "content": content}
        if not self.is_guarded:
            shown["security"] = []
        return shown

    def failures(self) -> Mapping[str, tuple[int, Sequence[str]]]:
        """The failing responses by name: their status, and the kinds of problem that it may be."""
        by_status: dict[int, list[str]] = {}
        for kind in dict.fromkeys(self.problems):
            by_status.setdefault(KINDS[kind].status, []).append(kind)
        return {"-or-".join(sorted(kinds)): (status, sorted(kinds)) for status, kinds in sorted(by_status.items())}

    def answered(self) -> list[Any]:
        """The types of its answers."""
        return _each((*self.answers.values(), self.unready))

    def sent(self) -> list[Any]:
        """The types of its bodies."""
        return _each(self.bodies.values())

    def _success(self, kind: Any, schemas: Mapping[Any, Schema]) -> dict[str, Any]:
        if kind is None:
            return {"description": "done; the answer has no body"}
        return {"description": "done", "content": {self.media_type: {"schema": _schema(kind, schemas)}}}


class DescribedRoute(Route):
    """A route that is made of its description, so that none is without one, and none takes what it does not describe."""

    def __init__(self, endpoint: Callable[[Request], Awaitable[Response]], operation: Operation) -> None:
        names = [one.name for one in operation.parameters if one.place == "query"]
        repeated = {one.name for one in operation.parameters if one.repeats}

        @wraps(endpoint)
        async def checked(request: Request) -> Response:
            if request.scope["query_string"]:
                check_query(request.query_params, names, operation.not_taken, repeated)
            return await endpoint(request)

        super().__init__(operation.path, checked, methods=[operation.method])
        self.answer = checked
        self.operation = operation


def operation_id(method: str, path: str) -> str:
    """A name for programs, such as `get_campaigns_by_id`."""
    parts = [part for part in path.removeprefix("/v1").split("/") if part]
    words = [f"by_{part[1:-1]}" if part.startswith("{") else re.sub("[.-]", "_", part) for part in parts]
    return "_".join([method.lower(), *words])


def _each(kinds: Iterable[Any]) -> list[Any]:
    return [one for kind in kinds if kind is not None for one in (kind if isinstance(kind, tuple) else (kind,))]


def _schema(kind: Any, schemas: Mapping[Any, Schema]) -> Schema:
    if isinstance(kind, tuple):
        return {"anyOf": [_schema(one, schemas) for one in kind]}
    return schemas[kind]
