"""One share of all views made from a ledger: first it is found out what belongs together, then the share is folded."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

from domain.events import Recorded
from projections.share_writer import ShareWriter, new_part
from projections.shares import LINKS, Shares

LOOKED_AT_MAX = 5_000
FOLDS_KEPT_MAX = 6_000
"""By all shares together, of people and of calls."""


class SharedLedger(Protocol):
    """What is asked of the ledger."""

    def read_streams(self, streams: Collection[str], up_to_position: int) -> Mapping[str, Sequence[Recorded]]:
        """Several streams' events up to a position."""

    def read_feed(self, after_position: int, events_max: int) -> Sequence[Recorded]:
        """Events in the ledger's order, after a position."""

    def read_some(
        self, after_position: int, looked_at_max: int, is_wanted: Callable[[str, str], bool]
    ) -> tuple[int, list[Recorded]]:
        """Of the next events those whose stream and name are wanted, and the last position that was looked at."""

    def recipient_stream(self, number: str) -> str:
        """The stream of a number, under the ledger's key."""


def fold_share(
    ledger: SharedLedger,
    fingerprint: str | None,
    share: int,
    of: int,
    up_to: int,
    path: Path,
    come_to: Callable[[int], None],
    looked_at_max: int = LOOKED_AT_MAX,
) -> None:
    """Make a file of one share of `of`, with what there is up to a position; `come_to` is told how far it is.

    Raises `NotShared` where all has to be done by one.
    """
    shares = Shares(of, ledger.recipient_stream)
    for _, some in _read(ledger, up_to, looked_at_max, lambda _, name: name in LINKS):
        shares.take(some)
        come_to(0)
    own, share_of = (None, share), shares.settled().share_of
    with closing(new_part(path)) as store:
        writer = ShareWriter(store, ledger.read_streams, ledger.read_feed, ledger.recipient_stream, fingerprint)
        writer.keep_folds(FOLDS_KEPT_MAX // of)
        for position, some in _read(ledger, up_to, looked_at_max, lambda stream, _: share_of(stream) in own):
            if some:
                writer.advance(some)
            come_to(position)


def _read(
    ledger: SharedLedger, up_to: int, looked_at_max: int, is_wanted: Callable[[str, str], bool]
) -> Iterator[tuple[int, list[Recorded]]]:
    """Portions of the events that are wanted, up to a position, and how far each goes."""
    position = 0
    while position < up_to:
        looked_at, some = ledger.read_some(position, looked_at_max, is_wanted)
        if looked_at == position:
            return
        position = looked_at
        yield position, [one for one in some if one.position <= up_to] if position > up_to else some
