"""`dialtrail doctor`: is dialling safe, and what is to be done about what was found?"""

import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from adapters.folder_owner import read_owner
from domain.errors import InvalidInput, SettingsError
from entrypoints.cli.comparison import SAMPLE_DEFAULT, compare_views, sample_of
from entrypoints.cli.completion import complete_call
from entrypoints.cli.connection import connect
from entrypoints.cli.decisions import compare_decisions
from entrypoints.cli.failure import EXIT_FAILURE
from entrypoints.cli.options import AsJson, of_campaign
from entrypoints.cli.output import write, write_json, write_table
from entrypoints.cli.stacked import GAP
from entrypoints.doctor.finding import LEVELS, Finding, is_safe, worst_first

if TYPE_CHECKING:
    from entrypoints.doctor.examination import Around
    from entrypoints.settings import Settings

EPILOG = "Example: dialtrail doctor --call call_123, or: dialtrail doctor --decisions --campaign spring_followup"
NOT_SET = "not set"

OneCall = Annotated[
    str | None,
    typer.Option(
        "--call",
        metavar="CALL_ID",
        help="Also ask MiniVoice for this call, which it should know.",
        autocompletion=complete_call,
    ),
]
Views = Annotated[
    bool,
    typer.Option("--views", help="Compare the views with the ledger, instead of all else. Exit code 1: they differ."),
]
Decisions = Annotated[
    bool,
    typer.Option(
        "--decisions",
        help="Recompute the verdict of every attempt from the ledger, instead of all else. Exit code 1: one differs.",
    ),
]
OfCampaign = Annotated[str | None, of_campaign("With --decisions: of this campaign only.")]
Sample = Annotated[
    int | None,
    typer.Option(
        "--sample",
        metavar="N",
        min=1,
        help=f"With --views: the first N rows, recipients before calls; {SAMPLE_DEFAULT:,} unless told.",
    ),
]
Upgrade = Annotated[
    bool,
    typer.Option(
        "--upgrade",
        help="Run with an earlier version's settings and folder, beside it: what would refuse to start, or go otherwise?",
    ),
]
WithSettings = Annotated[
    bool, typer.Option("--settings", help="Show each setting, too, and where it comes from; never a secret.")
]
Everything = Annotated[bool, typer.Option("--all", help="With --views: every row.")]


def doctor(
    call: OneCall = None,
    views: Views = False,
    decisions: Decisions = False,
    campaign: OfCampaign = None,
    sample: Sample = None,
    everything: Everything = False,
    upgrade: Upgrade = False,
    settings: WithSettings = False,
    as_json: AsJson = False,
) -> None:
    """Look at each part: settings, ledger, clock, provider, webhooks, answers, what waits. Exit code 1: do not dial.

    The findings come first, the worst at the top. With --settings each setting follows them; --json has both.

    It dials nobody. It asks MiniVoice for a day's usage, and sends a signed delivery of its own to
    DIALTRAIL_PUBLIC_URL, where it also asks what a call says; the ledger keeps both as events of the call
    dialtrail-doctor, outside every campaign.
    """
    if upgrade:
        if any((call, views, decisions, campaign, sample, everything, settings)):
            raise InvalidInput("--upgrade", "goes with --json only: it looks at what another version left")
        _examine_upgrade(as_json=as_json)
    elif settings and (decisions or views):
        raise InvalidInput("--settings", "goes with the findings, not with --decisions or --views")
    elif decisions:
        if call is not None or views or sample is not None or everything:
            raise InvalidInput("--decisions", "goes with --campaign and --json only: it looks at the verdicts alone")
        compare_decisions(campaign, as_json=as_json)
    elif campaign is not None:
        raise InvalidInput("--campaign", "goes with --decisions")
    elif views:
        if call is not None:
            raise InvalidInput("--call, --views", "say one of them: with --views only the views are looked at")
        compare_views(sample_of(sample, everything=everything), as_json=as_json)
    elif sample is not None or everything:
        raise InvalidInput("--sample, --all", "go with --views")
    else:
        _examine(call, with_settings=settings, as_json=as_json)


def _examine(call: str | None, *, with_settings: bool, as_json: bool) -> None:
    # Here and below: these know settings, ledger and provider, and help would wait for them.
    import asyncio  # noqa: PLC0415

    from entrypoints.doctor.settings_part import wrong_settings  # noqa: PLC0415
    from entrypoints.settings import described, load_settings  # noqa: PLC0415

    try:
        settings = _as_the_server_has_them(load_settings())
    except SettingsError as error:
        shown, findings = [], wrong_settings(error)
    else:
        shown, findings = described(settings), asyncio.run(_examined(settings, call))
    safe, findings = is_safe(findings), worst_first(findings)
    if as_json:
        names = ("variable", "value", "from", "means")
        listed = [dict(zip(names, (variable, value or None, *rest), strict=True)) for variable, value, *rest in shown]
        write_json({"safe": safe, "settings": listed, "findings": msgspec.to_builtins(findings)})
    else:
        _write(findings, f"dialling is {'safe' if safe else 'NOT safe'}")
        if with_settings and shown:
            write()
            rows = [(variable, value or NOT_SET, source) for variable, value, source, _ in shown]
            write_table(("setting", "value", "from"), rows)
    if not safe:
        raise typer.Exit(EXIT_FAILURE)


def _examine_upgrade(*, as_json: bool) -> None:
    from entrypoints.doctor.upgrade.examination import examine_upgrade  # noqa: PLC0415
    from entrypoints.doctor.upgrade.settings_part import unreadable_settings  # noqa: PLC0415
    from entrypoints.settings import load_settings  # noqa: PLC0415

    try:
        settings = load_settings()
    except SettingsError as error:
        found = unreadable_settings(error)
    else:
        found = examine_upgrade(settings, _around())
    safe, found = is_safe(found), worst_first(found)
    if as_json:
        write_json({"safe": safe, "findings": msgspec.to_builtins(found)})
    else:
        _write(found, "the upgrade can begin" if safe else "do NOT upgrade yet")
    if not safe:
        raise typer.Exit(EXIT_FAILURE)


def _around() -> "Around":
    from entrypoints.doctor.examination import Around  # noqa: PLC0415
    from entrypoints.process import utc_now  # noqa: PLC0415

    return Around(utc_now, time.monotonic, lambda folder: shutil.disk_usage(folder).free)


def _as_the_server_has_them(settings: "Settings") -> "Settings":
    """What `dialtrail up --sandbox` wired is in no file; raises `SettingsError` where what is set here does not go with it."""
    from entrypoints.settings import UP_SANDBOX  # noqa: PLC0415

    owner = read_owner(settings.home)
    if owner is None or settings.url is not None or owner.command != UP_SANDBOX:
        return settings
    from entrypoints.beside import beside_sandbox  # noqa: PLC0415 - seldom

    return beside_sandbox(settings)


async def _examined(settings: "Settings", call_id: str | None) -> list[Finding]:
    from entrypoints.doctor.examination import Way, examine  # noqa: PLC0415

    @asynccontextmanager
    async def way_in() -> AsyncIterator[Way]:
        async with connect(settings, "doctor") as api:
            yield Way(api.get, api.url)

    return await examine(settings, way_in, _around(), call_id)


def _write(findings: list[Finding], verdict: str) -> None:
    width = max(map(len, LEVELS))
    part_width = max(len(one.part) for one in findings)
    below = width + part_width + 2 * len(GAP)
    for one in findings:
        write(f"{one.level:<{width}}{GAP}{one.part:<{part_width}}{GAP}{one.what}", hang=below)
        if one.what_to_do:
            write(f"{'':<{below}}→ {one.what_to_do}", hang=below + len("→ "))
    counts = {level: sum(one.level == level for one in findings) for level in LEVELS[:2]}
    told = ", ".join(f"{count} {level}{'s' if count > 1 else ''}" for level, count in counts.items() if count)
    write()
    write(f"{verdict}{': ' + told if told else ''}")
