"""The lines that are judged: what the provider saw, and what the ledger says, each with its place in its file."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

PROVIDER, FEED = "provider.jsonl", "feed.jsonl"
ROOM_WITHOUT_LEAVING = timedelta(seconds=2)
"""How long a request may have been under way, where the log does not say when it left."""
ROOM = timedelta(milliseconds=25)
"""How long before a request left something must have been decided to be known then: a commit takes its time, too."""

LONG = timedelta(hours=1)
"""How long something may take that goes by itself: a provider is asked for a silent call after minutes, then less often."""


@dataclass(frozen=True)
class Broken:
    """A promise that was not kept: by which rule, in words, and the lines that show it."""

    rule: str
    says: str
    lines: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.rule}: {self.says} [{', '.join(self.lines)}]"


@dataclass(frozen=True)
class Line:
    """One line of the provider's log: `at` is the true time, `index` its place among all."""

    index: int
    at: datetime
    what: str
    value: Mapping[str, Any]

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"{PROVIDER}:{self.index + 1}"


@dataclass(frozen=True)
class Told:
    """One event of a feed. `said_at` is what the ledger's clock said, `recorded_at` may have had to be later."""

    position: int
    name: str
    stream: str
    version: int
    event_id: str
    recorded_at: datetime
    said_at: datetime
    metadata: Mapping[str, Any]
    body: Mapping[str, Any]
    place: str

    @property
    def attempt_id(self) -> str:
        """Which attempt it is about; empty where none."""
        return str(self.body.get("attempt_id") or "")

    @property
    def campaign_id(self) -> str:
        """Which campaign it is about, by itself or by its stream; empty where none."""
        kind, _, rest = self.stream.partition(":")
        return rest if kind == "campaign" else str(self.body.get("campaign_id") or "")


def instant(text: str) -> datetime:
    """An instant from its text (UTC). Raises `ValueError` where it says no zone."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"an instant without a zone: {text!r}")
    return at.astimezone(UTC)


def read_provider(folder: Path) -> list[Line]:
    """The provider's log of a folder."""
    found = []
    for index, value in enumerate(_objects(folder / PROVIDER)):
        found.append(Line(index, instant(value["at"]), value["what"], value))
    return found


def read_feed(file: Path) -> list[Told]:
    """A feed, as it stands in its file."""
    found = []
    for number, value in enumerate(_objects(file), start=1):
        recorded_at = instant(value["recorded_at"])
        clock_at = value.get("clock_at")
        found.append(
            Told(
                position=value["position"],
                name=value["event"],
                stream=value["stream"],
                version=value["version"],
                event_id=value["event_id"],
                recorded_at=recorded_at,
                said_at=recorded_at if clock_at is None else instant(clock_at),
                metadata=value.get("metadata") or {},
                body=value.get("body") or {},
                place=f"{file.name}:{number}",
            )
        )
    return found


def _objects(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)
