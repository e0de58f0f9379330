"""JSON schemas of the types that routes use: msgspec's of the structs that are answered, pydantic's of the bodies that are read."""

from collections.abc import Mapping, Sequence
from inspect import cleandoc
from typing import Any

import msgspec
from msgspec import Struct
from pydantic import TypeAdapter

Schema = dict[str, Any]
REF = "#/components/schemas/{name}"
SHOWN = "Shown"


class WrittenBody(Struct, frozen=True, kw_only=True, eq=False):
    """A body that is written down by hand, because no type reads it as a whole: its parts are judged one by one."""

    name: str
    schema: Schema


class Described(Struct, frozen=True):
    """The schema of each type, and the components that the schemas refer to by their names."""

    schemas: Mapping[Any, Schema]
    components: Mapping[str, Schema]


def described_answers(kinds: Sequence[Any]) -> Described:
    """What structs are as JSON: closed objects, under their own names without `Shown`."""
    schemas, components = msgspec.json.schema_components(kinds, ref_template=REF)
    named = {_shown_name(name): _closed(schema) for name, schema in components.items()}
    if len(named) < len(components):
        raise TypeError("two structs in answers differ only in `Shown`; give one of them another name")
    return Described(dict(zip(kinds, map(_closed, schemas), strict=True)), named)


def described_bodies(kinds: Sequence[Any]) -> Described:
    """What models, unions of them, and written bodies are as JSON."""
    read = [kind for kind in kinds if not isinstance(kind, WrittenBody)]
    named = {kind.name: kind.schema for kind in kinds if isinstance(kind, WrittenBody)}
    adapters: list[tuple[int, Any, TypeAdapter[Any]]] = [
        (place, "validation", TypeAdapter(kind)) for place, kind in enumerate(read)
    ]
    schemas, made = TypeAdapter.json_schemas(adapters, ref_template=REF.replace("name", "model"))
    found = {kind: _untitled(schemas[place, "validation"]) for place, kind in enumerate(read)}
    components = {name: _untitled(schema) for name, schema in made.get("$defs", {}).items()}
    found |= {kind: reference(kind.name) for kind in kinds if isinstance(kind, WrittenBody)}
    return Described(found, {**components, **named})


def reference(name: str) -> Schema:
    """A reference to a component."""
    return {"$ref": REF.format(name=name)}


def _closed(value: Any) -> Any:
    """A schema of an answer as the document has it."""
    if isinstance(value, list):
        return [_closed(one) for one in value]
    if not isinstance(value, dict):
        return value
    schema = {key: _closed(one) for key, one in value.items() if not _is_title(key, one)}
    if isinstance(schema.get("$ref"), str):
        schema["$ref"] = _shown_name(schema["$ref"])
    if isinstance(schema.get("description"), str):
        schema["description"] = cleandoc(schema["description"])
    if "enum" in schema:
        schema.setdefault("type", _type_of(schema["enum"]))
    if "propertyNames" in schema:  # a mapping that has all of some keys, and no other
        names = schema.pop("propertyNames")["enum"]
        schema["properties"] = dict.fromkeys(names, schema["additionalProperties"])
    if "properties" in schema and schema.get("type") == "object":
        schema["additionalProperties"] = False
    return schema


def _type_of(words: Sequence[object]) -> str:
    """What an enumeration is of, where msgspec does not say so."""
    return "boolean" if all(isinstance(one, bool) for one in words) else "string"


def _untitled(value: Any) -> Any:
    if isinstance(value, list):
        return [_untitled(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {key: _untitled(one) for key, one in value.items() if not _is_title(key, one)}


def _is_title(key: str, value: Any) -> bool:
    """Whether it repeats the name of a type; a field may be called `title`, too."""
    return key == "title" and isinstance(value, str)


def _shown_name(name: str) -> str:
    return name.removesuffix(SHOWN)
