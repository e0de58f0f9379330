"""The commands below `dialtrail export`."""

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, NamedTuple, TextIO

import typer

from domain.counted import counted
from domain.errors import DialtrailError, InvalidInput
from entrypoints.cli.api import Api, Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.export.pages import pages_as_they_are, pages_of_feed, pages_of_one_moment
from entrypoints.cli.export.parquet import ParquetFolder, Partition
from entrypoints.cli.export.sheet import CAME_TO, CHARACTERS, Format, Program, Separator, Sheet, printing
from entrypoints.cli.failure import CommandFailed
from entrypoints.cli.options import STDIN, AsOf, CampaignId, of_campaign
from entrypoints.cli.out_file import whole_text_file
from entrypoints.cli.output import counting, say
from entrypoints.cli.times import IN_UTC

RECIPIENT_COLUMNS = (
    "number",
    "status",
    "reason",
    "until",
    "attempts",
    "call_id",
    "zone",
    "variables",
    "reference",
    "wished_at",
)
CALL_COLUMNS = (
    "call_id",
    "campaign_id",
    "number",
    "direction",
    "phase",
    "outcome",
    "reached",
    "step",
    "created_at",
    "answered_at",
    "ended_at",
    "heard_at",
    "anomalies",
    CAME_TO,
    "talk_seconds",
    "person_proofs",
)
EVENT_COLUMNS = ("position", "event", "stream", "version", "event_id", "recorded_at", "metadata", "body")
JSONL_SUFFIXES = frozenset({".jsonl", ".ndjson"})

Pages = Callable[[Api], AsyncIterator[Json]]
OneStatus = Annotated[str | None, typer.Option("--status", help="Only recipients with this status, such as queued.")]
OfCampaign = Annotated[str | None, of_campaign("Only its calls.")]
Phase = Annotated[str | None, typer.Option("--phase", help="Only calls in it: dialing, in_progress or ended.")]
Outcome = Annotated[str | None, typer.Option("--outcome", help="Only calls with it: completed, failed or canceled.")]
Anomaly = Annotated[str | None, typer.Option("--anomaly", help="Only calls with it, such as contradicts or lost.")]
After = Annotated[
    int | None, typer.Option("--after", metavar="POSITION", min=0, help="Only events after this position.")
]
Partitioned = Annotated[
    Partition | None,
    typer.Option(
        "--partition", help="Parquet: each day (UTC, by recorded_at) in a folder of its own, as day=2026-05-29."
    ),
]
Until = Annotated[
    int | None,
    typer.Option(
        "--until", metavar="POSITION", min=0, help="Only events up to this position; else to the end as it is now."
    ),
]
Form = Annotated[
    Format | None,
    typer.Option("--format", help="Else csv, or jsonl where FILE ends in .jsonl or .ndjson. Events: also parquet."),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help="Replaced once the export is complete; else standard output. Of Parquet it is a folder.",
    ),
]
For = Annotated[
    Program | None,
    typer.Option(
        "--for",
        help="CSV that opens in this program by a double click: its mark, semicolons (--separator says otherwise), and numbers that keep their plus.",
    ),
]
Separated = Annotated[
    Separator | None,
    typer.Option("--separator", help="What separates values in CSV. Excel expects what its country's settings say."),
]

app = typer.Typer(
    help="Write recipients, calls or events as CSV, JSON lines or Parquet, for your own tools.",
    epilog="Example: dialtrail export recipients spring_followup --out people.csv",
)


@app.command(
    epilog="Example: dialtrail export recipients spring_followup --status unresolved --format jsonl --out people.jsonl"
)
def recipients(
    campaign: CampaignId,
    status: OneStatus = None,
    as_of: AsOf = None,
    form: Form = None,
    out: Out = None,
    made_for: For = None,
    separator: Separated = None,
) -> None:
    """A campaign's recipients with their statuses, all of one moment: as of T, or of when the export begins.

    In CSV, variables are one column with a JSON object. Texts that a spreadsheet would take for a formula get an
    apostrophe in front; phone numbers do not: import their column as text, or say --for excel. JSON lines have everything
    unchanged. What is written as CSV can be imported again: the same people with the same zones and variables.
    """
    moment = IN_UTC.as_of(as_of)
    filters = _given(status=status)

    def pages(api: Api) -> AsyncIterator[Json]:
        return pages_of_one_moment(api, path_of("campaigns", campaign, "recipients"), filters, moment)

    _export("recipients", pages, RECIPIENT_COLUMNS, FileForm(form, made_for, separator), out, campaign=campaign)


@app.command(epilog="Example: dialtrail export calls --campaign spring_followup --outcome failed --out failed.csv")
def calls(
    campaign: OfCampaign = None,
    phase: Phase = None,
    outcome: Outcome = None,
    anomaly: Anomaly = None,
    form: Form = None,
    out: Out = None,
    made_for: For = None,
    separator: Separated = None,
) -> None:
    """Calls with where they stand now, in the order in which we first heard of them.

    Each is as it was when its page was read. In CSV, anomalies are one column, separated by spaces. "came_to" says answered
    only where something proves it, by whomever; that a person answered is said in "person_proofs", by what proves it.
    Formulas and phone numbers: as in export recipients.
    """
    filters = _given(campaign=campaign, phase=phase, outcome=outcome, anomaly=anomaly)

    def pages(api: Api) -> AsyncIterator[Json]:
        return pages_as_they_are(api, path_of("calls"), filters)

    _export("calls", pages, CALL_COLUMNS, FileForm(form, made_for, separator), out, campaign=campaign, moving=True)


@app.command(epilog="Example: dialtrail export events --after 1200 --until 2400 --format jsonl --out events.jsonl")
def events(
    after: After = None,
    until: Until = None,
    form: Form = None,
    out: Out = None,
    made_for: For = None,
    separator: Separated = None,
    partition: Partitioned = None,
) -> None:
    """The ledger's events in its order. In CSV and Parquet, metadata and body are JSON.

    The position that is said at the end is what the next export may begin after. As Parquet they are a folder of files,
    and the same command again goes on after the last; it needs the extra parquet.
    """
    written = FileForm(form, made_for, separator)
    if until is not None and until < (after or 0):
        raise InvalidInput("--until", f"{until} is before --after {after}; nothing lies between")
    if form is Format.PARQUET:
        written.require_plain()
        _export_parquet(after, until, out, partition)
        return
    if partition is not None:
        raise InvalidInput("--partition", "is for --format parquet")
    _export("events", lambda api: pages_of_feed(api, after or 0, until), EVENT_COLUMNS, written, out)


class FileForm(NamedTuple):
    """How an export is written, as the options say."""

    form: Format | None
    made_for: Program | None
    separator: Separator | None

    def form_of(self, file: Path | None) -> Format:
        """CSV or JSON lines. Raises `InvalidInput` where an option is of CSV only."""
        named = Format.JSONL if file is not None and file.suffix.lower() in JSONL_SUFFIXES else Format.CSV
        form = self.form or named
        if form is Format.PARQUET:
            raise InvalidInput("--format", "parquet is for events; recipients and calls are written as csv or jsonl")
        if form is Format.JSONL:
            self.require_plain()
        return form

    def require_plain(self) -> None:
        """Raises `InvalidInput` where an option is of CSV only."""
        if self.made_for or self.separator:
            option = "--for" if self.made_for else "--separator"
            raise InvalidInput(option, "is for CSV; say --format csv, or leave it out")

    @property
    def character(self) -> str:
        """What separates the values."""
        return CHARACTERS[self.separator or (Separator.SEMICOLON if self.made_for else Separator.COMMA)]


def _export(
    what: str,
    pages: Pages,
    columns: Sequence[str],
    written: "FileForm",
    out: Path | None,
    *,
    campaign: str | None = None,
    moving: bool = False,
) -> None:
    file = None if out == STDIN else out
    chosen = written.form_of(file)
    opened: AbstractContextManager[TextIO] = nullcontext(printing()) if file is None else whole_text_file(file)
    count, position = 0, 0

    async def work(api: Api) -> None:
        nonlocal count, position
        try:
            async for page in pages(api):
                sheet.add(page["items"])
                count += len(page["items"])
                position = page["position"]
                moved(count)
        except DialtrailError as error:
            if count == 0:
                raise
            left = (
                f"only the first {count} of the {what} were written" if file is None else f"{file} was left as it was"
            )
            raise CommandFailed(f"{error}; the export is not complete: {left}") from error

    # On one terminal the rows themselves are the progress.
    shows_rows = file is None and sys.stdout.isatty()
    with opened as target, nullcontext(_unmoved) if shows_rows else counting(what) as moved:
        sheet = Sheet(target, chosen, columns, written.made_for, written.character)
        with_api(f"export {what}", work, campaign=campaign)
    noun = what.removesuffix("s") if count == 1 else what
    say(
        f"{count} {noun}, as of position {position}{' or later' if moving else ''}{'' if file is None else f', in {file}'}"
    )


def _export_parquet(after: int | None, until: int | None, out: Path | None, partition: Partition | None) -> None:
    if out is None or out == STDIN:
        raise InvalidInput("--out", "name the folder that the Parquet files go into")
    folder = ParquetFolder(out, partition)
    if after is not None and after < folder.last_position:
        raise InvalidInput(
            "--after", f"{out} has events up to {folder.last_position}; leave --after out, and it goes on from there"
        )
    begin = folder.last_position if after is None else after
    if until is not None and until < begin:
        raise InvalidInput("--until", f"{out} has events up to {begin} already")

    async def work(api: Api) -> tuple[int, int]:
        try:
            return await folder.write(pages_of_feed(api, begin, until), moved)
        except DialtrailError as error:
            raise CommandFailed(
                f"{error}; files that are complete stay in {out}, and the same command goes on after them"
            ) from error

    with counting("events") as moved:
        count, position = with_api("export events", work)
    say(f"{counted(count, 'event')} after position {begin}, up to position {position}, in {out}")


def _unmoved(_: int) -> None:
    pass


def _given(**filters: str | None) -> dict[str, str]:
    return {name: value for name, value in filters.items() if value is not None}
