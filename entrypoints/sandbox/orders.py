"""What a client asked for with POST /v1/calls, read from bytes."""

import re
from dataclasses import dataclass

import orjson

from entrypoints.sandbox.refusals import invalid_request, refusal

E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True, slots=True)
class Order:
    from_number: str
    to_number: str
    metadata: dict[str, object]
    record: bool


def parse_json(raw: bytes) -> object:
    """Raises ValueError, also for JSON that is nested so deeply that it could not be written into an answer or the log."""
    parsed: object = orjson.loads(raw)
    try:
        orjson.dumps([[[[parsed]]]])
    except orjson.JSONEncodeError as error:
        raise ValueError(str(error)) from None
    return parsed


def read_object(body: bytes) -> dict[str, object]:
    """Raises RefusalError: `invalid_json` when it does not parse, `invalid_request` when it is not an object."""
    try:
        parsed = parse_json(body)
    except ValueError:
        raise refusal("invalid_json") from None
    if not isinstance(parsed, dict):
        raise invalid_request("request body must be a JSON object")
    return parsed


def read_order(body: bytes) -> Order:
    fields = read_object(body)
    metadata = fields.get("metadata", {})
    if not isinstance(metadata, dict):
        raise invalid_request("metadata must be an object")
    record = fields.get("record", False)
    if not isinstance(record, bool):
        raise invalid_request("record must be true or false")
    return Order(number_in(fields, "from"), number_in(fields, "to"), metadata, record)


def number_in(fields: dict[str, object], name: str) -> str:
    """Raises RefusalError `invalid_request` for what is no E.164 number."""
    number = fields.get(name)
    if not isinstance(number, str) or not E164.fullmatch(number):
        raise invalid_request(f"{name} is required and must be an E.164 number such as +15551230002")
    return number
