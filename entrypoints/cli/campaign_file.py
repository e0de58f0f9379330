"""A campaign file: JSON or TOML. It goes to the server as it is; only what is no JSON or TOML at all is refused here."""

import sys
import tomllib
from pathlib import Path

import orjson

from domain.errors import InvalidInput
from entrypoints.cli.options import STDIN

FILE_BYTES_MAX = 1024 * 1024


def read_campaign_file(path: Path) -> bytes:
    """The file's JSON, or its TOML as JSON. Raises `InvalidInput` naming the file, and the line where there is one."""
    if path == STDIN:
        return _as_json(_bounded("standard input", sys.stdin.buffer.read(FILE_BYTES_MAX + 1)), "standard input")
    name = str(path)
    try:
        with path.open("rb") as file:
            content = _bounded(name, file.read(FILE_BYTES_MAX + 1))
    except FileNotFoundError:
        raise InvalidInput(name, "there is no such file") from None
    except OSError as error:
        raise InvalidInput(name, f"cannot be read: {error.strerror}") from error
    match path.suffix.lower():
        case ".json":
            return _as_json(content, name)
        case ".toml":
            return _from_toml(content, name)
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
        raise InvalidInput(name, f"is not JSON: {error.msg}, line {error.lineno}, column {error.colno}") from None
    if not isinstance(value, dict):
        raise InvalidInput(name, 'is not a JSON object; write {"id": "…", "from": "+…"}')
    return content


def _from_toml(content: bytes, name: str) -> bytes:
    try:
        return orjson.dumps(tomllib.loads(content.decode()))
    except UnicodeDecodeError:
        raise InvalidInput(name, "is not UTF-8; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(name, f"is not TOML: {error}") from None
    except TypeError:
        raise InvalidInput(name, "has a number that JSON cannot hold; write it in quotes") from None
