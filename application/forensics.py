"""The views rebuilt by the code as it is, in a folder beside, and compared with those that were stored before.

Nothing is written but that folder, which is removed: the ledger is only read, also while another process owns it.
"""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

from msgspec import Struct

from adapters.ledger import LedgerReader, open_reader
from adapters.wal_files import LEDGER_FILE
from application.views import VIEWS_FILE
from application.views.apply_batch import apply_batch
from domain.errors import InvalidInput
from projections import campaign_summary
from projections.forensics import Stored, WrongRow, WrongStatus, numbers_at, wrong_rows, wrong_statuses
from projections.parked import Parked, parked
from projections.store import SCHEMA, ViewsProgress, ViewStore, ViewsUnusable, portions, postgres_store, sqlite_store
from projections.views import VERSIONS, ViewWriter

BATCH_EVENTS_MAX = 5_000
PARKED_MAX = 100
FOLDER_PREFIX = "forensics-"

Moved = Callable[[int], None]
ItemT = TypeVar("ItemT")


class LedgerPlace(Struct, frozen=True, kw_only=True):
    """A position of the ledger, when it was written (UTC), and what happened there."""

    position: int
    recorded_at: datetime
    event: str


class Wrong(Struct, frozen=True, kw_only=True):
    """A recipient who was shown wrong, since when, and until when; `until` None where it still is so."""

    number: str
    campaign_id: str
    is_status: bool
    since: LedgerPlace
    until: LedgerPlace | None
    fields: Mapping[str, tuple[object, object]]


class Findings(Struct, frozen=True, kw_only=True):
    """What came of it: at which position both were, by which version of each view, and at most so many of what is wrong.

    `statuses_wrong` and `rows_wrong` count all of it; `left_out` are events that the code as it is cannot apply.
    """

    position: int
    recorded_at: datetime | None
    versions: Mapping[str, tuple[int | None, int]]
    statuses_wrong: int
    rows_wrong: int
    statuses: Sequence[Wrong]
    rows: Sequence[WrongRow]
    left_out: Sequence[Parked]

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.statuses_wrong or self.rows_wrong or self.left_out)


class ExaminedPlace(Struct, frozen=True):
    """A data folder, with the URL of the ledger's database and of that of its keys, where they have one."""

    home: Path
    url: str | None = None
    keys_url: str | None = None


def examine(
    place: ExaminedPlace, views: Path | None, campaign_id: str | None, shown_max: int, moved: Moved
) -> Findings:
    """Look at what is there. Raises `InvalidInput` and `ViewsUnusable`.

    `views` are kept ones; None: those in use. `moved` hears how many events were folded.
    """
    home, url = place.home, place.url
    if url is None and not (home / LEDGER_FILE).exists():
        raise InvalidInput("DIALTRAIL_HOME", f"there is no ledger in {home}; say which folder it is in")
    with ExitStack() as stack:
        beside = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX, dir=_room(home))))
        reader = stack.enter_context(closing(open_reader(home, url, place.keys_url)))
        before = stack.enter_context(closing(_stored(home, url, views, beside)))
        rebuilt = stack.enter_context(closing(sqlite_store(beside / "rebuilt.db")))
        with before.reading() as connection:
            progress, versions = Stored(before, connection).progress()
            _check(progress, reader)
            _fold(rebuilt, reader, progress, moved)
            with rebuilt.reading() as other:
                campaigns = campaign_summary.campaigns(other)
                campaign = _number_of(campaigns, campaign_id)
                pair = Stored(before, connection, campaign), Stored(rebuilt, other, campaign)
                statuses, rows = _some(wrong_statuses(*pair), shown_max), _some(wrong_rows(*pair), shown_max)
                numbers: dict[int, str] = {}
                for some in portions([one.place for one in statuses.items]):
                    numbers |= numbers_at(connection, some) | numbers_at(other, some)
                left_out = parked(other, PARKED_MAX)
        places = _Places(reader)
        return Findings(
            position=progress.position,
            recorded_at=places.at(progress.position).recorded_at if progress.position else None,
            versions={name: ((versions or VERSIONS).get(name), version) for name, version in VERSIONS.items()},
            statuses_wrong=statuses.count,
            rows_wrong=rows.count,
            statuses=[_told(one, numbers, campaigns, places) for one in statuses.items],
            rows=rows.items,
            left_out=left_out,
        )


def _stored(home: Path, url: str | None, views: Path | None, beside: Path) -> ViewStore:
    """Those that were stored before: of a file a copy, for it may be in use."""
    if url is not None and views is None:
        return postgres_store(url, SCHEMA)
    return sqlite_store(_copied(home / VIEWS_FILE if views is None else views, beside / "before.db"))


def _room(home: Path) -> Path | None:
    """The folder beside is on the same disk; with a ledger elsewhere, wherever the machine keeps such."""
    return home if home.is_dir() else None


def _copied(path: Path, to: Path) -> Path:
    """The views as they are at one moment, whoever has them open."""
    if not path.exists():
        raise InvalidInput(str(path), "there are no views stored to compare with")
    try:
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(to)) as target,
        ):
            source.backup(target)
    except sqlite3.Error as error:
        raise ViewsUnusable(f"{path} cannot be read as views ({error})") from error
    return to


def _check(progress: ViewsProgress, reader: LedgerReader) -> None:
    if progress.position:
        found = reader.read_feed(progress.position - 1, 1)
        if not found or (found[0].position, found[0].event_id) != (progress.position, progress.event_id):
            raise ViewsUnusable("the ledger is not the one that they were made from")


def _fold(rebuilt: ViewStore, reader: LedgerReader, progress: ViewsProgress, moved: Moved) -> None:
    """As far as the stored ones have come, and no further."""

    def writer_on(store: ViewStore) -> ViewWriter:
        return ViewWriter(
            store, reader.read_streams, reader.read_feed, reader.recipient_stream, progress.fingerprint or None
        )

    rebuilt.create()
    writer = writer_on(rebuilt)
    while writer.position < progress.position:
        batch = reader.read_feed(writer.position, BATCH_EVENTS_MAX)
        writer = apply_batch(writer, [one for one in batch if one.position <= progress.position], writer_on)
        moved(writer.position)


def _number_of(campaigns: Mapping[int, str], campaign_id: str | None) -> int | None:
    if campaign_id is None:
        return None
    for number, known in campaigns.items():
        if known == campaign_id:
            return number
    raise InvalidInput("--campaign", f"there was no campaign {campaign_id} yet where the stored views stand")


class _Some(Struct, Generic[ItemT]):
    """At most so many of the items, and how many there are."""

    items: list[ItemT]
    count: int


def _some(items: Iterator[ItemT], shown_max: int) -> _Some[ItemT]:
    first = list(islice(items, shown_max))
    return _Some(first, len(first) + sum(1 for _ in items))


class _Places:
    """Positions with their instants, each read once."""

    def __init__(self, reader: LedgerReader) -> None:
        self._reader = reader
        self._known: dict[int, LedgerPlace] = {}

    def at(self, position: int) -> LedgerPlace:
        """The event at a position."""
        if position not in self._known:
            one = self._reader.read_feed(position - 1, 1)[0]
            self._known[position] = LedgerPlace(position=one.position, recorded_at=one.recorded_at, event=one.name)
        return self._known[position]


def _told(one: WrongStatus, numbers: Mapping[int, str], campaigns: Mapping[int, str], places: _Places) -> Wrong:
    return Wrong(
        number=numbers.get(one.place, "?"),
        campaign_id=campaigns.get(one.campaign, "?"),
        is_status=one.is_status,
        since=places.at(one.from_position),
        until=None if one.to_position is None else places.at(one.to_position),
        fields=one.fields,
    )
