"""What Prometheus reads of subscriptions: one series for each, of which there are at most 100."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime

from msgspec import Struct
from prometheus_client.core import GaugeMetricFamily, Metric

from adapters.ledger import Ledger
from adapters.outbox import Outbox
from application.subscriptions.reading import all_subscriptions


class SubscriptionStanding(Struct, frozen=True, kw_only=True):
    """Where one stands: `next_at` is when the first event was recorded that it has yet to be told; None where there is none."""

    subscription_id: str
    behind: int
    next_at: datetime | None
    waiting: int
    dead: int
    failing_since: datetime | None


def standings(ledger: Ledger, outbox: Outbox) -> list[SubscriptionStanding]:
    """Of all that have not ended and that the outbox knows."""
    found = []
    for name, state in sorted(all_subscriptions(ledger).items()):
        place = None if state.ended else outbox.place(name)
        if place is None:
            continue
        following = ledger.read_feed(place.position, 1)
        waiting, dead = outbox.counts(name)
        found.append(
            SubscriptionStanding(
                subscription_id=name,
                behind=max(0, ledger.position - place.position),
                next_at=following[0].recorded_at if following else None,
                waiting=waiting,
                dead=dead,
                failing_since=place.failing_since,
            )
        )
    return found


class SubscriptionMetrics:
    """Shows what was found last: whoever asks does not wait for the outbox."""

    def __init__(self, found: Callable[[], Collection[SubscriptionStanding]], clock: Callable[[], datetime]) -> None:
        self._found = found
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """All of it, now."""
        found, now = self._found(), self._clock()

        def seconds(since: datetime | None) -> float:
            return 0.0 if since is None else max(0.0, (now - since).total_seconds())

        told: list[tuple[str, str, Callable[[SubscriptionStanding], float]]] = [
            ("behind_events", "Events that a subscription has yet to be told.", lambda one: one.behind),
            ("behind_seconds", "How long ago the first of them was recorded.", lambda one: seconds(one.next_at)),
            ("waiting", "Deliveries that failed, and those that wait behind them.", lambda one: one.waiting),
            ("dead", "Deliveries that were given up.", lambda one: one.dead),
            ("failing_seconds", "For how long no delivery was taken.", lambda one: seconds(one.failing_since)),
        ]
        for name, means, value in told:
            family = GaugeMetricFamily(f"dialtrail_subscription_{name}", means, labels=("subscription",))
            for one in found:
                family.add_metric((one.subscription_id,), value(one))
            yield family
