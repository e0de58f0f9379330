"""A CSV file of people on its way to the server, batch by batch in constant memory, and what became of its rows."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from adapters.recipient_columns import AS_NAMED, Conventions
from adapters.recipient_file import Complaint, Remark, rows_at
from adapters.tables.record import Table
from domain.counted import counted
from domain.errors import DialtrailError, InvalidInput
from entrypoints.cli.api import Api, Json
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.options import STDIN
from entrypoints.cli.output import counting

BATCH_ROWS = 2_000
BATCH_CHARS_MAX = 2 * 1024 * 1024
COMPLAINTS_KEPT_MAX = 1_000
WARNINGS_KEPT_MAX = 1_000

RowT = TypeVar("RowT")
Say = Callable[[str], None]


class SentFile:
    """What became of a file's rows so far. Complaints are all said, or the first `said_max`; of very many, only the first are
    kept.

    `taken` is the word for what becomes of a row, or in a preview would. `counted` are the names of what the server counts, beginning with `rows` and ending with `rejected`.
    """

    taken = "used"
    is_preview = False

    def __init__(self, file: Path, counted: Sequence[str], say: Say, conventions: Conventions = AS_NAMED) -> None:
        self.file = "standard input" if file == STDIN else str(file)
        self.counts: Counter[str] = Counter(dict.fromkeys(counted, 0))
        self.complaints: list[Json] = []
        self.complaints_omitted = 0
        self.warnings: dict[tuple[str, str], Json] = {}
        self.warnings_omitted = 0
        self.said_max: int | None = None
        self._said = 0
        self._unsaid = 0
        self._conventions = conventions
        self._path = Path("/dev/stdin") if file == STDIN else file
        self._say = say

    @property
    def is_begun(self) -> bool:
        """Whether who meets a failure has to hear how far it came."""
        raise NotImplementedError

    def how_far(self) -> str:
        """What is done, and that the same command goes on."""
        raise NotImplementedError

    def as_json(self) -> Json:
        """The counts, each complaint with its line, and each kind of warning with its first."""
        return {
            **self.counts,
            "complaints": self.complaints,
            "complaints_omitted": self.complaints_omitted,
            "warnings": list(self.warnings.values()),
            "warnings_omitted": self.warnings_omitted,
        }

    def in_words(self) -> str:
        """The counts in one line, those behind the second only where they are not 0."""
        always = list(self.counts)[:2]
        told = {name: count for name, count in self.counts.items() if count or name in always}
        rows, *rest = (
            counted(count, "row") if name == "rows" else f"{count:,} {name.replace('_', ' ')}"
            for name, count in told.items()
        )
        if self.is_preview:
            return f"of {rows}, {', '.join(rest).replace(' ', ' would be ', 1)}"
        return ", ".join((rows, *rest))

    def add(self, answer: Json) -> None:
        """What the server says of one batch."""
        self.counts.update({name: answer.get(name, 0) for name in self.counts})
        for complaint in answer.get("complaints", ()):
            self._complain(complaint)
        self.omit(answer.get("complaints_omitted", 0))
        for warning in answer.get("warnings", ()):
            self._warn(warning)

    async def _send(self, api: Api, path: str, name: str, batches: Iterable[Sequence[Any]], **more: object) -> None:
        """Post each batch under `name`, and `more` with it. What fails half way says how far it came."""
        with self._telling_how_far(), counting("rows") as moved:
            for batch in batches:
                self.add(await api.post_again(path, msgspec.json.encode({**more, name: batch})))
                moved(self.counts["rows"])
        for warning in self.warnings.values():
            which = f" ({self._which(warning)})" if warning["line"] else ""
            self._say(f"warning: {warning['field']}: {warning['reason']}{which}")
        if self.warnings_omitted:
            rows = "1 more row has an odd number" if self.warnings_omitted == 1 else None
            rows = rows or f"{self.warnings_omitted:,} more rows have odd numbers"
            self._say(f"warning: {rows}; mend those that are named first")

    def _which(self, warning: Json) -> str:
        """Which rows a warning is about, and that they are taken with it."""
        rows = warning["rows"]
        which = f"line {warning['line']}" if rows == 1 else f"{rows:,} rows, the first in line {warning['line']}"
        return f"{which}; {'would be ' if self.is_preview else ''}{self.taken} anyway"

    def _read(self, read: Callable[[Table, Conventions], Iterator[RowT]]) -> Iterator[RowT]:
        return rows_at(self._path, self.file, lambda table: read(table, self._conventions))

    def _batches(
        self, rows: Iterable[RowT | Complaint | Remark], chars_of: Callable[[RowT], int]
    ) -> Iterator[list[RowT]]:
        """Usable rows, as many as one request may carry; of the others is complained on the way."""
        batch: list[RowT] = []
        chars = 0
        for row in rows:
            if isinstance(row, Complaint):
                self.counts.update(rows=1, rejected=1)
                self._complain(msgspec.to_builtins(row))
                continue
            if isinstance(row, Remark):
                self._warn({**msgspec.to_builtins(row), "rows": 1})
                continue
            batch.append(row)
            chars += chars_of(row)
            if len(batch) == BATCH_ROWS or chars > BATCH_CHARS_MAX:
                yield batch
                batch, chars = [], 0
        if batch:
            yield batch

    def _say_of_row(self, one: Json) -> None:
        """What is said of one row: a complaint, or a remark."""
        if self.said_max is None or self._said < self.said_max:
            cell = f" {one['cell']}" if one.get("cell") else ""
            self._say(f"{self.file}, line {one['line']}: {one['field']}{cell}: {one['reason']}")
            self._said += 1
        else:
            self._unsaid += 1

    def _complain(self, complaint: Json) -> None:
        self._say_of_row(complaint)
        if len(self.complaints) < COMPLAINTS_KEPT_MAX:
            self.complaints.append(complaint)
        else:
            self.complaints_omitted += 1

    def omit(self, complaints: int) -> None:
        """So many the server has left out of its answer: they can be counted, and not be said."""
        self.complaints_omitted += complaints
        self._unsaid += complaints

    def say_how_many_more(self) -> None:
        """How many complaints were not said: there were more than `said_max`, or more than the server tells."""
        if self._unsaid:
            self._say(f"and {counted(self._unsaid, 'more complaint')}")

    def _warn(self, warning: Json) -> None:
        key, rows = (warning["field"], warning["reason"]), warning.get("rows", 1)
        if key not in self.warnings and len(self.warnings) >= WARNINGS_KEPT_MAX:
            self.warnings_omitted += rows
            return
        known = self.warnings.setdefault(key, {**warning, "rows": 0})
        known["rows"] += rows

    @contextmanager
    def _telling_how_far(self) -> Iterator[None]:
        try:
            yield
        except asyncio.CancelledError:
            self._say(self.how_far())
            raise
        except InvalidInput as error:
            where = error.message if error.field == self.file else f"{error.field}: {error.message}"
            raise InvalidInput(self.file, f"{where}; {self.how_far()}" if self.counts["rows"] else where) from error
        except DialtrailError as error:
            if not self.is_begun:
                raise
            raise CommandFailed(f"{error}; {self.how_far()}") from error
