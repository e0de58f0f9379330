"""Captured deliveries, and what a replay of them says."""

from pathlib import Path

from adapters.capture_file import Captured, captured_line
from tests.entrypoints.cli.told_deliveries import (
    body,
    rows,
)
from tests.projections.recording import at

END = (
    "call_1 ends with: phase ended, outcome completed, reached yes, step call.answered, "
    "created_at 2026-03-02T09:00:00+00:00, answered_at 2026-03-02T09:00:03+00:00, ended_at 2026-03-02T09:00:09+00:00"
)
ANSWERED_CHANGES = (
    "phase: dialing → in_progress, reached: no → yes, step: call.created → call.answered, "
    "answered_at: - → 2026-03-02T09:00:03+00:00"
)
NOTHING_NEW = "if they came today, the ledger would learn nothing new"


def places(data: str) -> list[int]:
    return [int(row[0]) for row in rows(data)[1:]]


def captured(folder: Path, *lines: tuple[str, float, str]) -> Path:
    file = folder / "hooks.jsonl"
    content = [Captured(received_at=at(s), headers={}, body=body(event, s, call).encode()) for event, s, call in lines]
    file.write_bytes(b"".join(map(captured_line, content)))
    return file
