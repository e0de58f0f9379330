"""A server whose every answer is as the API is described, and whose every text steers a terminal, if it is let."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import httpx

from entrypoints.cli.api import Api
from entrypoints.http.description import document

AT = "2026-05-29T12:00:00.000000Z"
FORGED = "forged line"
STEERING = {
    "ESC": "\x1b[2J",
    "a title": "\x1b]0;title\x07",
    "a link": "\x1b]8;;http://attacker.example\x1b\\here\x1b]8;;\x1b\\",
    "CSI as one character": "\x9b31m",
    "OSC as one character": "\x9d0;title\x9c",
    "NUL": "\0",
    "BEL and BS": "\x07\x08",
    "DEL": "\x7f",
    "CR": f"\r{FORGED}",
    "a line": f"\n{FORGED}",
    "other lines": f"\x0b\x0c\x85\u2028\u2029{FORGED}",
    "right to left": "\u202eevil\u202c\u2066evil\u2069\u200f",
    "nothing to see": "\u200b\u200d\u2060\ufeff\u00ad\U000e0041",
}
HOSTILE = "h" + "".join(STEERING.values()) + "e"
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
ENDS = ("ended", "completed", "done")
NOTHING = {"lookup", "made_anew", "rebuild", "trouble"}
"""Fields that say that something else is there as well, or that somebody has to wait."""
DEEPEST = 12


def steering_in(shown: str) -> list[str]:
    """What of a command's output would steer a terminal, beside Rich's colours, or is a line that it did not write."""
    plain = _COLOURS.sub("", shown)
    forged = [line for line in plain.splitlines() if line.lstrip().startswith(FORGED)]
    return sorted({repr(one) for one in plain if not (one.isprintable() or one == "\n")}) + forged


class Hostile:
    """Fills what the API's description says of an answer; `nth` chooses among the ways in which it may look."""

    def __init__(self, nth: int) -> None:
        self._nth = nth
        self.asked: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What the route says when it goes well."""
        operation = _operation(request.method, request.url.raw_path.decode().partition("?")[0])
        status, told = next((one, told) for one, told in operation["responses"].items() if one.startswith("2"))
        self.asked.append(f"{request.method} {request.url.path}")
        content = told.get("content", {}).get("application/json")
        value = {} if content is None else self.filled(content["schema"])
        if isinstance(value, dict) and "next" in value:
            value["next"] = None
        return httpx.Response(int(status), content=json.dumps(value))

    def filled(self, schema: Mapping[str, Any], depth: int = 0) -> Any:
        """A value of this shape."""
        if (name := schema.get("$ref")) is not None:
            return self.filled(document(needs_token=False)["components"]["schemas"][name.rpartition("/")[2]], depth + 1)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._chosen(schema["enum"])
        if (several := schema.get("anyOf") or schema.get("oneOf")) is not None:
            return self._one_of(several, depth)
        return self._of_type(schema, depth)

    def _one_of(self, several: list[Mapping[str, Any]], depth: int) -> Any:
        real = [one for one in several if one.get("type") != "null"]
        if depth > DEEPEST and len(real) < len(several):
            return None
        return self.filled(real[self._nth % len(real)], depth + 1)

    def _chosen(self, values: list[Any]) -> Any:
        return next((one for one in values if one in ENDS), values[self._nth % len(values)])

    def _of_type(self, schema: Mapping[str, Any], depth: int) -> Any:
        match schema.get("type"):
            case "string":
                return AT if schema.get("format") == "date-time" else HOSTILE
            case "integer" | "number":
                return max(1, schema.get("minimum", 1))
            case "boolean":
                return self._nth % 2 == 0
            case "array":
                return [] if depth > DEEPEST else [self.filled(schema.get("items", {}), depth + 1)]
            case "object":
                return self._object(schema, depth)
            case "null":
                return None
            case _:
                return {HOSTILE: HOSTILE}

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        known = schema.get("properties", {})
        required = schema.get("required", ())
        value = {
            name: self._nth if name == "rejected" else None if name in NOTHING else self.filled(one, depth + 1)
            for name, one in known.items()
            if depth <= DEEPEST or name in required
        }
        more = schema.get("additionalProperties")
        if isinstance(more, dict) or (more is None and not known):
            value[HOSTILE] = self.filled(more or {}, depth + 1)
        return value


@cache
def _operations() -> list[tuple[str, re.Pattern[str], Mapping[str, Any]]]:
    paths = document(needs_token=False)["paths"]
    exact_first = sorted(paths, key=lambda path: path.count("{"))
    return [
        (method.upper(), re.compile(re.sub(r"\\?\{[^}]*\\?\}", "[^/]+", re.escape(path))), operation)
        for path in exact_first
        for method, operation in paths[path].items()
    ]


def _operation(method: str, path: str) -> Mapping[str, Any]:
    for known, pattern, operation in _operations():
        if known == method and pattern.fullmatch(path):
            return operation
    raise AssertionError(f"no route answers {method} {path}")


def asks(hostile: Hostile) -> Any:
    """What stands for `connection.connect`: each command's server is this one."""

    @asynccontextmanager
    async def connect(*_: object, **__: object) -> AsyncIterator[Api]:
        transport = httpx.MockTransport(hostile.answer)
        async with httpx.AsyncClient(transport=transport, base_url="http://hostile.example") as client:
            yield Api(client, "http://hostile.example")

    return connect
