"""What a request may fail with: responses with problems, each of certain kinds under one status."""

from collections.abc import Sequence
from typing import Any

import msgspec

from entrypoints.http.openapi.schemas import Schema, reference
from entrypoints.http.problems import KINDS, URN, Problem

PROBLEM_JSON = "application/problem+json"


def failure(name: str, status: int, kinds: Sequence[str]) -> dict[str, Any]:
    """A response that is one of these kinds of problem; its schema is the component `problem_name(name)`."""
    shown: dict[str, Any] = {
        "description": "; or ".join(KINDS[kind].title for kind in kinds),
        "content": {PROBLEM_JSON: {"schema": reference(problem_name(name))}},
    }
    if status in {429, 503}:
        seconds = {"type": "integer", "minimum": 1}
        shown["headers"] = {"Retry-After": {"description": "seconds", "required": True, "schema": seconds}}
    if status == 401 and "unauthorized" in kinds:
        shown["headers"] = {"WWW-Authenticate": {"required": True, "schema": {"type": "string", "const": "Bearer"}}}
    return shown


def problem_name(name: str) -> str:
    """The component of a response's problem, such as `NotFoundProblem`."""
    return "".join(word.capitalize() for word in name.split("-")) + "Problem"


def problem_schema(status: int, kinds: Sequence[str]) -> Schema:
    """A problem, narrowed to this status and these kinds."""
    (schema,), components = msgspec.json.schema_components([Problem], ref_template="{name}")
    whole = components[schema["$ref"]]
    fields = {
        **whole["properties"],
        "type": {"type": "string", "enum": [f"{URN}{kind}" for kind in kinds]},
        "status": {"type": "integer", "const": status},
    }
    return {
        "type": "object",
        "description": whole["description"],
        "properties": fields,
        "required": whole["required"],
        "additionalProperties": False,
    }
