"""The ledger of an earlier version: can it be read, what is under way in it, and what do new views cost?"""

from collections.abc import Sequence

from domain.counted import counted
from domain.dialing import RULES_NUMBER
from entrypoints.doctor.finding import Finding, Level, Part
from entrypoints.doctor.ledger_part import FREE_BYTES_DANGER, size_of
from entrypoints.doctor.upgrade.scan import Scanned

TIMES_READING = 12
"""A rebuild by one process took 8 to 13 times what reading and decoding the events took (docs/performance.md)."""
VIEW_BYTES_AN_EVENT = 500
"""The file of the views took 155 bytes an event where calls prevail, and 327 where enrolments do."""
CAMPAIGNS_TOLD_MAX = 5
PAUSE_FIRST = "before the old version is stopped: pause them, and wait until `dialtrail status` shows nobody dialing or in_progress"
SETTLE_FIRST = (
    "what is under way when the old version stops is unresolved then, and nobody calls these people until it is settled"
)


def ledger_findings(events: int, size: int, place: str | None, scanned: Scanned) -> list[Finding]:
    """What its events say. `size` is in bytes, `place` is known where this version has dialled on it already."""
    told = f"the ledger has {counted(events, 'event')}, {size_of(size)}"
    found = []
    if scanned.unreadable:
        what = f"{counted(scanned.unreadable_count, 'event')} of the ledger cannot be read: {'; '.join(scanned.unreadable)}"
        found.append(
            _found("ledger", "danger", what, "do not upgrade; restore ledger.db, or ask for help with these words")
        )
    elif scanned.is_all:
        found.append(_found("ledger", "ok", f"{told}, and this version can read each of them"))
    else:
        what = (
            f"{told}; this version can read the newest {scanned.events:,}, and {scanned.seconds:.0f} s were over then"
        )
        found.append(_found("ledger", "note", what, "try the upgrade on a copy, where all of it has to be read"))
    if place is not None:
        found.append(_found("ledger", "note", "this version, or a newer one, has dialled on this ledger already"))
    return [*found, *_under_way(scanned), *_rules(scanned)]


def _under_way(scanned: Scanned) -> list[Finding]:
    found = []
    if scanned.running:
        names = ", ".join(scanned.running[:CAMPAIGNS_TOLD_MAX])
        more = (
            ""
            if len(scanned.running) <= CAMPAIGNS_TOLD_MAX
            else f" and {len(scanned.running) - CAMPAIGNS_TOLD_MAX} more"
        )
        what = f"{counted(len(scanned.running), 'campaign')} not paused: {names}{more}"
        found.append(_found("pending", "warning", what, PAUSE_FIRST))
    if scanned.under_way:
        what = f"{counted(scanned.under_way, 'attempt')} without an outcome"
        found.append(_found("pending", "warning", what, SETTLE_FIRST))
    if scanned.other_spellings:
        what = (
            f"{counted(scanned.other_spellings, 'enrolment')} of a number in another spelling than is meant: all spellings are "
            "one person now, with one suppression, one set of caps and one open call"
        )
        found.append(
            _found("pending", "warning", what, "`dialtrail explain CAMPAIGN NUMBER` says who stands against a call")
        )
    if scanned.zones_missing:
        what = (
            f"zones that this version's data does not have: {', '.join(scanned.zones_missing)}; their people are held"
        )
        found.append(_found("pending", "warning", what, "update the machine's time zone files (the package tzdata)"))
    return found


def _rules(scanned: Scanned) -> list[Finding]:
    what = (
        f"verdicts are made by the rules of number {RULES_NUMBER}; those of an earlier number are kept as they are, and "
        "`dialtrail doctor --decisions` says that they cannot be recomputed"
    )
    return [_found("rule data", "note", what)] if scanned.events else []


def views_findings(events: int, scanned: Scanned) -> list[Finding]:
    """How long the views take to be made anew, by what reading this ledger took here."""
    seconds = events * TIMES_READING * scanned.seconds / max(1, scanned.events)
    long = f"some {seconds:.0f} s" if seconds < 120 else f"some {seconds / 60:.0f} min"
    what = (
        f"the views are made anew at the first start: {long} by one process, going by {scanned.events:,} events that were "
        f"read in {scanned.seconds:.2g} s, and {size_of(events * VIEW_BYTES_AN_EVENT)} of disk"
    )
    todo = "webhooks and calls in progress are answered meanwhile; nobody is called, and lists wait"
    return [_found("ledger", "note", what, todo)]


def room_findings(events: int, size: int, free_bytes: int) -> list[Finding]:
    """Whether the disk has room for new views beside the old ones, and for a backup of the ledger."""
    views = events * VIEW_BYTES_AN_EVENT + FREE_BYTES_DANGER
    what = f"{size_of(free_bytes)} free on the disk of the data folder; new views need up to {size_of(views)}"
    if free_bytes < views:
        return [_found("ledger", "danger", what, "make room: on a full disk webhooks are answered 503")]
    if free_bytes < views + size:
        return [_found("ledger", "warning", f"{what}, a backup {size_of(size)}", "keep the backup on another disk")]
    return [_found("ledger", "ok", f"{what}, a backup {size_of(size)}")]


def server_findings(notes: Sequence[str]) -> list[Finding]:
    """What is to be known of the server that the ledger is in."""
    return [_found("server", "note", text) for text in notes]


def _found(part: Part, level: Level, what: str, what_to_do: str = "") -> Finding:
    return Finding(part, level, what, what_to_do)
