"""All views together: folded in one pass from the same changes, written in one transaction with how far they have come."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated

from msgspec import Meta
from sqlalchemy import Connection, Table, func, select

from domain.events import Recorded
from domain.recipient import StreamOf
from projections import (
    attempt_index,
    call_hours,
    call_index,
    call_once,
    campaign_summary,
    outcome_index,
    quarantined,
    recipient_status,
)
from projections.changes import ReadStreams, Standing, Tracker
from projections.erasures_seen import ErasuresSeen, put_seen, seen_up_to, stored_seen
from projections.parked import left_out, put_parked
from projections.store import PROGRESS, ViewsProgress, ViewStore, ViewsUnusable, instant, micros

VERSIONS: Mapping[str, int] = {
    view.NAME: view.VERSION
    for view in (
        recipient_status,
        attempt_index,
        call_index,
        campaign_summary,
        call_hours,
        quarantined,
        outcome_index,
    )
}
ViewName = Annotated[str, Meta(extra_json_schema={"enum": list(VERSIONS)})]
TABLES: Mapping[str, tuple[Table, ...]] = {
    recipient_status.NAME: (
        recipient_status.ENROLLMENT,
        recipient_status.KIND,
        recipient_status.SPELLING,
        recipient_status.DECLINED,
        recipient_status.STATUS,
        recipient_status.HISTORY,
        recipient_status.SUPPRESSION,
    ),
    attempt_index.NAME: (attempt_index.ATTEMPT,),
    call_index.NAME: (call_index.CALL, call_once.CALL_ONCE),
    campaign_summary.NAME: (campaign_summary.CAMPAIGN, campaign_summary.CHECKPOINT, campaign_summary.PACE),
    call_hours.NAME: (call_hours.CALL_HOUR, call_hours.CALL_MINUTE, call_hours.CALL_ZONE),
    quarantined.NAME: (quarantined.QUARANTINED,),
    outcome_index.NAME: (outcome_index.OUTCOME,),
}
ReadFeed = Callable[[int, int], Sequence[Recorded]]


class ViewWriter:
    """Carries one set of tables forward. One thread at a time uses it."""

    def __init__(
        self,
        store: ViewStore,
        read_streams: ReadStreams,
        read_feed: ReadFeed,
        stream_of: StreamOf,
        fingerprint: str | None,
        begun_at: int = 0,
    ) -> None:
        """Go on where the tables are. Raises `ViewsUnusable` where they do not fit the code, the ledger or the account.

        Empty ones are begun after all erasures up to the position `begun_at`.
        """
        self.store = store
        self.progress = store.progress(VERSIONS)
        _check_fits(self.progress, read_feed, fingerprint)
        with store.reading() as connection:
            self.left_out = left_out(connection)
            campaigns = campaign_summary.campaigns(connection)
            self._summary = campaign_summary.load(connection, self.progress.position)
            self._stored_erasures = stored_seen(connection)
        if self.progress.position:
            self.erasures = self._stored_erasures or seen_up_to(read_streams, self.progress.position)
        else:
            self.erasures = ErasuresSeen(begun_at)
        self._attempts = attempt_index.AttemptFold()
        self._connection: Connection | None = None
        self._tracker = Tracker(
            read_streams,
            read_feed,
            self._read_standings,
            self._read_spellings,
            self._find_by_prefix,
            self._find_judged,
            self._find_everybody,
            self._find_since,
            stream_of,
            fingerprint,
        )
        self._tracker.begin_at(self.progress.position, campaigns, self.progress.fingerprint or None)

    @property
    def position(self) -> int:
        """The last event that the tables have applied."""
        return self.progress.position

    def advance(self, batch: Sequence[Recorded]) -> None:
        """Apply the events that follow, and commit. After an error the writer is of no more use: make another."""
        for part in Tracker.cut(batch):
            with self._writing() as connection:
                self._connection = connection
                changes = self._tracker.changes(part)
                recipient_status.write(connection, changes)
                self._attempts.write(connection, changes)
                call_index.write(connection, changes)
                self._summary.write(connection, changes, part[-1].position)
                call_hours.write(connection, changes)
                quarantined.write(connection, part)
                outcome_index.write(connection, changes, part)
                wrong = self._tracker.taken_not_judged()
                put_parked(connection, [(recorded, f"{kind} in {recorded.name}") for recorded, kind in wrong])
                told = left_out(connection) if wrong else self.left_out
                progress = self._write_progress(connection, part)
            self.progress, self.left_out = progress, told
            self._connection = None

    def park(self, recorded: Recorded, error: str) -> None:
        """Leave an event out, and remember that."""
        with self._writing() as connection:
            put_parked(connection, [(recorded, error)])
            told = left_out(connection)
            progress = self._write_progress(connection, [recorded])
        self.progress, self.left_out = progress, told

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction that goes on where this writer is; raises `ViewsMoved` where another one has gone on from there."""
        with self.store.writing() as connection:
            self.store.move_from(connection, VERSIONS, self.progress)
            yield connection

    def _write_progress(self, connection: Connection, taken_in: Sequence[Recorded]) -> ViewsProgress:
        last = taken_in[-1]
        self.erasures = self.erasures.after(taken_in)
        if self.erasures != self._stored_erasures:
            put_seen(connection, self.erasures)
            self._stored_erasures = self.erasures
        progress = ViewsProgress(
            last.position, last.event_id, micros(last.recorded_at), self._tracker.fingerprint or ""
        )
        self.store.move_to(connection, VERSIONS, progress)
        return progress

    def _read_standings(self, places: Sequence[int]) -> Mapping[int, Standing]:
        if self._connection is None:
            raise RuntimeError("standings are read while a batch is written")
        return recipient_status.standings_at(self._connection, places)

    def _read_spellings(self, streams: Collection[str]) -> Mapping[str, Sequence[str]]:
        if self._connection is None:
            raise RuntimeError("spellings are read while a batch is written")
        return recipient_status.spellings_of(self._connection, streams)

    def _find_by_prefix(self, prefix: str) -> Sequence[str]:
        if self._connection is None:
            raise RuntimeError("streams are found while a batch is written")
        return recipient_status.streams_with_prefix(self._connection, prefix)

    def _find_since(self, position: int) -> Sequence[str]:
        if self._connection is None:
            raise RuntimeError("streams are found while a batch is written")
        return recipient_status.streams_standing_since(self._connection, position)

    def _find_judged(self, campaign: int) -> Sequence[str]:
        if self._connection is None:
            raise RuntimeError("streams are found while a batch is written")
        return recipient_status.streams_judged(self._connection, campaign, attempt_index.ATTEMPT.c.stream)

    def _find_everybody(self, campaign: int) -> Sequence[str]:
        if self._connection is None:
            raise RuntimeError("streams are found while a batch is written")
        return recipient_status.streams_enrolled(self._connection, campaign)


def _check_fits(progress: ViewsProgress, read_feed: ReadFeed, fingerprint: str | None) -> None:
    if progress.position:
        found = read_feed(progress.position - 1, 1)
        if not found or (found[0].position, found[0].event_id) != (progress.position, progress.event_id):
            raise ViewsUnusable("the ledger is not the one that they were made from")
        if fingerprint is not None and progress.fingerprint not in {"", fingerprint}:
            raise ViewsUnusable("the account behind MINIVOICE_API_KEY is another one")


class ViewsSnapshot:
    """One read of the views: every query sees the same moment."""

    def __init__(self, connection: Connection, progress: ViewsProgress) -> None:
        self.connection = connection
        self.position = progress.position
        self.fingerprint = progress.fingerprint or None
        self.recorded_at = instant(progress.recorded_at) if progress.position else None


@contextmanager
def snapshot(store: ViewStore) -> Iterator[ViewsSnapshot]:
    """Read the views."""
    with store.reading() as connection:
        row = connection.execute(select(PROGRESS).limit(1)).one_or_none()
        progress = (
            ViewsProgress()
            if row is None
            else ViewsProgress(row.position, row.event_id, row.recorded_at, row.fingerprint)
        )
        yield ViewsSnapshot(connection, progress)


def rows_in(connection: Connection, view: str) -> int:
    """How many rows a view has."""
    return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES[view])


def summaries_at(
    taken: ViewsSnapshot,
    numbers: Collection[int],
    position: int | None,
    read_streams: ReadStreams,
    read_feed: ReadFeed,
    stream_of: StreamOf,
) -> dict[int, campaign_summary.CampaignSummary]:
    """Campaigns' figures now, or at a position: the checkpoint before it, and what changed from there."""
    if position is None:
        return {n: campaign_summary.counters_now(taken.connection, n).summary() for n in numbers}
    begin = campaign_summary.checkpoint_up_to(position)
    known = {n: campaign_summary.counters_at_checkpoint(taken.connection, n, begin) for n in numbers}
    fold = campaign_summary.SummaryFold(known, begin)
    tracker = _tracker_at(taken, begin, read_streams, read_feed, stream_of)
    batch = [one for one in read_feed(begin, campaign_summary.CHECKPOINT_POSITIONS) if one.position <= position]
    if batch:
        summed = campaign_summary.SummedChanges()
        for change in tracker.changes(batch):
            summed.take(change)
        fold.add(summed, {})
    return {n: fold.counters[n].summary() for n in numbers}


def _tracker_at(
    taken: ViewsSnapshot, begin: int, read_streams: ReadStreams, read_feed: ReadFeed, stream_of: StreamOf
) -> Tracker:
    """What follows changes from a checkpoint on."""

    def read_standings(places: Sequence[int]) -> Mapping[int, Standing]:
        return recipient_status.standings_at(taken.connection, places, begin)

    def read_spellings(streams: Collection[str]) -> Mapping[str, Sequence[str]]:
        return recipient_status.spellings_of(taken.connection, streams)

    def find_by_prefix(prefix: str) -> Collection[str]:
        return recipient_status.streams_with_prefix(taken.connection, prefix)

    def find_since(position: int) -> Collection[str]:
        return recipient_status.streams_standing_since(taken.connection, position)

    def find_judged(campaign: int) -> Collection[str]:
        return recipient_status.streams_judged(taken.connection, campaign, attempt_index.ATTEMPT.c.stream)

    def find_everybody(campaign: int) -> Collection[str]:
        return recipient_status.streams_enrolled(taken.connection, campaign)

    tracker = Tracker(
        read_streams,
        read_feed,
        read_standings,
        read_spellings,
        find_by_prefix,
        find_judged,
        find_everybody,
        find_since,
        stream_of,
        taken.fingerprint,
    )
    tracker.begin_at(begin, campaign_summary.campaigns(taken.connection, begin))
    return tracker
