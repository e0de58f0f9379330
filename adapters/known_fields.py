"""What of a stored event this version does not know, however deep: it would be lost where the event is written anew."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from msgspec import Struct, inspect, json


def unknown_field(kind: type[Struct], event: bytes) -> str | None:
    """The first field of an event, as JSON, that a struct which would read it does not have: where it stands, as `policy.hours.snooze`."""
    return next(iter(_unknown(_described(kind), json.decode(event), ())), None)


@cache
def _described(kind: type[Struct]) -> inspect.Type:
    return inspect.type_info(kind)


def _unknown(kind: inspect.Type, value: Any, within: tuple[str, ...]) -> Iterator[str]:
    """A dictionary whose values are any, and what is kept as it stands (`Raw`), lose nothing."""
    if isinstance(kind, inspect.Metadata):
        yield from _unknown(kind.type, value, within)
    elif isinstance(kind, inspect.UnionType):
        for one in _meant(kind.types, value):
            yield from _unknown(one, value, within)
    elif isinstance(value, dict):
        yield from _unknown_in_object(kind, value, within)
    elif isinstance(value, list):
        for place, (one, element) in enumerate(zip(_elements(kind, len(value)), value, strict=False)):
            yield from _unknown(one, element, (*within, str(place)))


def _unknown_in_object(kind: inspect.Type, value: dict[str, Any], within: tuple[str, ...]) -> Iterator[str]:
    if isinstance(kind, inspect.DictType):
        for name, one in value.items():
            yield from _unknown(kind.value_type, one, (*within, name))
    elif isinstance(kind, inspect.StructType):
        known = {field.encode_name: field.type for field in kind.fields}
        for name, one in value.items():
            if name in known:
                yield from _unknown(known[name], one, (*within, name))
            elif name != kind.tag_field:
                yield ".".join((*within, name))


def _elements(kind: inspect.Type, count: int) -> Iterable[inspect.Type]:
    if isinstance(kind, inspect.TupleType):
        return kind.item_types
    if isinstance(kind, inspect.CollectionType):
        return [kind.item_type] * count
    return ()


def _meant(kinds: Iterable[inspect.Type], value: Any) -> list[inspect.Type]:
    """Those that can read it: an object is of the struct that its tag names, if they have tags."""
    plain = [kind.type if isinstance(kind, inspect.Metadata) else kind for kind in kinds]
    if not isinstance(value, dict):
        return [one for one in plain if not isinstance(one, inspect.StructType | inspect.DictType)]
    return [
        one
        for one in plain
        if isinstance(one, inspect.DictType)
        or (isinstance(one, inspect.StructType) and (one.tag_field is None or value.get(one.tag_field) == one.tag))
    ]
