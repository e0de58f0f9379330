"""Makes a data folder with a long past, fast: campaigns that enrolled many people and called them, as the ledger keeps it.

    python history.py FOLDER EVENTS [--enrolled-only] [--campaigns N] [--seed S]

The events are the domain's own, written by the ledger's own mapper; only the way into the table is shorter than the
ledger's. Calls overlap as they do at `CALLS_PER_SECOND`. The same arguments give the same events; the pseudonym key differs.
"""

import argparse
import random  # noqa: TID251 - seeded, and chance comes in here
import secrets
import sqlite3
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from person import CALLER_NUMBER, DIALER, EVENTS_A_RECIPIENT, IN_VAIN, OPERATOR, Happening, Person, life  # noqa: E402

from adapters.event_mapper import EventMapper, Stamp  # noqa: E402
from adapters.ledger import open_sqlite_ledger  # noqa: E402
from domain import campaign, recipient  # noqa: E402
from domain.events import Event  # noqa: E402
from domain.identity import campaign_stream, recipient_stream  # noqa: E402
from domain.policy import Policy  # noqa: E402

BEGAN = datetime(2026, 5, 29, 12, tzinfo=UTC)
CALLS_PER_SECOND = 300
TICKS_PER_SECOND = 10
ROWS_ENROLLED_AT_ONCE = 1_000
ROWS_A_TRANSACTION = 50_000
CACHE_KIB = 1_000_000

Row = tuple[str, int, str, bytes]


def number_of(place: int) -> str:
    """The number of the recipient at a place, from 0."""
    return f"+1555{place:07}"


def campaign_of(place: int, campaigns: int) -> str:
    """The campaign of the recipient at a place."""
    return f"bench{place % campaigns}"


class Writing:
    """Rows on their way into the table."""

    def __init__(self, connection: sqlite3.Connection, chance: random.Random) -> None:
        self._connection = connection
        self._chance = chance
        self._mapper = EventMapper()
        self._rows: list[Row] = []
        self.events = 0

    def add(self, stream: str, version: int, at: datetime, metadata: Mapping[str, str], event: Event) -> None:
        """One event; written with many others."""
        event_id = f"{self._chance.getrandbits(128):032x}"
        self._rows.append(
            (
                stream,
                version,
                event.NAME,
                self._mapper.encode(stream, version, event_id, Stamp(recorded_at=at), metadata, event),
            )
        )
        if len(self._rows) >= ROWS_A_TRANSACTION:
            self.flush()

    def flush(self) -> None:
        """Commit what there is."""
        self.events += len(self._rows)
        with self._connection:
            self._connection.executemany(
                "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?,?,?,?)",
                self._rows,
            )
        self._rows.clear()


def make(
    folder: Path,
    events: int,
    *,
    enrolled_only: bool = False,
    campaigns: int = 1,
    seed: int = 1,
    zones: Sequence[str] = ("America/New_York",),
    held: int = 0,
    held_until: datetime = BEGAN,
    in_gap: int = 0,
    policy: Policy | None = None,
    began: datetime = BEGAN,
) -> int:
    """The data folder; how many events it has, close to what was asked for.

    `enrolled_only`: nobody was called yet. The people are in these zones in turn; so many of the first are suppressed until
    then, and so many were called in vain, and wait for the gap that the `policy` has. All of it happened from `began` on.
    """
    with _table_of(folder) as (connection, key):
        chance = random.Random(seed)  # noqa: S311
        writing = Writing(connection, chance)
        recipients = max(1, round(events / (1 if enrolled_only else EVENTS_A_RECIPIENT)))
        people, now = _enroll(writing, key, recipients, campaigns, zones, policy, began)
        for place in range(held):
            stream, number = recipient_stream(key, number_of(place)), number_of(place)
            suppressed = recipient.RecipientSuppressed(number=number, source="bench", expires_at=held_until)
            writing.add(stream, 2, now, OPERATOR, suppressed)
        for person in islice(people, in_gap):
            events = [event for happening in IN_VAIN for _, _, event in happening(person, now)]
            for version, event in enumerate(events, 2):
                writing.add(person.stream, version, now, DIALER, event)
        if not enrolled_only:
            now = _dial(writing, people, now, chance)
            for place in range(campaigns):
                stream = campaign_stream(campaign_of(place, campaigns))
                writing.add(stream, 3, now, OPERATOR, campaign.CampaignPaused(cause="operator"))
        writing.flush()
        return writing.events


@contextmanager
def _table_of(folder: Path) -> Iterator[tuple[sqlite3.Connection, bytes]]:
    """The database of a new data folder, which writes fast while it is open, and the key of its pseudonyms."""
    folder.mkdir(parents=True)
    open_sqlite_ledger(
        folder, clock=lambda: BEGAN, new_event_id=lambda: secrets.token_hex(16), new_key=secrets.token_bytes
    ).close()
    with closing(sqlite3.connect(folder / "ledger.db")) as connection:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        ((text,),) = connection.execute("SELECT value FROM ledger_meta WHERE name='pseudonym_key'")
        yield connection, bytes.fromhex(text)
        connection.execute("PRAGMA journal_mode=WAL")


def _enroll(
    writing: Writing,
    key: bytes,
    recipients: int,
    campaigns: int,
    zones: Sequence[str],
    policy: Policy | None,
    began: datetime,
) -> tuple[Iterator[Person], datetime]:
    now = began
    plan = campaign.Plan(
        caller_number=CALLER_NUMBER,
        limits=campaign.Limits(calls_per_second=CALLS_PER_SECOND, calls_at_once=10_000),
        policy=policy,
    )
    for place in range(campaigns):
        name = campaign_of(place, campaigns)
        created = campaign.CampaignCreated(campaign_id=name, plan=plan)
        writing.add(campaign_stream(name), 1, now, OPERATOR, created)
    for place in range(recipients):
        if place % ROWS_ENROLLED_AT_ONCE == 0:
            now += timedelta(milliseconds=40)
        number = number_of(place)
        enrolled = recipient.RecipientEnrolled(
            campaign_id=campaign_of(place, campaigns),
            number=number,
            zone=zones[place % len(zones)],
            variables={"name": f"Person {place}"},
            import_id="bench",
            line=place + 2,
        )
        writing.add(recipient_stream(key, number), 1, now, OPERATOR, enrolled)
    people = (
        Person(place, number_of(place), recipient_stream(key, number_of(place)), campaign_of(place, campaigns))
        for place in range(recipients)
    )
    return people, now


def _dial(writing: Writing, people: Iterator[Person], now: datetime, chance: random.Random) -> datetime:
    """Everybody's call: each tick a few begin, and what is due of those that have begun happens."""
    now += timedelta(seconds=1)
    due: deque[list[tuple[Happening, Person]]] = deque()
    tick = timedelta(seconds=1) / TICKS_PER_SECOND
    moment = timedelta(microseconds=1)
    left = True
    begun: set[str] = set()
    while left or due:
        happens = due.popleft() if due else []
        at = now
        for _ in range(CALLS_PER_SECOND // TICKS_PER_SECOND if left else 0):
            person = next(people, None)
            if person is None:
                left = False
                break
            if person.campaign_id not in begun:
                begun.add(person.campaign_id)
                writing.add(campaign_stream(person.campaign_id), 2, at, OPERATOR, campaign.CampaignStarted())
            for after, happening in life(chance):
                while len(due) <= after:
                    due.append([])
                due[after].append((happening, person))
        for happening, person in happens:
            at += moment
            for of_call, metadata, event in happening(person, at):
                if of_call:
                    person.call_version += 1
                    writing.add(person.call, person.call_version, at, metadata, event)
                else:
                    person.version += 1
                    writing.add(person.stream, person.version, at, metadata, event)
        now += tick
    return now


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("events", type=int)
    parser.add_argument("--enrolled-only", action="store_true")
    parser.add_argument("--campaigns", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began = time.perf_counter()
    made = make(
        given.folder, given.events, enrolled_only=given.enrolled_only, campaigns=given.campaigns, seed=given.seed
    )
    took = time.perf_counter() - began
    print(f"{made} events in {took:.1f} s, {made / took:,.0f} a second")
