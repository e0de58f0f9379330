"""`dialtrail forensics`: whose status was shown wrong by what was stored before, and since when."""

import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from domain.instants import time_text
from entrypoints.cli.failure import EXIT_FAILURE, CommandFailed
from entrypoints.cli.options import AsJson, Zone, of_campaign
from entrypoints.cli.output import counting, say, write, write_json, write_table
from entrypoints.cli.times import Times, times_in

if TYPE_CHECKING:
    from application.forensics import Findings, LedgerPlace, Wrong

EPILOG = "Example: dialtrail forensics --campaign spring_followup --views views-before.db"
LIMIT_DEFAULT = 1_000
NONE = "-"
STATUS_HEADERS = (
    *("number", "campaign", "field", "view says", "ledger says"),
    *("since", "at", "event", "until", "at", "event"),
)

OfCampaign = Annotated[str | None, of_campaign("Only this campaign's.")]
KeptViews = Annotated[
    Path | None,
    typer.Option("--views", metavar="FILE", help="A views.db that was kept from before; else the one in use."),
]
Limit = Annotated[
    int, typer.Option("--limit", metavar="N", min=1, help="List at most so many of each; all are counted.")
]


def forensics(
    campaign: OfCampaign = None,
    views: KeptViews = None,
    limit: Limit = LIMIT_DEFAULT,
    zone: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Make the views anew with the code as it is, beside, and list what the stored ones say otherwise, and since when.

    For a fault that has been mended: who was shown with a wrong status, from which event on, and until which. It reads
    the data folder itself, also while dialtrail up runs, and changes nothing. Exit code 1: something was wrong.
    """
    from entrypoints.settings import load_settings  # noqa: PLC0415 - here and below: help needs neither

    times = times_in(zone)
    settings = load_settings()
    if settings.url is not None:
        raise CommandFailed("forensics reads the data folder itself: run it where that is, without DIALTRAIL_URL")
    from adapters.log_lines import log_to_stderr  # noqa: PLC0415
    from application.forensics import ExaminedPlace, examine  # noqa: PLC0415
    from entrypoints.process import tune_gc, utc_now  # noqa: PLC0415
    from projections.store import ViewsUnusable  # noqa: PLC0415

    try:
        tune_gc()
        with closing(log_to_stderr(logging.CRITICAL, utc_now)), counting("events") as moved:
            place = ExaminedPlace(settings.home, settings.ledger_url, settings.keys_url)
            found = examine(place, views, campaign, limit, moved)
    except ViewsUnusable as error:
        raise CommandFailed(f"the stored views cannot be compared: {error}") from error
    if as_json:
        write_json(_as_json(found))
    else:
        _write(found, times)
    if not found.is_healthy:
        raise typer.Exit(EXIT_FAILURE)


def _as_json(found: "Findings") -> dict[str, Any]:
    from entrypoints.http.json import encode  # noqa: PLC0415 - help needs none of HTTP

    return {"healthy": found.is_healthy, **orjson.loads(encode(found))}


def _write(found: "Findings", times: Times) -> None:
    changed = [f"{name} {was} → {now}" for name, (was, now) in found.versions.items() if was != now]
    if changed:
        say(f"the stored views are of another version ({', '.join(changed)}); what both have is compared")
    if found.statuses:
        write_table(
            STATUS_HEADERS,
            [row for one in found.statuses for row in _status_rows(one, times)],
            lead=STATUS_HEADERS[:3],
        )
        write()
    if found.rows:
        others = [
            (one.table, one.key, name, _value(was, times), _value(told, times))
            for one in found.rows
            for name, (was, told) in one.fields.items()
        ]
        write_table(("table", "row", "field", "view says", "ledger says"), others)
        write()
    for one in found.left_out:
        write(f"the code as it is leaves out position {one.position}: {one.error}")
    _write_sum(found, times)


def _status_rows(one: "Wrong", times: Times) -> Iterator[tuple[object, ...]]:
    spell = (*_place(one.since, times), *_place(one.until, times))
    for name, (was, told) in one.fields.items():
        yield (one.number, one.campaign_id, name, _value(was, times), _value(told, times), *spell)


def _write_sum(found: "Findings", times: Times) -> None:
    at = "" if found.recorded_at is None else f", {times.shown(time_text(found.recorded_at))}"
    where = f"as of position {found.position}{at}"
    if found.is_healthy:
        write(f"nothing was shown wrong {where}")
        return
    still = sum(one.until is None for one in found.statuses)
    told = f"{_counted(found.statuses_wrong, 'spell')} of recipients"
    told += f" (of those listed {still} still {'is' if still == 1 else 'are'})" if found.statuses else ""
    write(f"wrong: {told}, {_counted(found.rows_wrong, 'other row')}")
    listed, total = len(found.statuses) + len(found.rows), found.statuses_wrong + found.rows_wrong
    if listed < total:
        write(f"{listed} of {total} are listed; --limit lists more")
    write(where)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _place(place: "LedgerPlace | None", times: Times) -> tuple[object, object, object]:
    if place is None:
        return ("still", "", "")
    return (place.position, times.shown(time_text(place.recorded_at)), place.event)


def _value(value: object, times: Times) -> object:
    if value is None:
        return NONE
    return times.shown(time_text(value)) if isinstance(value, datetime) else value
