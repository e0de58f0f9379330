"""The API for people who write programs: the document that programs read, as HTML. The site of docs/ has it, too."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from markupsafe import Markup
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from entrypoints.http.access import READS, allow
from entrypoints.http.description import document
from entrypoints.http.openapi.document import OpenApiDocument
from entrypoints.http.openapi.schemas import Schema
from entrypoints.http.problems import KINDS, URN
from entrypoints.pages.page_route import PageRoute
from entrypoints.pages.rendering import compact, page, rendered

BOUNDS: Mapping[str, str] = {
    "format": "as {}",
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "minLength": "at least {} long",
    "maxLength": "at most {} long",
    "minItems": "at least {} of them",
    "maxItems": "at most {} of them",
}
NOTHING_MORE = "anything"


class ShownOperation(Struct, frozen=True, kw_only=True):
    """One operation: what is sent by media type, what is answered by status, and the kinds of problem by status."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    is_open: bool
    parameters: list[Mapping[str, Any]]
    bodies: Mapping[str, Schema]
    answers: Mapping[str, Schema | None]
    problems: Mapping[str, list[str]]


class Resource(Struct, frozen=True):
    """The operations under one tag of the document."""

    name: str
    about: str
    operations: list[ShownOperation]


async def show(request: Request) -> Response:
    """GET /docs: for every role, as /openapi.json is."""
    allow(request, READS)
    text = await asyncio.to_thread(reference_text)
    # It is handed over as a function, for it is masked for nobody: nothing in it is of this installation.
    below = request.app.state.public_path.path
    return page(request, "reference.html", reference=lambda: text, below=below)


@cache
def reference_text() -> Markup:
    """All operations, objects and problems as HTML, without a page around them."""
    described = document(needs_token=True)
    return rendered(
        "reference_body.html", resources=resources(described), objects=_objects(described), problems=KINDS, kind=kind
    )


def resources(described: OpenApiDocument) -> list[Resource]:
    """The document's operations, in the order of its tags."""
    found: dict[str, list[ShownOperation]] = {tag["name"]: [] for tag in described["tags"]}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            found[operation["tags"][0]].append(_asked(method.upper(), path, operation, described))
    return [Resource(tag["name"], tag["description"], found[tag["name"]]) for tag in described["tags"]]


def kind(schema: Schema) -> Markup:
    """What a schema allows, in words; an object of its own as a link to it."""
    if "$ref" in schema:
        name = _last(schema["$ref"])
        return Markup('<a href="#object-{0}">{0}</a>').format(name)
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return Markup(" or ").join(dict.fromkeys(kind(one) for one in schema[choice]))
    if "const" in schema:
        return _code(compact(schema["const"]))
    if "enum" in schema:
        return Markup(", ").join(_code(compact(one)) for one in schema["enum"])
    bounds = [words.format(schema[name]) for name, words in BOUNDS.items() if name in schema]
    if "pattern" in schema:
        bounds.append(Markup("that matches {}").format(_code(schema["pattern"])))
    return Markup(", ").join([_type(schema), *bounds])


def _type(schema: Schema) -> Markup:
    name = schema.get("type", NOTHING_MORE)
    if isinstance(name, list):
        return Markup(" or ").join(name)
    if name == "array":
        item = schema.get("items", {})
        is_several = bool({"anyOf", "oneOf", "properties"} & item.keys())
        return Markup("list of ({})").format(kind(item)) if is_several else Markup("list of {}").format(kind(item))
    if name == "object" and schema.get("properties"):
        fields = (Markup("{}: {}").format(_code(field), kind(one)) for field, one in schema["properties"].items())
        return Markup("object with {}").format(Markup("; ").join(fields))
    if name == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return Markup("object, each value {}").format(kind(schema["additionalProperties"]))
    return Markup.escape(name)


def _asked(method: str, path: str, operation: Mapping[str, Any], described: OpenApiDocument) -> ShownOperation:
    answers: dict[str, Schema | None] = {}
    problems: dict[str, list[str]] = {}
    for status, response in operation["responses"].items():
        if "$ref" in response:
            problems[status] = list(_kinds(_last(response["$ref"]), described))
        else:
            answers[status] = next((one["schema"] for one in response.get("content", {}).values()), None)
    return ShownOperation(
        anchor=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        description=operation.get("description", ""),
        is_open=operation.get("security") == [],
        parameters=operation.get("parameters", []),
        bodies={name: one["schema"] for name, one in operation.get("requestBody", {}).get("content", {}).items()},
        answers=answers,
        problems=problems,
    )


def _kinds(response: str, described: OpenApiDocument) -> Iterator[str]:
    """The kinds of problem that a failing response may be."""
    schema = described["components"]["schemas"][_problem_schema(described["components"]["responses"][response])]
    for urn in schema["properties"]["type"]["enum"]:
        yield urn.removeprefix(URN)


def _objects(described: OpenApiDocument) -> Mapping[str, Schema]:
    """The objects that come and go; problems are told of apart."""
    problems = set(map(_problem_schema, described["components"]["responses"].values()))
    return {name: schema for name, schema in described["components"]["schemas"].items() if name not in problems}


def _problem_schema(response: Mapping[str, Any]) -> str:
    references: Iterable[str] = (one["schema"]["$ref"] for one in response["content"].values())
    return _last(next(iter(references)))


def _last(reference: str) -> str:
    return reference.rpartition("/")[2]


def _code(text: str) -> Markup:
    return Markup("<code>{}</code>").format(text)


ROUTES = [PageRoute("/docs", show)]
