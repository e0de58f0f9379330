"""The verifiable log's numbers, for Prometheus."""

from collections.abc import Callable, Iterator, Sequence

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

NUMBERS = (
    ("log_events", "Events in the verifiable log."),
    ("log_signed_events", "Events under the log's newest checkpoint."),
    ("log_behind_positions", "Positions of the ledger that the log has yet to come to."),
)


class LogFigures:
    """`look` gives each of the `NUMBERS`, or nothing while another process keeps the log."""

    def __init__(self) -> None:
        self.look: Callable[[], Sequence[float]] = tuple

    def collect(self) -> Iterator[Metric]:
        """All of it, now."""
        values = self.look()
        for place, (name, means) in enumerate(NUMBERS):
            family = GaugeMetricFamily(f"dialtrail_{name}", means)
            if values:
                family.add_metric((), values[place])
            yield family
