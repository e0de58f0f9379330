"""What people and programs send: judged by a model, and complained of by the names that they wrote."""

from collections.abc import Sequence
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from adapters.documents.bounds import bound_met, check_json
from domain.errors import InvalidInput

ModelT = TypeVar("ModelT", bound=BaseModel)


class StrictInput(BaseModel):
    """An object of known fields, none of whose values is taken for one of another type."""

    # Built when something is judged by it: all of them take longer than all else that a start imports of ours.
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


def validated(kind: type[ModelT], given: object, whole: str = "body") -> ModelT:
    """What was given, as a model has it. Raises `InvalidInput` naming the first field at fault, or the `whole`."""
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise invalid_inputs(error, whole)[0] from None


def invalid_inputs(error: ValidationError, whole: str) -> list[InvalidInput]:
    """Each of pydantic's complaints, in our form; `whole` is the name of what none of its fields is to blame for."""
    known = {"extra_forbidden": "is not a field that is known here", "missing": "is missing"}
    found: list[InvalidInput] = []
    for complaint in error.errors(include_url=False, include_context=False, include_input=False):
        message = complaint["msg"].removeprefix("Value error, ")
        message = known.get(complaint["type"], message[:1].lower() + message[1:])
        found.append(InvalidInput(_path(complaint["loc"]) or whole, message))
    return found


def _path(location: Sequence[str | int]) -> str:
    """A field as its sender would write it: `policy.hours.monday[1]`."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part != "[key]":
            path += f".{part}" if path else part
    return path


def parse_json(body: bytes) -> Any:
    """JSON from outside. Raises `InvalidInput` with the line and column of what is wrong, or the bound that it does not keep."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if (bound := bound_met(error)) is not None:
            raise InvalidInput("body", bound) from None
        if not _is_utf8(body):
            raise InvalidInput("body", "is not UTF-8") from None
        raise InvalidInput("body", f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    check_json("body", body, value)
    return value


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
