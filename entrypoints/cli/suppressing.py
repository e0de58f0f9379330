"""Sends a list of people whom nobody shall call to the server, and adds up what became of its rows."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from adapters.recipient_columns import AS_NAMED, Conventions
from adapters.suppression_file import SuppressionRow, read_suppressions
from domain.counted import counted
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.sent_file import Say, SentFile

COUNTED = ("rows", "suppressed", "already_suppressed", "rejected")


class Suppressed(SentFile):
    """The people of a file, suppressed; `defaults` are for the rows that say nothing of it."""

    taken = "suppressed"

    def __init__(
        self, file: Path, defaults: dict[str, str | None], say: Say, conventions: Conventions = AS_NAMED
    ) -> None:
        super().__init__(file, COUNTED, say, conventions)
        self._defaults = {name: value for name, value in defaults.items() if value}
        self.going_on: int | None = 0

    @property
    def is_begun(self) -> bool:
        """Whether any row was read."""
        return self.counts["rows"] > 0

    def how_far(self) -> str:
        """How many are suppressed; the same file again does the rest."""
        done = self.counts["suppressed"] + self.counts["already_suppressed"]
        people = counted(done, "person is", "people are")
        return f"{people} suppressed so far, and the same command does the rest"

    def as_json(self) -> Json:
        """What became of the rows, and how many calls of these people go on."""
        return {**super().as_json(), "going_on": self.going_on}

    def add(self, answer: Json) -> None:
        """What the server says of one batch."""
        super().add(answer)
        calls = answer.get("going_on", 0)
        self.going_on = None if calls is None or self.going_on is None else self.going_on + calls

    async def suppress(self, api: Api) -> None:
        """Suppress everybody in the file."""
        batches = self._batches(self._read(read_suppressions), lambda _: 0)
        await self._send(api, path_of("suppressions"), "suppressions", map(self._with_defaults, batches))

    def _with_defaults(self, batch: Iterable[SuppressionRow]) -> list[dict[str, Any]]:
        given = (msgspec.to_builtins(row).items() for row in batch)
        return [self._defaults | {name: value for name, value in row if value is not None} for row in given]
