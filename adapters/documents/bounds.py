"""How deep and with how long numbers a document may be, whoever wrote it; its bytes are bounded where it is read."""

import math
import re
from typing import Any

import orjson

from domain.errors import InvalidInput

DEPTH_MAX = 100
DIGITS_MAX = 40
TOO_DEEP = f"is nested deeper than {DEPTH_MAX} levels; write it flatter"
TOO_MANY_DIGITS = f"has a number of more than {DIGITS_MAX} digits, or as large; write it shorter, or in quotes"
NO_NUMBER = "has a number that is none (inf or nan); leave it out"

_DIGITS = re.compile(rb"[0-9]{%d}" % (DIGITS_MAX + 1))
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


def bound_met(error: orjson.JSONDecodeError) -> str | None:
    """What to say where the parser met a bound of its own; None where it is no JSON at all."""
    if "depth limit" in error.msg:
        return TOO_DEEP
    return TOO_MANY_DIGITS if "infinity" in error.msg else None


def check_json(name: str, text: bytes, value: Any) -> None:
    """Raises `InvalidInput` with `name` where JSON is too deep, or has too long a number."""
    if _DIGITS.search(text) and _DIGITS.search(_STRING.sub(b"", text)):
        raise InvalidInput(name, TOO_MANY_DIGITS)
    check_value(name, value)


def check_value(name: str, value: Any) -> None:
    """Raises `InvalidInput` with `name` where a value is too deep, or has a number that JSON cannot carry."""
    level = [value]
    for _ in range(DEPTH_MAX + 1):
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below.extend(one.values())
            elif isinstance(one, list):
                below.extend(one)
            elif isinstance(one, float) and not math.isfinite(one):
                raise InvalidInput(name, NO_NUMBER)
            elif isinstance(one, int) and abs(one) >= 10**DIGITS_MAX:
                raise InvalidInput(name, TOO_MANY_DIGITS)
        if not below:
            return
        level = below
    raise InvalidInput(name, TOO_DEEP)
