"""A document as people write it, in TOML or in JSON, and the same as JSON; `name` is what its errors call it."""

import tomllib

import orjson

from adapters.documents.bounds import TOO_DEEP, TOO_MANY_DIGITS, bound_met, check_json, check_value
from domain.errors import InvalidInput


def json_written(name: str, content: bytes) -> bytes:
    """JSON, which is an object. Raises `InvalidInput`."""
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


def json_of_toml(name: str, content: bytes) -> bytes:
    """TOML, as JSON. Raises `InvalidInput`."""
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


def json_in_either(name: str, content: bytes) -> bytes:
    """JSON where it begins like an object, else TOML. Raises `InvalidInput`."""
    return (json_written if content.lstrip()[:1] == b"{" else json_of_toml)(name, content)
