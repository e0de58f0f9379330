"""A log line as a person reads it: `12:00:00.123 warning  MiniVoice did not answer  operation=create_call ms=12.3`."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from adapters.printable import visible

LogForm = Literal["auto", "json", "words"]
"""`auto`: words on a terminal, JSON elsewhere."""
LEVEL_CHARS = len("warning")
_PLACE = re.compile(r'File "([^"]+)", line (\d+)')
_PLAIN = re.compile(r"""[^\s="']+""")


def in_words(at: datetime, level: str, event: str, fields: Mapping[str, Any]) -> str:
    """One line; of a traceback its last line and its place, for all of it is in the JSON form. The time is UTC."""
    told = [f"{name}={_value(value)}" for name, value in fields.items() if name != "exception" and value is not None]
    if "exception" in fields:
        told.append(_exception(str(fields["exception"])))
    words = f"{at:%H:%M:%S}.{at.microsecond // 1000:03d} {level:<{LEVEL_CHARS}}  {'  '.join([event, ' '.join(told)])}"
    return visible(words.rstrip()) + "\n"


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text if _PLAIN.fullmatch(text) or not isinstance(value, str) else json.dumps(text, ensure_ascii=False)


def _exception(traceback: str) -> str:
    last = traceback.strip().rpartition("\n")[2]
    places = _PLACE.findall(traceback)
    return f"{last} ({places[-1][0]}:{places[-1][1]})" if places else last
