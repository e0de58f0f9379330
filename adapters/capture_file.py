"""A captured delivery, and the file that carries them from one system to another: JSON lines of one shape.

    {"received_at": "2026-05-29T12:00:00.000000Z", "headers": {"x-minivoice-signature": "v1=…"}, "body": "{…}"}

`body` is the exact text; of a body that is no UTF-8, `body_base64` has the bytes instead.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson
from msgspec import Struct

from domain.errors import InvalidInput
from domain.instants import time_text

LINE_BYTES_MAX = 4 * 1024 * 1024
DELIVERIES_MAX = 100_000
FIELDS = frozenset({"received_at", "headers", "body", "body_base64"})


class Captured(Struct, frozen=True, kw_only=True):
    """One delivery as it came: when, its signature's headers, and its bytes."""

    received_at: datetime
    headers: Mapping[str, str]
    body: bytes


class CaptureFault(InvalidInput):
    """A line of a captured file that cannot be used."""


def captured_line(delivery: Captured) -> bytes:
    """One delivery as a line of the file."""
    line: dict[str, Any] = {"received_at": time_text(delivery.received_at), "headers": dict(delivery.headers)}
    try:
        line["body"] = delivery.body.decode()
    except UnicodeDecodeError:
        line["body_base64"] = base64.b64encode(delivery.body).decode()
    return orjson.dumps(line) + b"\n"


def read_capture(lines: Iterable[bytes], name: str) -> Iterator[Captured]:
    """The deliveries of a file. Raises `CaptureFault` with the file's name and the line."""
    count = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        count += 1
        if count > DELIVERIES_MAX:
            raise CaptureFault(
                f"{name}, line {number}", f"is beyond the {DELIVERIES_MAX} that one replay may have; split it"
            )
        yield _read(line, f"{name}, line {number}")


def _read(line: bytes, place: str) -> Captured:
    if len(line) > LINE_BYTES_MAX:
        raise CaptureFault(place, f"is longer than {LINE_BYTES_MAX} bytes")
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise CaptureFault(place, f"is not JSON: {error.msg}, column {error.colno}") from None
    if not isinstance(found, dict) or ("body" in found) == ("body_base64" in found):
        raise CaptureFault(place, 'must be an object with "received_at", "headers", and "body" or "body_base64"')
    if found.keys() - FIELDS:
        raise CaptureFault(place, f"has a member that is not known here: {min(map(str, found.keys() - FIELDS))}")
    headers = found.get("headers", {})
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise CaptureFault(place, "headers: must be an object of texts")
    return Captured(received_at=_instant(found, place), headers=headers, body=_body(found, place))


def _instant(found: Mapping[str, Any], place: str) -> datetime:
    try:
        at = datetime.fromisoformat(found["received_at"])
    except (KeyError, TypeError, ValueError):
        at = None
    if at is None or at.tzinfo is None:
        raise CaptureFault(place, "received_at: must be a time such as 2026-05-29T12:00:00Z")
    return at


def _body(found: Mapping[str, Any], place: str) -> bytes:
    body = found.get("body", found.get("body_base64"))
    if not isinstance(body, str):
        raise CaptureFault(place, "the body must be a text")
    if "body" in found:
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise CaptureFault(place, "body_base64: is not base64") from None
