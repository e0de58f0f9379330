"""What truly happened, one object a line, in order: the log that the judge reads, and nobody of Dialtrail writes."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any


class Journal:
    """Lines with the true time."""

    def __init__(self, true_now: Callable[[], datetime]) -> None:
        self._true_now = true_now
        self.lines: list[dict[str, Any]] = []
        self.heard: Callable[[dict[str, Any]], None] = lambda _: None

    def note(self, what: str, **said: Any) -> dict[str, Any]:
        """Note that something happened now."""
        line = {"at": instant(self._true_now()), "what": what, **said}
        self.lines.append(line)
        self.heard(line)
        return line

    def text(self) -> str:
        """All of it, as a file."""
        return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in self.lines)


def instant(at: datetime) -> str:
    """ISO, UTC, with microseconds."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z"
