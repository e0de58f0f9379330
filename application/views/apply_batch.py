"""Batches of events applied to the views; one that cannot be folded or stored is left out, and shown, and stops no view."""

from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from application.views.heard import HeardOf
from application.views.places import LedgerReads
from domain.errors import LedgerError
from domain.events import Recorded
from projections.store import ViewsMoved, ViewStore, ViewsUnusable
from projections.store_errors import is_of_values
from projections.views import ViewWriter

log = structlog.get_logger("dialtrail.projector")


def writers(ledger: LedgerReads, fingerprint: str | None, heard: HeardOf) -> Callable[[ViewStore], ViewWriter]:
    """Makes writers that go on with what a store holds, forgetting what was in memory."""
    return lambda store: ViewWriter(
        store, ledger.read_streams, ledger.read_feed, ledger.recipient_stream, fingerprint, heard.come_to_end()
    )


def apply_batch(
    writer: ViewWriter, batch: Sequence[Recorded], writer_on: Callable[[ViewStore], ViewWriter]
) -> ViewWriter:
    """Apply a batch, leaving out what cannot be folded or stored; the writer to go on with. `writer_on` makes another one."""
    try:
        writer.advance(batch)
    except (ViewsMoved, ViewsUnusable, LedgerError, OSError):
        raise
    except Exception as error:
        if isinstance(error, SQLAlchemyError) and not is_of_values(error):
            raise
        writer = writer_on(writer.store)
        if writer.position >= batch[-1].position:
            return writer  # another process was faster: that was what the database refused
        if len(batch) == 1:
            _lead_past(writer, batch[0], type(error).__name__)
            return writer
        middle = len(batch) // 2
        for half in (batch[:middle], batch[middle:]):
            missing = [one for one in half if one.position > writer.position]
            if missing:
                writer = apply_batch(writer, missing, writer_on)
    return writer


def _lead_past(writer: ViewWriter, recorded: Recorded, kind: str) -> None:
    log.error("an event is left out of the views", position=recorded.position, name=recorded.name, kind=kind)
    writer.park(recorded, f"{kind} in {recorded.name}")
