"""Sends a recipients file to the server, and adds up what became of its rows."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import msgspec

from adapters.recipient_columns import AS_NAMED, ColumnRead, Conventions
from adapters.recipient_file import Complaint, RecipientRow, Remark, read_recipients
from adapters.tables.record import Table
from domain.counted import counted
from domain.phone_number import mask
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.sent_file import Say, SentFile

COMPLAINTS_SAID_MAX = 20
ROWS_SHOWN_MAX = 5
REMARKS_KEPT_MAX = 1_000
COUNTED = ("rows", "enrolled", "already_enrolled", "repeated", "rejected")


class Import(SentFile):
    """The recipients of a file, enrolled in a campaign under one import."""

    taken = "enrolled"

    def __init__(
        self,
        campaign: str,
        file: Path,
        say: Say,
        conventions: Conventions = AS_NAMED,
        *,
        is_preview: bool = False,
    ) -> None:
        super().__init__(file, COUNTED, say, conventions)
        self.columns: list[ColumnRead] = []
        self.first: list[RecipientRow] = []
        self.remarks: list[Json] = []
        self.remarks_omitted = 0
        self.is_preview = is_preview
        self.said_max = COMPLAINTS_SAID_MAX if is_preview else None
        self.campaign_state = ""
        self._campaign = campaign
        self._import_id = uuid4().hex

    @property
    def is_begun(self) -> bool:
        """Whether anybody is enrolled by it."""
        return self._done > 0

    def how_far(self) -> str:
        """How many are enrolled; the same file again enrols the rest."""
        rows = counted(self._done, "row is", "rows are")
        return f"{rows} enrolled so far, and the same command continues"

    def add(self, answer: Json) -> None:
        """The same, and each callback that a row wishes and nobody keeps."""
        super().add(answer)
        found = [*answer.get("remarks", ())]
        for one in found:
            self._say_of_row(one)
        room = max(0, REMARKS_KEPT_MAX - len(self.remarks))
        self.remarks += found[:room]
        omitted = answer.get("remarks_omitted", 0)
        self.remarks_omitted += len(found[room:]) + omitted
        self._unsaid += omitted

    async def enrol(self, api: Api) -> None:
        """Enrol every usable row."""
        # Asked first: a wrong name is told before any row is.
        self.campaign_state = (await api.get(path_of("campaigns", self._campaign)))["state"]
        path = path_of("campaigns", self._campaign, "recipients") + ("?preview=true" if self.is_preview else "")
        batches = self._batches(self._rows(), _chars_of)
        await self._send(api, path, "recipients", batches, **{"import": self._import_id})
        self.say_how_many_more()

    def look(self) -> tuple[int, int]:
        """How many rows of the file can be used, and how many cannot, which are complained of; nothing is sent."""
        usable = sum(map(len, self._batches(self._rows(), _chars_of)))
        self.say_how_many_more()
        return usable, self.counts["rejected"]

    def _rows(self) -> Iterator[RecipientRow | Complaint | Remark]:
        def read(table: Table, conventions: Conventions) -> Iterator[RecipientRow | Complaint | Remark]:
            return read_recipients(table, conventions, self.columns.extend)

        for row in self._read(read):
            if isinstance(row, RecipientRow) and len(self.first) < ROWS_SHOWN_MAX:
                self.first.append(row)
            yield row

    def as_json(self) -> Json:
        """The same with the import's id, or of a preview with the columns and the first rows, masked."""
        told = {**super().as_json(), "remarks": self.remarks, "remarks_omitted": self.remarks_omitted}
        if not self.is_preview:
            return {"import": self._import_id, **told}
        first = [{**msgspec.to_builtins(row), "number": mask(row.number)} for row in self.first]
        return {"preview": True, **told, "columns": msgspec.to_builtins(self.columns), "first": first}

    def in_words(self) -> str:
        """The same, of the campaign."""
        return f"{self._campaign}: {super().in_words()}"

    @property
    def _done(self) -> int:
        return self.counts["enrolled"] + self.counts["already_enrolled"]


def _chars_of(row: RecipientRow) -> int:
    return sum(map(len, row.variables)) + sum(map(len, row.variables.values()))
