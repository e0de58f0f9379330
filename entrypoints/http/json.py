"""JSON as the API gives it: times in UTC to the microsecond, one encoder for all."""

from datetime import datetime
from typing import Any, cast

import msgspec
import orjson
from starlette.responses import Response

from domain.events import Recorded
from domain.instants import time_text


def encode(content: Any) -> bytes:
    """The bytes of a JSON answer."""
    return orjson.dumps(content, default=_default, option=orjson.OPT_PASSTHROUGH_DATETIME)


def event_body(recorded: Recorded) -> dict[str, Any]:
    """What an event holds, as plain JSON values."""
    return cast("dict[str, Any]", orjson.loads(msgspec.json.encode(recorded.event)))


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
        return msgspec.structs.asdict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
