"""Sends a recipients file to the server, batch by batch in constant memory, and adds up what became of its rows."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from uuid import uuid4

import msgspec

from adapters.recipient_file import Complaint, RecipientRow, open_recipient_file, read_recipients
from domain.errors import DialtrailError, InvalidInput
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.options import STDIN
from entrypoints.cli.output import counting

BATCH_ROWS = 2_000
BATCH_CHARS_MAX = 2 * 1024 * 1024
COMPLAINTS_KEPT_MAX = 1_000
COUNTED = ("rows", "enrolled", "already_enrolled", "repeated", "rejected")

Say = Callable[[str], None]


class ImportSummary:
    """What became of a file's rows so far. Complaints are all said; of very many, only the first are kept."""

    def __init__(self) -> None:
        self.file = "standard input"
        self.import_id = uuid4().hex
        self.campaign_state = ""
        self.counts: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
        self.complaints: list[Json] = []
        self.complaints_omitted = 0
        self.warnings: dict[tuple[str, str], Json] = {}

    @property
    def has_complaints(self) -> bool:
        return bool(self.complaints)

    def complain(self, complaint: Json, say: Say) -> None:
        say(f"{self.file}, line {complaint['line']}: {complaint['field']}: {complaint['reason']}")
        if len(self.complaints) < COMPLAINTS_KEPT_MAX:
            self.complaints.append(complaint)
        else:
            self.complaints_omitted += 1

    def reject(self, complaint: Complaint, say: Say) -> None:
        self.counts.update(rows=1, rejected=1)
        self.complain(msgspec.to_builtins(complaint), say)

    def add(self, answer: Json, say: Say) -> None:
        self.counts.update({name: answer.get(name, 0) for name in COUNTED})
        for complaint in answer.get("complaints", ()):
            self.complain(complaint, say)
        for warning in answer.get("warnings", ()):
            known = self.warnings.setdefault((warning["field"], warning["reason"]), {**warning, "rows": 0})
            known["rows"] += warning.get("rows", 1)

    def as_json(self) -> Json:
        return {
            "import": self.import_id,
            **{name: self.counts[name] for name in COUNTED},
            "complaints": self.complaints,
            "complaints_omitted": self.complaints_omitted,
            "warnings": list(self.warnings.values()),
        }

    def in_words(self, campaign: str) -> str:
        counts = self.counts
        told = [f"{campaign}: {counts['rows']} rows, {counts['enrolled']} enrolled"]
        told += [f"{counts[name]} {name.replace('_', ' ')}" for name in COUNTED[2:] if counts[name]]
        return ", ".join(told)


async def import_file(api: Api, campaign: str, file: Path, summary: ImportSummary, say: Say) -> None:
    """Enrol every usable row of `file`. What fails half way says how far it came; sending the file again continues."""
    lines = open_recipient_file(Path("/dev/stdin") if file == STDIN else file)
    path = path_of("campaigns", campaign, "recipients")
    if file != STDIN:
        summary.file = str(file)
    # Asked first: a wrong name is told before any row is.
    summary.campaign_state = (await api.get(path_of("campaigns", campaign)))["state"]
    try:
        with counting("rows") as moved:
            for batch in _batches(read_recipients(lines), summary, say):
                body = msgspec.json.encode({"import": summary.import_id, "recipients": batch})
                summary.add(await api.post_again(path, body), say)
                moved(summary.counts["rows"])
    except asyncio.CancelledError:
        say(_how_far(summary))
        raise
    except InvalidInput as error:
        if summary.counts["rows"] == 0:
            raise _naming(error, summary.file) from error
        error = _naming(error, summary.file)
        raise InvalidInput(error.field, f"{error.message}; {_how_far(summary)}") from error
    except DialtrailError as error:
        if summary.counts["enrolled"] + summary.counts["already_enrolled"] == 0:
            raise
        raise CommandFailed(f"{error}; {_how_far(summary)}") from error
    for warning in summary.warnings.values():
        about = f"{warning['rows']} rows, the first in line {warning['line']}, enrolled all the same"
        say(f"warning: {warning['field']}: {warning['reason']} ({about})")


def _naming(error: InvalidInput, file: str) -> InvalidInput:
    """The error with the file in it, where only the part at fault is named."""
    return error if error.field == file else InvalidInput(file, f"{error.field}: {error.message}")


def _how_far(summary: ImportSummary) -> str:
    done = summary.counts["enrolled"] + summary.counts["already_enrolled"]
    return f"{done} rows are enrolled so far, and the same command continues"


def _batches(
    rows: Iterable[RecipientRow | Complaint], summary: ImportSummary, say: Say
) -> Iterator[list[RecipientRow]]:
    """Usable rows in batches that one request may carry; complaints are said on the way."""
    batch: list[RecipientRow] = []
    chars = 0
    for row in rows:
        if isinstance(row, Complaint):
            summary.reject(row, say)
            continue
        batch.append(row)
        chars += sum(map(len, row.variables)) + sum(map(len, row.variables.values()))
        if len(batch) == BATCH_ROWS or chars > BATCH_CHARS_MAX:
            yield batch
            batch, chars = [], 0
    if batch:
        yield batch
