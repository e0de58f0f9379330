from msgspec.structs import replace

from entrypoints.doctor.finding import Finding
from entrypoints.doctor.upgrade.ledger_part import (
    VIEW_BYTES_AN_EVENT,
    ledger_findings,
    room_findings,
    server_findings,
    views_findings,
)
from entrypoints.doctor.upgrade.scan import Scanned

MIB = 1024**2
WHOLE = Scanned(events=1_000, seconds=0.01, is_all=True)


def levels(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(one.part, one.level) for one in findings]


def test_a_quiet_ledger_that_can_be_read_is_ok() -> None:
    found = ledger_findings(1_000, MIB, None, WHOLE)

    assert levels(found) == [("ledger", "ok"), ("rule data", "note")]
    assert found[0].what == "the ledger has 1,000 events, 1.0 MiB, and this version can read each of them"


def test_events_that_cannot_be_read_stand_against_the_upgrade() -> None:
    found = ledger_findings(1_000, MIB, None, replace(WHOLE, unreadable=("event 3 is damaged",), unreadable_count=4))

    assert levels(found)[0] == ("ledger", "danger")
    assert found[0].what == "4 events of the ledger cannot be read: event 3 is damaged"


def test_a_ledger_that_was_not_read_to_its_beginning_is_said_to_be_that() -> None:
    found = ledger_findings(5_000, MIB, None, replace(WHOLE, is_all=False, seconds=20.2))

    assert levels(found)[0] == ("ledger", "note")
    assert "can read the newest 1,000, and 20 s were over then" in found[0].what


def test_what_is_under_way_and_who_is_judged_otherwise_is_warned_of() -> None:
    busy = replace(
        WHOLE, running=tuple("abcdefg"), under_way=3, other_spellings=2, zones_missing=("Mars/Base", "Mars/Port")
    )

    told = [one.what for one in ledger_findings(1_000, MIB, "{}", busy) if one.part == "pending"]
    assert [text.partition(":")[0] for text in told] == [
        "7 campaigns not paused",
        "3 attempts without an outcome",
        "2 enrolments of a number in another spelling than is meant",
        "zones that this version's data does not have",
    ]
    assert told[0].endswith("a, b, c, d, e and 2 more")
    assert told[3].endswith("Mars/Base, Mars/Port; their people are held")


def test_the_time_of_new_views_goes_by_what_reading_took_here() -> None:
    assert "some 24 s by one process" in views_findings(200_000, WHOLE)[0].what
    assert "some 20 min by one process" in views_findings(10_000_000, WHOLE)[0].what
    assert "some 0 s by one process" in views_findings(0, Scanned(events=0, seconds=0.0, is_all=True))[0].what


def test_room_is_wanted_for_new_views_and_for_a_backup() -> None:
    size, views = 300 * MIB, 100 * MIB + VIEW_BYTES_AN_EVENT * 1_000

    assert levels(room_findings(1_000, size, views - 1)) == [("ledger", "danger")]
    assert levels(room_findings(1_000, size, views + size - 1)) == [("ledger", "warning")]
    assert levels(room_findings(1_000, size, views + size)) == [("ledger", "ok")]


def test_what_is_to_be_known_of_a_server_is_noted() -> None:
    assert server_findings(["the ledger is in PostgreSQL 18.1"]) == [
        Finding("server", "note", "the ledger is in PostgreSQL 18.1")
    ]
