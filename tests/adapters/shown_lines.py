"""Log lines as they are read again."""

import json
from typing import Any

AT_NOON = "2026-05-29T12:00:00.000000Z"


def shown(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]
