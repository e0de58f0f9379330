"""The sandbox's log: one JSON object a line, in memory (bounded) and in a file (flushed at once)."""

from collections import deque
from io import FileIO
from pathlib import Path
from typing import cast

import orjson

from entrypoints.sandbox.clock import Clock, microseconds


class Journal:
    """Kinds: `arrived` and `request` share a `number`; `delivery` is one try (0: never tried); what a call says is
    `fetch`, `answer_invalid`, `action` and `script`. Shapes: docs/sandbox.md.
    """

    def __init__(self, clock: Clock, lines_max: int, path: Path | None) -> None:
        self._clock = clock
        self._lines: deque[tuple[str, bytes]] = deque(maxlen=lines_max)
        self._file: FileIO | None = FileIO(path, "a") if path else None
        self.dropped = 0

    def write(self, kind: str, fields: dict[str, object]) -> None:
        stamp = {"kind": kind, "at": microseconds(self._clock.now()), "monotonic_ns": self._clock.monotonic_ns()}
        line = orjson.dumps(stamp | fields)
        if len(self._lines) == self._lines.maxlen:
            self.dropped += 1
        self._lines.append((kind, line))
        if self._file:
            self._file.write(line + b"\n")

    @property
    def kept(self) -> int:
        return len(self._lines)

    def json_list(self, kind: str | None = None) -> bytes:
        return b"[" + b",".join(line for its_kind, line in self._lines if kind in {None, its_kind}) + b"]"

    def lines(self, kind: str | None = None) -> list[dict[str, object]]:
        return cast("list[dict[str, object]]", orjson.loads(self.json_list(kind)))

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None
