"""Deliveries of somebody who means harm, or whose code is broken: every documented field with every odd value."""

import json
from collections.abc import Iterator, Sequence

FIELDS = (
    "event",
    "created_at",
    "variables",
    "data",
    "call",
    "call.id",
    "call.status",
    "call.direction",
    "call.from",
    "call.to",
    "call.customer_id",
    "call.metadata",
    "call.metadata.attempt_id",
    "data.event_key",
    "data.digits",
    "data.status",
    "data.timed_out",
    "data.min_digits",
    "variables.name",
)
VALUES = {
    "NUL": rb'"a\u0000b"',
    "NUL alone": rb'"\u0000"',
    "NUL as a byte": b'"a\0b"',
    "NUL in a number": rb'"+1555123000\u0000"',
    "half a character": rb'"a\ud83db"',
    "the other half": rb'"\udc00"',
    "halves in the wrong order": rb'"\ude00\ud83d"',
    "bytes that are not UTF-8": b'"caf\xe9"',
    "a surrogate as bytes": b'"\xed\xa0\x80"',
    "beyond int64": b"9223372036854775808",
    "below int64": b"-9223372036854775809",
    "beyond uint64": b"18446744073709551616",
    "300 digits": b"9" * 300,
    "digits beyond a double": b"9" * 350,
    "a double beyond all": b"1e400",
    "infinity": b"Infinity",
    "minus infinity": b"-Infinity",
    "not a number": b"NaN",
    "a fraction": b"1.5",
    "minus zero": b"-0.0",
    "year 0": b'"0000-01-01T00:00:00Z"',
    "year 1": b'"0001-01-01T00:00:00+23:59"',
    "year 9999": b'"9999-12-31T23:59:59.999999-23:59"',
    "a leap second": b'"2026-06-30T23:59:60Z"',
    "very long": b'"' + b"x" * 20_000 + b'"',
    "very long, of many bytes each": '"{}"'.format("\N{GRINNING FACE}" * 5_000).encode(),
    "deep objects": b'{"a":' * 500 + b"1" + b"}" * 500,
    "deep lists": b"[" * 500 + b"]" * 500,
    "right to left": '"\u202e+15551230002\u202c"'.encode(),
    "an invisible character": '"\u200bcompleted\ufeff"'.encode(),
    "a line and a paragraph end": '"a\u2028b\u2029c"'.encode(),
    "control characters": rb'"\u0001\u001b[31m\u009b\r\n"',
    "empty": b'""',
    "spaces": b'"   "',
    "null": b"null",
    "true": b"true",
    "an empty list": b"[]",
    "an empty object": b"{}",
    "a list": b'["a",1,null]',
    "an object": rb'{"a":"\u0000"}',
    "quotes": rb'"\"\\\u0027;--"',
    "words of SQL": b'"NULL"',
}
EVENTS = ("call.created", "call.answered", "call.gathered", "call.completed", "recording.completed")


def deliveries(call_ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Each kind of harm in words, such as `NUL as call.from`, and its body: about one of the calls after the other."""
    kinds = [(field, value) for field in FIELDS for value in VALUES]
    for place, (field, value) in enumerate(kinds):
        call_id = call_ids[place % len(call_ids)]
        yield f"{value} as {field}", _delivery(EVENTS[place % len(EVENTS)], call_id, field, VALUES[value])


def _delivery(event: str, call_id: str, field: str, value: bytes) -> bytes:
    call = {"id": call_id, "status": "in_progress", "direction": "outbound", "from": "+15551230001"}
    body: dict[str, object] = {
        "event": event,
        "created_at": "2026-05-29T12:00:05Z",
        "call": {**call, "to": "+15551230002", "customer_id": "c", "metadata": {}},
        "variables": {},
        "data": {},
    }
    *inside, name = field.split(".")
    holder = body
    for one in inside:
        holder = holder[one]  # type: ignore[assignment]
    holder[name] = "the value"
    return json.dumps(body).encode().replace(b'"the value"', value)
