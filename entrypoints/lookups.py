"""What asks campaigns' lookups and for their agents, as the settings have it."""

from collections.abc import Iterable

from adapters.agents_client import AgentsClient
from adapters.ledger import Ledger
from adapters.lookup_client import LookupClient
from adapters.outgoing import OutgoingClient
from application.dialer import Dialer
from application.dialer.lookup_brake import LookupTrouble
from application.metrics import Metrics
from application.workers.agents import AgentsTrouble, AgentsWatch
from application.workers.worker import Worker
from entrypoints.process import Outside
from entrypoints.settings import Settings
from projections.follow import Follower
from projections.in_flight import InFlight


def lookup_client(settings: Settings, metrics: Metrics, outside: Outside) -> LookupClient:
    """One per process."""
    return LookupClient(
        OutgoingClient(settings.targets_allowed),
        settings.lookup_signing,
        clock=outside.clock,
        monotonic=outside.monotonic,
        new_id=outside.new_id,
        observe=metrics.lookup,
    )


def lookup_trouble(workers: Iterable[Worker], campaign_id: str) -> LookupTrouble | None:
    """What is wrong with a campaign's lookup, where one of these dials."""
    dialer = next((worker for worker in workers if isinstance(worker, Dialer)), None)
    return None if dialer is None else dialer.lookup_trouble(campaign_id)


def agents_watch(
    ledger: Ledger, in_flight: InFlight, follower: Follower, settings: Settings, metrics: Metrics, outside: Outside
) -> AgentsWatch:
    """What asks for agents, by connections of its own: lookups that are slow hold it up as little as it does them."""
    client = AgentsClient(
        OutgoingClient(settings.targets_allowed), settings.lookup_signing, clock=outside.clock, new_id=outside.new_id
    )
    return AgentsWatch(
        ledger,
        in_flight,
        follower,
        client,
        clock=outside.clock,
        monotonic=outside.monotonic,
        observe=metrics.agents_asked,
    )


def agents_trouble(workers: Iterable[Worker], campaign_id: str) -> AgentsTrouble | None:
    """What is wrong with the system that a campaign asks for its agents, where one of these asks."""
    watch = next((worker for worker in workers if isinstance(worker, AgentsWatch)), None)
    return None if watch is None else watch.trouble_of(campaign_id)
