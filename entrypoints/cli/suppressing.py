"""Sends a list of people whom nobody shall call to the server, batch by batch in constant memory."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from adapters.recipient_file import Complaint, open_recipient_file
from adapters.suppression_file import SuppressionRow, read_suppressions
from domain.errors import DialtrailError, InvalidInput
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.options import STDIN
from entrypoints.cli.output import counting

BATCH_ROWS = 2_000
COMPLAINTS_KEPT_MAX = 1_000
COUNTED = ("rows", "suppressed", "already_suppressed", "rejected")

Say = Callable[[str], None]


class Suppressed:
    """What became of a file's rows so far. Complaints are all said; of very many, only the first are kept."""

    def __init__(self, file: Path, defaults: dict[str, str | None], say: Say) -> None:
        self.file = "standard input" if file == STDIN else str(file)
        self.counts: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
        self.complaints: list[Json] = []
        self.complaints_omitted = 0
        self._path = Path("/dev/stdin") if file == STDIN else file
        self._defaults = {name: value for name, value in defaults.items() if value}
        self._say = say

    async def send(self, api: Api) -> None:
        """Suppress everybody in the file. What fails half way says how far it came; the same file again does the rest."""
        try:
            with counting("rows") as moved:
                for batch in self._batches(read_suppressions(open_recipient_file(self._path))):
                    body = msgspec.json.encode({"suppressions": batch})
                    self._add(await api.post_again(path_of("suppressions"), body))
                    moved(self.counts["rows"])
        except asyncio.CancelledError:
            self._say(self._how_far())
            raise
        except InvalidInput as error:
            where = error.message if error.field == self.file else f"{error.field}: {error.message}"
            raise InvalidInput(self.file, f"{where}; {self._how_far()}" if self.counts["rows"] else where) from error
        except DialtrailError as error:
            if not self.counts["rows"]:
                raise
            raise CommandFailed(f"{error}; {self._how_far()}") from error

    def as_json(self) -> Json:
        """The counts, and each complaint with its line."""
        counted = {name: self.counts[name] for name in COUNTED}
        return {**counted, "complaints": self.complaints, "complaints_omitted": self.complaints_omitted}

    def in_words(self) -> str:
        """One line."""
        told = [f"{self.counts['rows']} rows, {self.counts['suppressed']} suppressed"]
        told += [f"{self.counts[name]} {name.replace('_', ' ')}" for name in COUNTED[2:] if self.counts[name]]
        return ", ".join(told)

    def _batches(self, rows: Iterable[SuppressionRow | Complaint]) -> Iterator[list[dict[str, Any]]]:
        batch: list[dict[str, Any]] = []
        for row in rows:
            if isinstance(row, Complaint):
                self.counts.update(rows=1, rejected=1)
                self._complain(msgspec.to_builtins(row))
                continue
            given = {name: value for name, value in msgspec.to_builtins(row).items() if value is not None}
            batch.append({**self._defaults, **given})
            if len(batch) == BATCH_ROWS:
                yield batch
                batch = []
        if batch:
            yield batch

    def _add(self, answer: Json) -> None:
        self.counts.update({name: answer.get(name, 0) for name in COUNTED})
        for complaint in answer.get("complaints", ()):
            self._complain(complaint)

    def _complain(self, complaint: Json) -> None:
        self._say(f"{self.file}, line {complaint['line']}: {complaint['field']}: {complaint['reason']}")
        if len(self.complaints) < COMPLAINTS_KEPT_MAX:
            self.complaints.append(complaint)
        else:
            self.complaints_omitted += 1

    def _how_far(self) -> str:
        done = self.counts["suppressed"] + self.counts["already_suppressed"]
        return f"{done} people are suppressed so far, and the same command does the rest"
