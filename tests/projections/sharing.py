"""A history folded by several, each a share of it, and merged."""

from pathlib import Path

from projections.merging import merged_file
from projections.shares import Shares
from projections.sharing import fold_share
from projections.store import ViewsProgress, micros
from projections.views import VERSIONS
from tests.projections.feed_ledger import FeedLedger
from tests.projections.kept_world import stream_of


def shares_of(ledger: FeedLedger, of: int) -> Shares:
    """Who takes what."""
    shares = Shares(of, stream_of)
    shares.take(ledger.feed)
    return shares.settled()


def parts_of(
    ledger: FeedLedger, of: int, folder: Path, fingerprint: str | None, looked_at_max: int = 1_000
) -> list[Path]:
    """The files of all shares."""
    parts = [folder / f"part{place}.db" for place in range(of)]
    for place, part in enumerate(parts):
        fold_share(ledger, fingerprint, place, of, ledger.position, part, lambda _: None, looked_at_max)
    return parts


def progress_of(ledger: FeedLedger) -> ViewsProgress:
    """Where the ledger is."""
    last = ledger.feed[-1]
    return ViewsProgress(last.position, last.event_id, micros(last.recorded_at))


def merged(ledger: FeedLedger, of: int, folder: Path, fingerprint: str | None, looked_at_max: int = 1_000) -> Path:
    """The views made by so many, in portions of so many events."""
    parts = parts_of(ledger, of, folder, fingerprint, looked_at_max)
    merged_file(folder / "merged.db", parts, VERSIONS.items(), progress_of(ledger))
    return folder / "merged.db"
