"""Sends a recipients file to the server, and adds up what became of its rows."""

from pathlib import Path
from uuid import uuid4

from adapters.recipient_file import RecipientRow, read_recipients
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.sent_file import Say, SentFile

WARNINGS_KEPT_MAX = 1_000
COUNTED = ("rows", "enrolled", "already_enrolled", "repeated", "rejected")


class Import(SentFile):
    """The recipients of a file, enrolled in a campaign under one import; each kind of warning is kept once."""

    def __init__(self, campaign: str, file: Path, say: Say) -> None:
        super().__init__(file, COUNTED, say)
        self.campaign_state = ""
        self._campaign = campaign
        self._import_id = uuid4().hex
        self._warnings: dict[tuple[str, str], Json] = {}
        self._warnings_omitted = 0

    @property
    def is_begun(self) -> bool:
        """Whether anybody is enrolled by it."""
        return self._done > 0

    def how_far(self) -> str:
        """How many are enrolled; the same file again enrols the rest."""
        return f"{self._done} rows are enrolled so far, and the same command continues"

    async def enrol(self, api: Api) -> None:
        """Enrol every usable row."""
        # Asked first: a wrong name is told before any row is.
        self.campaign_state = (await api.get(path_of("campaigns", self._campaign)))["state"]
        path = path_of("campaigns", self._campaign, "recipients")
        batches = self._batches(self._read(read_recipients), _chars_of)
        await self._send(api, path, "recipients", batches, **{"import": self._import_id})
        for warning in self._warnings.values():
            about = f"{warning['rows']} rows, the first in line {warning['line']}, enrolled all the same"
            self._say(f"warning: {warning['field']}: {warning['reason']} ({about})")
        if self._warnings_omitted:
            self._say(f"warning: {self._warnings_omitted} more rows have odd numbers; mend those that are named first")

    def add(self, answer: Json) -> None:
        """What the server says of one batch, with its warnings."""
        super().add(answer)
        for warning in answer.get("warnings", ()):
            key, rows = (warning["field"], warning["reason"]), warning.get("rows", 1)
            if key not in self._warnings and len(self._warnings) >= WARNINGS_KEPT_MAX:
                self._warnings_omitted += rows
                continue
            known = self._warnings.setdefault(key, {**warning, "rows": 0})
            known["rows"] += rows

    def as_json(self) -> Json:
        """The same with the import's id, and the warnings."""
        return {
            "import": self._import_id,
            **super().as_json(),
            "warnings": list(self._warnings.values()),
            "warnings_omitted": self._warnings_omitted,
        }

    def in_words(self) -> str:
        """The same, of the campaign."""
        return f"{self._campaign}: {super().in_words()}"

    @property
    def _done(self) -> int:
        return self.counts["enrolled"] + self.counts["already_enrolled"]


def _chars_of(row: RecipientRow) -> int:
    return sum(map(len, row.variables)) + sum(map(len, row.variables.values()))
