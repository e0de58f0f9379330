"""All parts looked at, in one order."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path

import httpx
from msgspec import Struct

from adapters.ledger import has_checksums
from adapters.minivoice_answers import LookupFailed
from adapters.rule_data import installed_rule_data
from adapters.wal_files import LEDGER_FILE
from adapters.zone_files import use_newest_zone_files
from domain.account import UsageObserved
from domain.errors import DialtrailError
from entrypoints.doctor.alerts_part import alerts_findings
from entrypoints.doctor.answer_part import answer_findings
from entrypoints.doctor.clock_part import clock_findings
from entrypoints.doctor.finding import Finding, is_safe
from entrypoints.doctor.keys_file import read_keys_file
from entrypoints.doctor.keys_part import keys_findings
from entrypoints.doctor.ledger_file import read_ledger_file
from entrypoints.doctor.ledger_part import (
    checksum_findings,
    disk_finding,
    in_postgres,
    ledger_findings,
    rights_findings,
    sqlite_finding,
    unusable_findings,
    wal_findings,
)
from entrypoints.doctor.pending_part import pending_findings
from entrypoints.doctor.provider_part import ask_provider, provider_findings
from entrypoints.doctor.rule_data_part import rule_data_findings
from entrypoints.doctor.server_part import nobody_is_up, server_findings, unreachable
from entrypoints.doctor.settings_part import settings_findings
from entrypoints.doctor.silence_part import silence_findings
from entrypoints.doctor.usage_part import usage_findings
from entrypoints.doctor.webhook_part import Ask, webhook_findings
from entrypoints.settings import Settings


class Around(Struct, frozen=True):
    """The machine: its clocks, and the free bytes of the disk that a folder is on."""

    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    free_bytes: Callable[[Path], int]


class Way(Struct, frozen=True):
    """How the ledger's API is asked; `url` where a server is up, None where we own the folder meanwhile."""

    ask: Ask
    url: str | None


async def examine(
    settings: Settings, way_in: Callable[[], AbstractAsyncContextManager[Way]], around: Around, call_id: str | None
) -> list[Finding]:
    """Every part's findings. `way_in` is entered once the ledger's file was found to be whole; it may raise."""
    found = [*settings_findings(settings), *rule_data_findings(installed_rule_data(), use_newest_zone_files())]
    ledger = _elsewhere(settings.url) if settings.url is not None else _ledger(settings, around)
    found += ledger
    usage: UsageObserved | LookupFailed = LookupFailed(why="there is no key")
    if settings.minivoice_api_key is not None:
        said = await ask_provider(settings, around.clock, call_id)
        usage = said.usage
        found += clock_findings(said.date, settings.webhook_tolerance_seconds)
        found += provider_findings(said, settings.minivoice_base_url, call_id, plays_sandbox=settings.plays_sandbox)
    in_folder = settings.url is None and settings.database_url is None
    if in_folder and not (settings.home / LEDGER_FILE).exists():
        return [*found, *nobody_is_up(settings.host, settings.port)]
    if not is_safe(ledger):
        return found
    try:
        async with way_in() as way:
            found += await _through(way, settings, around)
            found += await usage_findings(way.ask, usage)
    except DialtrailError as error:
        found.append(unreachable(str(error)))
    return found


def _elsewhere(url: str) -> list[Finding]:
    what = f"DIALTRAIL_URL: the ledger is at {url}, and was not looked at"
    return [Finding("ledger", "note", what, "run dialtrail doctor on that machine, too")]


def _ledger(settings: Settings, around: Around) -> list[Finding]:
    folder = settings.home
    try:
        if settings.database_url is None:
            facts = read_ledger_file(folder / LEDGER_FILE, around.monotonic)
            found = ledger_findings(facts, folder, around.clock())
            found += wal_findings(folder, settings.wal_bytes_max)
            if settings.keys_url is None:
                found += keys_findings(read_keys_file(folder), folder)
            found.append(sqlite_finding(sqlite3.sqlite_version_info))
        else:
            found = [
                in_postgres(),
                *checksum_findings(has_checksums=has_checksums(settings.database_url.get_secret_value())),
            ]
        there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
        found += unusable_findings(folder, there)
        found.append(disk_finding(folder, around.free_bytes(there)))
        return [*found, *(rights_findings(folder) if folder.is_dir() else [])]
    except OSError as error:
        what = f"DIALTRAIL_HOME: {folder} cannot be looked into ({error.strerror})"
        return [Finding("ledger", "danger", what, "name a folder that you may read and write")]


async def _through(way: Way, settings: Settings, around: Around) -> list[Finding]:
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False) as http:
        if way.url is None:
            found = nobody_is_up(settings.host, settings.port)
        else:
            found = await server_findings(http, way.url)
        found += await webhook_findings(settings, way.url, http, way.ask, around.clock())
        found += await silence_findings(way.ask)
        found += await alerts_findings(way.ask)
        found += await answer_findings(settings, way.url, http)
    return [*found, *await pending_findings(way.ask, around.clock(), settings.reconcile_after_seconds)]
