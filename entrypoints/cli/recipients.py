"""`dialtrail recipients …`: enrol people, and keep people from being called."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from domain.counted import counted
from domain.errors import InvalidInput
from domain.phone_number import mask, mask_in
from entrypoints.cli import callback, consents, declining, erasing, recipient_list
from entrypoints.cli.api import Json, path_of
from entrypoints.cli.connection import with_api
from entrypoints.cli.failure import EXIT_FAILURE
from entrypoints.cli.options import AsJson, CampaignId, File, Number
from entrypoints.cli.output import confirm, say, write, write_json, write_table

if TYPE_CHECKING:
    from adapters.recipient_columns import Conventions
    from entrypoints.cli.importing import Import
    from entrypoints.cli.suppressing import Suppressed

Reason = Annotated[str | None, typer.Option(help="Why, for those who look later.")]
Source = Annotated[str | None, typer.Option(help="Where it comes from, such as a letter or a call.")]
SomeNumber = Annotated[str | None, typer.Argument(metavar="NUMBER", help="A phone number such as +15551230002.")]
ListFile = Annotated[
    Path | None, typer.Option("--file", metavar="FILE", help="A list of people; - reads standard input.")
]
ExpiresAt = Annotated[str | None, typer.Option(metavar="TIME", help="Until when, such as 2027-01-31T00:00:00Z.")]
Region = Annotated[
    str | None,
    typer.Option("--region", metavar="CODE", help="The country, such as DE, of numbers written as inside it."),
]
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="NAME=OURS", help="What a column is, such as phone=number; once for each."),
]
Sheet = Annotated[
    str | None, typer.Option("--sheet", metavar="NAME", help="Which sheet of a workbook is read; else the first one.")
]
Preview = Annotated[bool, typer.Option("--preview", help="Only show what it would do; nobody is enrolled.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask where rows cannot be used.")]

app = typer.Typer(
    help="Enrol recipients in a campaign, see where they stand, and keep people from being called.",
    epilog="Example: dialtrail recipients import spring_followup people.csv",
)


@app.command("import", epilog="Example: dialtrail recipients import spring_followup people.csv")
def import_(
    campaign: CampaignId,
    file: File,
    region: Region = None,
    column: Columns = None,
    sheet: Sheet = None,
    preview: Preview = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Enrol the recipients of a file (CSV, .xlsx, .ods): a column number, optionally zone, and any others as variables.

    Rows that cannot be used are named with their line and left out; the exit code is then 1, and on a terminal it asks
    before, unless you say --yes. The same file again enrols the rest, and nobody twice.
    """
    from entrypoints.cli.importing import Import  # noqa: PLC0415 - here and below: these know files and numbers

    conventions = conventions_of(region, column, sheet)
    if not (preview or yes):
        _ask_about_complaints(campaign, file, conventions)
    found = Import(campaign, file, say, conventions, is_preview=preview)
    with_api("recipients import", found.enrol, campaign=campaign)
    if preview and not as_json:
        _show(found)
    _tell(found.as_json(), as_json, found.in_words())
    if preview:
        say("nobody was enrolled; leave out --preview to enrol them")
    elif found.campaign_state == "created" and found.counts["enrolled"]:
        say(f"next: dialtrail campaign start {campaign}")
    if found.complaints:
        raise typer.Exit(EXIT_FAILURE)


def _ask_about_complaints(campaign: str, file: Path, conventions: "Conventions") -> None:
    """On a terminal ask whether the usable rows shall be enrolled without the others; a pipe can be read only once."""
    if not (sys.stdin.isatty() and sys.stderr.isatty() and file.is_file()):
        return
    from entrypoints.cli.importing import Import  # noqa: PLC0415

    looked = Import(campaign, file, say, conventions, is_preview=True)
    usable, others = looked.look()
    if others:
        confirm(f"Enrol {counted(usable, 'row')} without the {others:,} that cannot be used?")


def _show(found: "Import") -> None:
    """What became of the columns, and the first rows, masked."""
    write_table(("column", "read as"), [(one.column, one.read_as) for one in found.columns])
    write()
    rows = [
        (
            row.line,
            mask(row.number),
            row.zone,
            ", ".join(f"{name}={mask_in(value)}" for name, value in row.variables.items()),
        )
        for row in found.first
    ]
    write_table(("line", "number", "zone", "variables"), rows, right=("line",))
    write()


@app.command(epilog="Example: dialtrail recipients suppress +15551230002 --reason 'asked not to be called'")
def suppress(
    number: SomeNumber = None,
    file: ListFile = None,
    reason: Reason = None,
    source: Source = None,
    expires_at: ExpiresAt = None,
    region: Region = None,
    column: Columns = None,
    sheet: Sheet = None,
    as_json: AsJson = False,
) -> None:
    """Call this person no more, in no campaign, or with --file nobody of a list.

    The file is CSV, .xlsx or .ods: a column number, optionally source, reason and expires_at; --source, --reason and --expires-at are for
    the rows that say nothing of it. Rows that cannot be used are named with their line; the exit code is then 1.
    """
    if file is not None:
        from entrypoints.cli.suppressing import Suppressed  # noqa: PLC0415

        if number is not None:
            raise typer.BadParameter("give a number, or --file, not both")
        defaults = {"reason": reason, "source": source, "expires_at": expires_at}
        _suppress_file(Suppressed(file, defaults, say, conventions_of(region, column, sheet)), as_json)
        return
    if region is not None or column or sheet is not None:
        raise typer.BadParameter("--region, --column and --sheet are for the file that --file names")
    if number is None:
        raise typer.BadParameter("name a number, or a list of them with --file")
    asked = {"number": number, "reason": reason, "source": source, "expires_at": expires_at}
    body = {name: value for name, value in asked.items() if value}
    done = with_api("recipients suppress", lambda api: api.post(path_of("suppressions"), body))
    words = f"{number} is suppressed in every campaign"
    if (meant := done.get("meant")) is not None:
        words += f"; it is another spelling of {meant}, who is not called either"
    _tell(done, as_json, words)
    _tell_going_on(done.get("going_on", 0))


def _suppress_file(suppressed: "Suppressed", as_json: bool) -> None:
    with_api("recipients suppress", suppressed.suppress)
    _tell(suppressed.as_json(), as_json, suppressed.in_words())
    _tell_going_on(suppressed.going_on)
    if suppressed.complaints:
        raise typer.Exit(EXIT_FAILURE)


@app.command(epilog="Example: dialtrail recipients release +15551230002")
def release(number: Number, as_json: AsJson = False) -> None:
    """Lift a suppression: this person may be called again."""
    done = with_api("recipients release", lambda api: api.delete(path_of("suppressions", number)))
    others = ", ".join(one for one in done.get("released", ()) if one != number)
    _tell(done, as_json, f"{number} may be called again" + (f" (it was suppressed as {others})" if others else ""))


def conventions_of(region: str | None, columns: list[str] | None, sheet: str | None) -> "Conventions":
    """How a file is written. Raises `InvalidInput` naming the option."""
    from adapters.recipient_columns import parse_conventions  # noqa: PLC0415

    try:
        return parse_conventions(region, columns or (), sheet)
    except InvalidInput as error:
        raise InvalidInput(f"--{error.field}", error.message) from None


def _tell_going_on(calls: int | None) -> None:
    """Who is suppressed may be on the phone at this moment: MiniVoice has no hang-up."""
    from application.going_on import NO_HANG_UP  # noqa: PLC0415 - this knows the ledger, and help would wait for it

    if calls is None:
        say(f"how many of their calls go on to their end is not known at the moment: {NO_HANG_UP}")
    elif calls:
        many = "1 call of theirs goes on to its end" if calls == 1 else f"{calls} calls of theirs go on to their end"
        say(f"{many}, or may: {NO_HANG_UP}")


app.command("list", epilog=recipient_list.EPILOG)(recipient_list.list_)
app.command("callback", epilog=callback.EPILOG)(callback.callback)
app.command("consent", epilog=consents.EPILOG)(consents.consent)
app.command("decline", epilog=declining.EPILOG)(declining.decline)
app.command("erase", epilog=erasing.ERASE_EPILOG)(erasing.erase)
app.command("hold", epilog=erasing.HOLD_EPILOG)(erasing.hold)
app.command("unhold", epilog=erasing.UNHOLD_EPILOG)(erasing.unhold)


def _tell(answer: Json, as_json: bool, words: str) -> None:
    if as_json:
        write_json(answer)
    else:
        write(words)
