"""All that stands between an installation of an earlier version and this one, looked at while the old one may still run."""

from pathlib import Path

from adapters.folder_owner import read_owner
from adapters.ledger.place import PLACE
from adapters.ledger.sealing import SEALED
from adapters.ledger.unopened import UnopenedLedger, unopened_database, unopened_file
from adapters.rule_data import installed_rule_data
from adapters.sending_marks import EARLIER_MARKS_FILE, no_place_for_marks
from adapters.wal_files import LEDGER_FILE
from adapters.zone_files import use_newest_zone_files
from domain.errors import DialtrailError
from entrypoints.doctor.examination import Around
from entrypoints.doctor.finding import Finding
from entrypoints.doctor.ledger_part import rights_findings, unusable_findings
from entrypoints.doctor.rule_data_part import rule_data_findings
from entrypoints.doctor.upgrade.ledger_part import ledger_findings, room_findings, server_findings, views_findings
from entrypoints.doctor.upgrade.scan import scan
from entrypoints.doctor.upgrade.settings_part import settings_findings
from entrypoints.doctor.upgrade.way_back import sealed_finding, way_back_findings
from entrypoints.settings import Settings

ANYBODYS = 0o002
SEALED_SAYS = "the ledger is sealed: no earlier version began it, and its events are not read here"


def examine_upgrade(settings: Settings, around: Around) -> list[Finding]:
    """What would refuse to start or go otherwise. Writes nothing, takes no lock, leaves no file."""
    found = [*settings_findings(settings), *rule_data_findings(installed_rule_data(), use_newest_zone_files())]
    if settings.url is not None:
        what = f"DIALTRAIL_URL: the ledger is at {settings.url}, and was not looked at"
        return [*found, Finding("ledger", "note", what, "run dialtrail doctor --upgrade on that machine, too")]
    try:
        found += [*_folder(settings.home), *_marks(settings)]
        return [*found, *_ledger(settings, around)]
    except DialtrailError as error:
        return [*found, Finding("ledger", "danger", str(error), "mend it, then run again: dialtrail doctor --upgrade")]
    except OSError as error:
        what = f"DIALTRAIL_HOME: {settings.home} cannot be looked into ({error.strerror})"
        return [*found, Finding("ledger", "danger", what, "run it as the user of the old version")]


def _folder(folder: Path) -> list[Finding]:
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    found = unusable_findings(folder, there)
    if folder.is_dir():
        if folder.stat().st_mode & ANYBODYS:
            what = f"everybody on this machine may write into {folder}, and this version refuses to start there"
            found.append(Finding("ledger", "danger", what, f"run: chmod 700 {folder}"))
        found += rights_findings(folder)
    owner = read_owner(folder)
    if owner is not None:
        what = f"`dialtrail {owner.command}` (process {owner.pid}) may be running on {folder}: it was not disturbed"
        found.append(
            Finding("server", "note", what, "stop it before this version is started, not before all else is done")
        )
    return found


def _marks(settings: Settings) -> list[Finding]:
    fault = no_place_for_marks(settings.marks_folder)
    if fault is not None:
        what = f"{fault}; this version keeps there which requests are on the wire, and refuses to start without"
        return [
            Finding("settings", "danger", what, "in a container, mount a folder in memory that outlives the process")
        ]
    if not (settings.home / EARLIER_MARKS_FILE).exists():
        return []
    what = f"which requests are on the wire is kept in {settings.marks_folder} now; {EARLIER_MARKS_FILE} is taken away at the first start"
    todo = "in a container, mount a folder in memory there that outlives the process"
    return [Finding("settings", "note", what, todo)]


def _ledger(settings: Settings, around: Around) -> list[Finding]:
    folder = settings.home
    if settings.ledger_url is not None:
        with unopened_database(settings.ledger_url) as database:
            return [_none_yet()] if database is None else _events(database, settings, around)
    if not (folder / LEDGER_FILE).exists():
        return [_none_yet()]
    with unopened_file(folder / LEDGER_FILE) as file:
        found = _events(file, settings, around)
        return [*found, *room_findings(file.end(), file.bytes_on_disk(), around.free_bytes(folder))]


def _none_yet() -> Finding:
    return Finding(
        "ledger", "note", "there is no ledger yet", "run this with the environment and in the folder of the old version"
    )


def _events(ledger: UnopenedLedger, settings: Settings, around: Around) -> list[Finding]:
    found = server_findings(ledger.notes)
    if ledger.meta(SEALED) is not None:
        looked = Finding("ledger", "note", SEALED_SAYS, "dialtrail doctor and dialtrail verify look at them")
        return [*found, looked, sealed_finding()]
    scanned, events, place = scan(ledger, around.monotonic), ledger.end(), ledger.meta(PLACE)
    found += ledger_findings(events, ledger.bytes_on_disk(), place, scanned)
    found += way_back_findings(
        scanned, is_dialled=place is not None, divergence_requests=settings.divergence_requests_a_day_max
    )
    return [*found, *views_findings(events, scanned)]
