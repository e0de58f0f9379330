"""What asks campaigns' lookups, as the settings have it."""

import time
from collections.abc import Iterable

from adapters.lookup_client import LookupClient
from adapters.outgoing import OutgoingClient
from application.dialer import Dialer
from application.dialer.lookup_brake import LookupTrouble
from application.metrics import Metrics
from application.workers.worker import Worker
from entrypoints.process import new_id, utc_now
from entrypoints.settings import Settings


def lookup_client(settings: Settings, metrics: Metrics) -> LookupClient:
    """One per process."""
    return LookupClient(
        OutgoingClient(settings.targets_allowed),
        settings.lookup_signing,
        clock=utc_now,
        monotonic=time.monotonic,
        new_id=new_id,
        observe=metrics.lookup,
    )


def lookup_trouble(workers: Iterable[Worker], campaign_id: str) -> LookupTrouble | None:
    """What is wrong with a campaign's lookup, where one of these dials."""
    dialer = next((worker for worker in workers if isinstance(worker, Dialer)), None)
    return None if dialer is None else dialer.lookup_trouble(campaign_id)
