"""What the outbox keeps, and one that an older Dialtrail made."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.outbox import OUTBOX_FILE, OWN_WAITING, Outbox
from adapters.outbox_rows import Letter, OldSecret, SubscriberPlace, Try

HOUR = timedelta(hours=1)
AT = datetime(2026, 5, 29, 12, tzinfo=UTC)
PLACE = SubscriberPlace(subscription_id="crm", secret="whsec_x", position=3, event_id="e3")
OLD_TABLES = """
CREATE TABLE place (
    subscription TEXT PRIMARY KEY, secret TEXT NOT NULL, position INTEGER NOT NULL, event_id TEXT NOT NULL,
    reached INTEGER NOT NULL, failing_since REAL, failing_last TEXT) WITHOUT ROWID;
CREATE TABLE letter (
    subscription TEXT NOT NULL, position INTEGER NOT NULL, nth INTEGER NOT NULL, lane TEXT NOT NULL,
    again INTEGER NOT NULL, tries INTEGER NOT NULL, first_at REAL, next_at REAL, dead_at REAL, status INTEGER, why TEXT,
    PRIMARY KEY (subscription, position, nth)) WITHOUT ROWID;
INSERT INTO place VALUES ('crm', 'whsec_x', 3, 'e3', 0, NULL, NULL);
INSERT INTO letter VALUES ('crm', 2, 0, 'recipient:a', 0, 4, 1.0, 2.0, NULL, 500, 'answered 500');
"""


def letter(position: int, nth: int = 0, *, dead_at: datetime | None = None) -> Letter:
    return Letter(
        position=position,
        nth=nth,
        lane="recipient:a",
        kind="outcome.changed",
        stream="recipient:a",
        campaign_id="spring",
        first_at=AT,
        dead_at=dead_at,
    )


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    opened = Outbox(tmp_path)
    opened.put_place(PLACE)
    return opened


def tried(one: Letter) -> Try:
    return Try(position=one.position, nth=one.nth, at=AT, seconds=0.1, status=500, why=None, request="{}", answer=b"no")


def test_what_is_written_is_read_as_it_was(outbox: Outbox) -> None:
    waits, dead = letter(1), letter(2, 1, dead_at=AT)
    outbox.write(PLACE, [waits, dead], [], [tried(waits)])
    assert (outbox.waiting("crm"), outbox.dead("crm")) == ([waits], [dead])
    assert outbox.counts("crm") == (1, 1)
    assert outbox.tries("crm", 5) == outbox.tries("crm", 5, (1, 0)) == [tried(waits)]
    assert outbox.dead("crm", 3) == outbox.dead("crm", 0, 1) == outbox.waiting("other") == []

    outbox.write(PLACE, [], [waits], [])
    assert outbox.counts("crm") == (0, 1)


def test_secrets_are_kept_and_in_no_repr_and_old_ones_end(outbox: Outbox) -> None:
    old = (OldSecret("whsec_b", AT + HOUR), OldSecret("whsec_c", AT))
    outbox.put_secrets(replace(PLACE, position=9, secret="whsec_a", old_secrets=old))
    place = outbox.place("crm")
    assert place is not None
    assert (place.position, place.secret, place.old_secrets) == (3, "whsec_a", old)
    assert place.secrets_at(AT) == ("whsec_a", "whsec_b")
    assert place.secrets_at(AT + HOUR) == ("whsec_a",)
    assert "whsec" not in f"{place!r} {place.old_secrets!r}"


def test_a_replay_leaves_what_is_before_it(outbox: Outbox) -> None:
    outbox.put_letters("crm", [letter(1), letter(2), letter(3, dead_at=AT)])
    outbox.replay("crm", 1, "e1", 3)
    place = outbox.place("crm")
    assert place is not None
    assert (place.position, place.event_id, place.reached) == (1, "e1", 3)
    assert (outbox.waiting("crm"), outbox.dead("crm")) == ([letter(1)], [])


def test_the_tries_of_letters_and_the_last_ones_are_kept(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.outbox.TRIES_KEPT_MAX", 2)
    monkeypatch.setattr("adapters.outbox.DEAD_KEPT_MAX", 1)
    waits, dead = letter(1), [letter(2, dead_at=AT), letter(3, dead_at=AT.replace(hour=13))]
    delivered = [letter(position) for position in (4, 5, 6)]
    outbox.write(PLACE, [waits, *dead], [], [tried(one) for one in (waits, *delivered)])
    outbox.prune("crm")
    assert [one.position for one in outbox.tries("crm", 9)] == [6, 5, 1]
    assert outbox.dead("crm") == dead[1:]
    assert outbox.waiting("crm") == [waits]


def test_what_is_forgotten_is_gone_and_nothing_else(outbox: Outbox) -> None:
    outbox.put_letters("crm", [letter(1)])
    outbox.put_letters("other", [letter(1)])
    outbox.forget("crm")
    assert (outbox.place("crm"), outbox.waiting("crm"), outbox.waiting("other")) == (None, [], [letter(1)])


def test_a_letter_of_its_own_is_looked_up_however_many_others_wait(outbox: Outbox, tmp_path: Path) -> None:
    outbox.put_letters("crm", [letter(1)])
    with sqlite3.connect(tmp_path / OUTBOX_FILE) as connection:
        plan = str(connection.execute(f"EXPLAIN QUERY PLAN {OWN_WAITING}", ("log",)).fetchall())
    connection.close()
    assert "USING INDEX letter_own (lane=?)" in plan


def test_nothing_is_read_of_a_file_that_is_not_there_and_none_is_made(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    assert (outbox.place("crm"), outbox.waiting("crm"), outbox.counts("crm")) == (None, [], (0, 0))
    assert not outbox.is_there


def test_an_older_outbox_is_read_and_goes_on(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / OUTBOX_FILE) as connection:
        connection.executescript(OLD_TABLES)
    connection.close()
    Outbox(tmp_path).waiting("crm")  # whoever opens it first adds what it lacks
    outbox = Outbox(tmp_path)
    [old] = outbox.waiting("crm")
    assert (old.key, old.lane, old.tries, old.why) == ((2, 0), "recipient:a", 4, "answered 500")
    assert (old.kind, old.stream, old.campaign_id) == (None, None, None)
    assert outbox.place("crm") == PLACE
    outbox.write(PLACE, [letter(4)], [old], [tried(old)])
    assert outbox.waiting("crm") == [letter(4)]
    assert outbox.own_waiting("recipient:a") == set()
    outbox.close()
