"""Sends a recipients file to the server, and adds up what became of its rows."""

from pathlib import Path
from uuid import uuid4

from adapters.recipient_columns import AS_NAMED, Conventions
from adapters.recipient_file import RecipientRow, read_recipients
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.sent_file import Say, SentFile

COUNTED = ("rows", "enrolled", "already_enrolled", "repeated", "rejected")


class Import(SentFile):
    """The recipients of a file, enrolled in a campaign under one import."""

    taken = "enrolled"

    def __init__(self, campaign: str, file: Path, say: Say, conventions: Conventions = AS_NAMED) -> None:
        super().__init__(file, COUNTED, say, conventions)
        self.campaign_state = ""
        self._campaign = campaign
        self._import_id = uuid4().hex

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

    def as_json(self) -> Json:
        """The same with the import's id."""
        return {"import": self._import_id, **super().as_json()}

    def in_words(self) -> str:
        """The same, of the campaign."""
        return f"{self._campaign}: {super().in_words()}"

    @property
    def _done(self) -> int:
        return self.counts["enrolled"] + self.counts["already_enrolled"]


def _chars_of(row: RecipientRow) -> int:
    return sum(map(len, row.variables)) + sum(map(len, row.variables.values()))
