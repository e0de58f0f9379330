"""What Prometheus reads of alerts."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from application.alerts.kept import AlertMemory
from application.queries.attention import NEEDS

RESULTS = ("sent", "failed", "given_up")


class AlertMetrics:
    """Counts what became of messages, and looks up which alerts are on."""

    def __init__(self, memory: AlertMemory) -> None:
        self._memory = memory
        self._mails: Counter[str] = Counter()

    def mail(self, result: str) -> None:
        """A message was `sent`, `failed` to be, or was `given_up`."""
        self._mails[result] += 1

    def collect(self) -> Iterator[Metric]:
        """All of it, now."""
        kept = self._memory.kept
        on = Counter(one.condition.need for one in kept.on.values() if one.raised_at is not None)
        alerts = GaugeMetricFamily("dialtrail_alerts", "Alerts that are on.", labels=("need",))
        for need in NEEDS:
            alerts.add_metric((need,), on[need])
        yield alerts
        mails = CounterMetricFamily("dialtrail_alert_mails", "Messages, by what came of them.", labels=("result",))
        for result in RESULTS:
            mails.add_metric((result,), self._mails[result])
        yield mails
        waiting = GaugeMetricFamily("dialtrail_alert_mails_waiting", "Messages that are still to be sent.")
        waiting.add_metric((), len(kept.mails))
        yield waiting
