"""One route with all it may answer: each status with its schema, and each problem that it may be."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from entrypoints.http.openapi.shape import TEXT, Schema, one_of, record
from entrypoints.http.problems import KINDS, URN

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
GUARDED = ("unauthorized", "not-allowed", "too-many-requests", "internal")
LEDGER = ("ledger-unavailable", "not-ready")
READ = (*GUARDED, *LEDGER)
VIEW = (*READ, "invalid-input", "view-behind")
COMMAND = (*READ, "conflict")
BODY = ("invalid-input", "too-large")


class Operation(Struct, frozen=True, kw_only=True):
    """A route as the document describes it.

    `answers` are the schemas of its successes by status (None: no body), `problems` the kinds of its failures,
    `bodies` the schemas of what it takes by media type, `media_type` that of its successes.
    """

    method: str
    path: str
    summary: str
    answers: Mapping[int, Schema | None]
    problems: Sequence[str] = READ
    parameters: Sequence[Schema] = ()
    bodies: Mapping[str, Schema] = {}
    needs_body: bool = True
    description: str = ""
    media_type: str = JSON
    is_guarded: bool = True
    more_answers: Mapping[str, Any] = {}

    def described(self) -> dict[str, Any]:
        """The operation object."""
        failing = {
            str(status): {"$ref": f"#/components/responses/{name}"} for name, (status, _) in self.failures().items()
        }
        shown: dict[str, Any] = {
            "operationId": operation_id(self.method, self.path),
            "summary": self.summary,
            "responses": {**self._successes(), **self.more_answers, **failing},
        }
        if self.description:
            shown["description"] = self.description
        if self.parameters:
            shown["parameters"] = list(self.parameters)
        if self.bodies:
            content = {media_type: {"schema": schema} for media_type, schema in self.bodies.items()}
            shown["requestBody"] = {"required": self.needs_body, "content": content}
        if not self.is_guarded:
            shown["security"] = []
        return shown

    def _successes(self) -> dict[str, Any]:
        return {str(status): success(schema, self.media_type) for status, schema in self.answers.items()}

    def failures(self) -> Mapping[str, tuple[int, Sequence[str]]]:
        """The failing responses by name: their status, and the kinds of problem that it may be."""
        by_status: dict[int, list[str]] = {}
        for kind in dict.fromkeys(self.problems):
            by_status.setdefault(KINDS[kind].status, []).append(kind)
        return {"-or-".join(sorted(kinds)): (status, sorted(kinds)) for status, kinds in sorted(by_status.items())}


def success(schema: Schema | None, media_type: str = JSON) -> dict[str, Any]:
    """A response with a body of this schema, or without a body."""
    if schema is None:
        return {"description": "done; the answer has no body"}
    return {"description": "done", "content": {media_type: {"schema": schema}}}


def operation_id(method: str, path: str) -> str:
    """A name for programs, such as `get_campaigns_by_id`."""
    parts = [part for part in path.removeprefix("/v1").split("/") if part]
    words = [f"by_{part[1:-1]}" if part.startswith("{") else part.replace(".", "_") for part in parts]
    return "_".join([method.lower(), *words])


def failure(status: int, kinds: Sequence[str]) -> dict[str, Any]:
    """A response that is one of these kinds of problem."""
    fields: dict[str, Schema] = {
        "type": one_of(*(f"{URN}{kind}" for kind in kinds)),
        "title": TEXT,
        "status": {"type": "integer", "const": status},
        "detail": TEXT,
        "field": {**TEXT, "description": "the part at fault, where one is"},
    }
    shown: dict[str, Any] = {
        "description": "; or ".join(KINDS[kind].title for kind in kinds),
        "content": {PROBLEM_JSON: {"schema": record(fields, optional=["field"])}},
    }
    if status in {429, 503}:
        seconds = {"type": "integer", "minimum": 1}
        shown["headers"] = {"Retry-After": {"description": "seconds", "required": True, "schema": seconds}}
    if status == 401 and "unauthorized" in kinds:
        shown["headers"] = {"WWW-Authenticate": {"required": True, "schema": {"type": "string", "const": "Bearer"}}}
    return shown
