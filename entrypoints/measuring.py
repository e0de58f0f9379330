"""What the metrics see of a running Dialtrail."""

from collections.abc import Callable
from datetime import datetime

from adapters.ledger import Ledger
from adapters.log_lines import LogLines
from adapters.wal_files import WalFiles
from application.campaign_figures import CampaignFigures
from application.drift import warn_of_drift
from application.metrics import Gauges, Metrics
from application.views import Views
from application.wish_metrics import ScheduleMetrics
from projections.in_flight import InFlight


def measure(
    metrics: Metrics,
    ledger: Ledger,
    projector: Views,
    in_flight: InFlight,
    lines: LogLines,
    wals: WalFiles,
    clock: Callable[[], datetime],
) -> None:
    """Let the metrics see each commit, and what can be read off at any time."""
    ledger.add_own_listener(metrics.recorded)
    ledger.add_own_listener(warn_of_drift)
    ledger.add_observer(metrics.commit)
    metrics.add(ScheduleMetrics(in_flight.campaigns, clock).collect)
    metrics.watch(
        Gauges(
            waiting=ledger.waiting,
            position=lambda: ledger.position,
            views_behind=projector.behind,
            calls_in_flight=lambda: len(in_flight.calls.open),
            log_lines_dropped=lambda: lines.dropped,
            wal_bytes=wals.sizes,
        )
    )
    metrics.add(CampaignFigures(in_flight, clock).collect)
