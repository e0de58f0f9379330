"""One share of the views, in a file of its own that is thrown away: no index but the keys, nothing that is kept for a crash."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Index
from sqlalchemy.schema import CreateIndex

from domain.account import DestinationHeld, DestinationReleased
from domain.campaign import CampaignCanceled, CampaignCompleted
from domain.events import Recorded
from domain.recipient import StreamOf
from projections.campaign_summary import MAKE_MOVES, SummaryShare
from projections.changes import ReadStreams
from projections.outcome_index import OUTCOME
from projections.parked import parked
from projections.recipient_status import ENROLLMENT, STATUS, SUPPRESSION
from projections.shares import NotShared
from projections.store import ViewStore, scratch_store
from projections.views import ReadFeed, ViewWriter

_SEARCHES = (DestinationHeld, DestinationReleased, CampaignCanceled, CampaignCompleted)
"""The events after which the tables are searched by more than their keys; many a ledger has none of them."""
_SEARCHED = (ENROLLMENT, STATUS, OUTCOME)


def new_part(path: Path) -> ViewStore:
    """An empty file for a share."""
    store = scratch_store(path)
    store.create(indexed=(SUPPRESSION,))
    with store.writing() as connection:
        connection.exec_driver_sql(MAKE_MOVES)
    return store


class ShareWriter(ViewWriter):
    """Folds a share from the first event on. Raises `NotShared` where an event could not be judged: that is for one to tell."""

    def __init__(
        self,
        store: ViewStore,
        read_streams: ReadStreams,
        read_feed: ReadFeed,
        stream_of: StreamOf,
        fingerprint: str | None,
    ) -> None:
        super().__init__(store, read_streams, read_feed, stream_of, fingerprint)
        self._summary = SummaryShare()
        self._is_searched = False

    def keep_folds(self, folds_max: int) -> None:
        """Keep no more people, and no more calls, at hand than these."""
        self._tracker.keep_folds(folds_max)

    def advance(self, batch: Sequence[Recorded]) -> None:
        """Apply the events of the share that follow."""
        if not self._is_searched and any(isinstance(one.event, _SEARCHES) for one in batch):
            self._is_searched = True
            with self.store.writing() as connection:
                for table in _SEARCHED:
                    for index in sorted(table.indexes, key=_name_of):
                        connection.execute(CreateIndex(index))
        super().advance(batch)
        if self.left_out is not None:
            with self.store.reading() as connection:
                raise NotShared(f"{parked(connection, 1)[0].error} could not be judged")


def _name_of(index: Index) -> str:
    return str(index.name)
