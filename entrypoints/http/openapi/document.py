"""The whole OpenAPI document, of the operations that there are."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from entrypoints.http.openapi.failures import failure, problem_name, problem_schema
from entrypoints.http.openapi.operation import Operation
from entrypoints.http.openapi.schemas import Schema, described_answers, described_bodies

OPENAPI_VERSION = "3.1.0"


class OpenApiDocument(TypedDict):
    """An OpenAPI document."""

    openapi: str
    info: dict[str, Any]
    servers: list[dict[str, Any]]
    security: list[dict[str, Any]]
    tags: list[dict[str, Any]]
    paths: dict[str, dict[str, Any]]
    components: dict[str, dict[str, Any]]


def document_of(
    operations: Sequence[Operation],
    tags: Mapping[str, str],
    info: Mapping[str, str],
    roles: str,
    *,
    needs_token: bool,
    path: str,
) -> OpenApiDocument:
    """What a server answers below `path`; `needs_token` where it has tokens set, whose `roles` are told."""
    answers = described_answers(_kinds(one for operation in operations for one in operation.answered()))
    bodies = described_bodies(_kinds(one for operation in operations for one in operation.sent()))
    schemas = {**answers.schemas, **bodies.schemas}
    failures = {name: failed for one in operations for name, failed in one.failures().items()}
    paths: dict[str, Any] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = operation.described(schemas)
    problems = {problem_name(name): problem_schema(*failed) for name, failed in failures.items()}
    return {
        "openapi": OPENAPI_VERSION,
        "info": dict(info),
        "servers": [{"url": path}],
        "security": [{"bearer": []}] if needs_token else [{"bearer": []}, {}],
        "tags": [{"name": name, "description": text} for name, text in tags.items()],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": roles}},
            "schemas": _joined(answers.components, bodies.components, problems),
            "responses": {name: failure(name, *failed) for name, failed in sorted(failures.items())},
        },
    }


def _kinds(kinds: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(kinds))


def _joined(*several: Mapping[str, Schema]) -> dict[str, Schema]:
    names = sorted(name for components in several for name in components)
    if len(set(names)) < len(names):
        raise TypeError("two components have one name; give one of their types another")
    return {name: components[name] for name in names for components in several if name in components}
