"""A campaign file: JSON or TOML. It goes to the server as it is; only what is no JSON or TOML at all is refused here."""

import re
import sys
import tomllib
from pathlib import Path

import orjson
from msgspec import Struct

from adapters.documents.bounds import TOO_DEEP, TOO_MANY_DIGITS, bound_met, check_json, check_value
from domain.errors import InvalidInput
from entrypoints.cli.options import STDIN

FILE_BYTES_MAX = 1024 * 1024
STEP_FIELD = re.compile(r"script\.steps\.([^.]+)(?:\.(.+))?")


class CampaignFile(Struct, frozen=True):
    """A campaign file: the name to call it by, its text as it was, and the same as JSON."""

    name: str
    text: bytes
    body: bytes

    def blamed(self, error: InvalidInput) -> InvalidInput:
        """The server's error about a field, with the file, and the line where the field can be found in it."""
        return InvalidInput(f"{self.name}{self._place(error.field)}", f"{error.field}: {error.message}")

    def _place(self, field: str) -> str:
        lines = self.text.splitlines()
        found: list[int] = []
        in_step = STEP_FIELD.fullmatch(field)
        if in_step is not None:
            begin, end = _step_lines(lines, in_step[1].encode())
            keys = (key for key in reversed((in_step[2] or "").split(".")) if key)
            found = next((at for key in keys if (at := _lines_of(key, lines, begin, end))), [begin] if begin else [])
        found = found or _lines_of(field.rpartition(".")[2], lines, 0, len(lines))
        return f", line {found[0]}" if len(found) == 1 else ""


def _step_lines(lines: list[bytes], step: bytes) -> tuple[int, int]:
    """From which line to which one a step's table goes in a TOML file; 0 and 0 where it is written in another way."""
    header = re.compile(rb"""\s*\[(script\.)?steps\.["']?""" + re.escape(step) + rb"""["']?\]""")
    begin = next((number for number, line in enumerate(lines, start=1) if header.match(line)), 0)
    after = (number for number, line in enumerate(lines[begin:], start=begin) if line.lstrip().startswith(b"["))
    return begin, next(after, len(lines)) if begin else 0


def _lines_of(name: str, lines: list[bytes], begin: int, end: int) -> list[int]:
    """Each line after `begin` up to `end` that begins with this key."""
    key = re.compile(rb"""[{\s]*["']?""" + re.escape(name.partition("[")[0].encode()) + rb"""["']?\s*[=:]""")
    return [number for number, line in enumerate(lines[begin:end], start=begin + 1) if key.match(line)]


def read_campaign_file(path: Path) -> CampaignFile:
    """The file, checked to be JSON or TOML. Raises `InvalidInput` naming it, and the line where there is one."""
    name = "standard input" if path == STDIN else str(path)
    if path == STDIN:
        content = _bounded(name, sys.stdin.buffer.read(FILE_BYTES_MAX + 1))
        return CampaignFile(name, content, _as_json(content, name))
    try:
        with path.open("rb") as file:
            content = _bounded(name, file.read(FILE_BYTES_MAX + 1))
    except FileNotFoundError:
        raise InvalidInput(name, "there is no such file; dialtrail init writes an example, campaign.toml") from None
    except OSError as error:
        raise InvalidInput(name, f"cannot be read: {error.strerror}") from error
    match path.suffix.lower():
        case ".json":
            return CampaignFile(name, content, _as_json(content, name))
        case ".toml":
            return CampaignFile(name, content, _from_toml(content, name))
        case _:
            raise InvalidInput(name, "is neither .json nor .toml; name it so, or pipe JSON into -")


def _bounded(name: str, content: bytes) -> bytes:
    if len(content) > FILE_BYTES_MAX:
        raise InvalidInput(name, f"is larger than {FILE_BYTES_MAX} bytes; recipients go into a file of their own")
    return content


def _as_json(content: bytes, name: str) -> bytes:
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        if (bound := bound_met(error)) is not None:
            raise InvalidInput(name, bound) from None
        raise InvalidInput(name, f"is not JSON: {error.msg}, line {error.lineno}, column {error.colno}") from None
    if not isinstance(value, dict):
        raise InvalidInput(name, 'is not a JSON object; write {"id": "…", "from": "+…"}')
    check_json(name, content, value)
    return content


def _from_toml(content: bytes, name: str) -> bytes:
    try:
        value = tomllib.loads(content.decode())
        check_value(name, value)
        return orjson.dumps(value)
    except UnicodeDecodeError:
        raise InvalidInput(name, "is not UTF-8; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(name, f"is not TOML: {error}") from None
    except RecursionError:
        raise InvalidInput(name, TOO_DEEP) from None
    except InvalidInput:
        raise
    except ValueError:  # Python itself reads no number of thousands of digits
        raise InvalidInput(name, TOO_MANY_DIGITS) from None
    except TypeError:
        raise InvalidInput(name, "has a number that JSON cannot hold; write it in quotes") from None
