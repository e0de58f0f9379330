"""JSON as the API gives it: times in UTC to the microsecond, one encoder for all."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
import orjson
from starlette.responses import Response

from domain.instants import time_text


def encode(content: Any) -> bytes:
    """The bytes of a JSON answer."""
    return orjson.dumps(content, default=_default, option=orjson.OPT_PASSTHROUGH_DATETIME)


class JsonResponse(Response):
    """A JSON answer by orjson."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The body."""
        return encode(content)


def _default(value: object) -> object:
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, msgspec.Struct):
        fields, renamed = msgspec.structs.asdict(value), _renamed(type(value))
        return {renamed.get(name, name): one for name, one in fields.items()} if renamed else fields
    raise TypeError(f"{type(value).__name__} has no JSON form")


@cache
def _renamed(kind: type[msgspec.Struct]) -> Mapping[str, str]:
    """The fields of a struct that have another name in JSON, such as `from`, which Python keeps for itself."""
    return {one.name: one.encode_name for one in msgspec.structs.fields(kind) if one.encode_name != one.name}
