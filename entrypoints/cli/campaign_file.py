"""A campaign file: JSON or TOML. It goes to the server as it is; only what is no JSON or TOML at all is refused here."""

import re
import sys
from pathlib import Path

from msgspec import Struct

from adapters.documents.written import json_of_toml, json_written
from domain.errors import InvalidInput
from entrypoints.cli.options import STDIN

FILE_BYTES_MAX = 1024 * 1024
STEP_FIELD = re.compile(r"((?:inbound_)?script)\.steps\.([^.]+)(?:\.(.+))?")


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
            begin, end = _step_lines(lines, in_step[1].encode(), in_step[2].encode())
            keys = (key for key in reversed((in_step[3] or "").split(".")) if key)
            found = next((at for key in keys if (at := _lines_of(key, lines, begin, end))), [begin] if begin else [])
        found = found or _lines_of(field.rpartition(".")[2], lines, 0, len(lines))
        return f", line {found[0]}" if len(found) == 1 else ""


def _step_lines(lines: list[bytes], script: bytes, step: bytes) -> tuple[int, int]:
    """From which line to which one a step's table goes in a TOML file; 0 and 0 where it is written in another way."""
    header = re.compile(rb"""\s*\[(""" + script + rb"""\.)?steps\.["']?""" + re.escape(step) + rb"""["']?\]""")
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
        return CampaignFile(name, content, json_written(name, content))
    try:
        with path.open("rb") as file:
            content = _bounded(name, file.read(FILE_BYTES_MAX + 1))
    except FileNotFoundError:
        raise InvalidInput(name, "there is no such file; dialtrail init writes an example, campaign.toml") from None
    except OSError as error:
        raise InvalidInput(name, f"cannot be read: {error.strerror}") from error
    match path.suffix.lower():
        case ".json":
            return CampaignFile(name, content, json_written(name, content))
        case ".toml":
            return CampaignFile(name, content, json_of_toml(name, content))
        case _:
            raise InvalidInput(name, "is neither .json nor .toml; name it so, or pipe JSON into -")


def _bounded(name: str, content: bytes) -> bytes:
    if len(content) > FILE_BYTES_MAX:
        raise InvalidInput(name, f"is larger than {FILE_BYTES_MAX} bytes; recipients go into a file of their own")
    return content
