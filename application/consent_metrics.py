"""What Prometheus reads of what people agreed to, declined, and had forgotten."""

from collections.abc import Iterator, Mapping, Sequence

from prometheus_client.core import CounterMetricFamily, Metric

from domain.events import Event, Recorded
from domain.ledger_life import DestroyedCause, KeysDestroyed
from domain.recipient import (
    ConsentGiven,
    ConsentRevoked,
    ConsentUsed,
    LegalHoldLifted,
    LegalHoldSet,
    RecipientDeclined,
    RecipientDeclineLifted,
    RecipientErased,
    RecipientErasureRequested,
)

CONSENTS: Mapping[type[Event], str] = {ConsentGiven: "given", ConsentRevoked: "revoked", ConsentUsed: "used"}
DECLINES: Mapping[type[Event], str] = {RecipientDeclined: "declined", RecipientDeclineLifted: "lifted"}
ERASURES: Mapping[type[Event], str] = {
    RecipientErasureRequested: "requested",
    RecipientErased: "erased",
    LegalHoldSet: "hold_set",
    LegalHoldLifted: "hold_lifted",
}
FAMILIES = (
    ("dialtrail_consents", "Consents, by what was recorded of them.", CONSENTS),
    ("dialtrail_declines", "What people declined, by what was recorded of it.", DECLINES),
    ("dialtrail_erasures", "Erasures of people, by what was recorded of them.", ERASURES),
)


class ConsentMetrics:
    """Counts since the start of the process, of what it recorded itself or heard of others."""

    def __init__(self) -> None:
        self._recorded: dict[type[Event], int] = dict.fromkeys((*CONSENTS, *DECLINES, *ERASURES), 0)
        self._keys: dict[DestroyedCause, int] = {"erasure": 0, "retention": 0}

    def recorded(self, batch: Sequence[Recorded]) -> None:
        """The ledger has these events."""
        counts = self._recorded
        for one in batch:
            kind = type(one.event)
            if kind in counts:
                counts[kind] += 1
            elif isinstance(one.event, KeysDestroyed):
                self._keys[one.event.cause] += len(one.event.keys)

    def collect(self) -> Iterator[Metric]:
        """All of it, now."""
        for name, means, kinds in FAMILIES:
            family = CounterMetricFamily(name, means, labels=("result",))
            for kind, result in kinds.items():
                family.add_metric((result,), self._recorded[kind])
            yield family
        keys = CounterMetricFamily(
            "dialtrail_keys_destroyed", "Keys of personal fields listed as destroyed.", labels=("cause",)
        )
        for cause, count in self._keys.items():
            keys.add_metric((cause,), count)
        yield keys
