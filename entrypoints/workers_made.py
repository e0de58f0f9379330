"""What runs by itself in a process that may dial, put together from the settings."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from adapters.high_water import places_of_high_water
from adapters.ledger import Ledger, Ownership
from adapters.lookup_client import LookupClient
from adapters.minivoice_client import MiniVoiceClient
from adapters.sending_marks import place_of_marks
from adapters.wal_files import LEDGER_FILE
from application.dialer import Dialer, DialerConfig
from application.log_keeping.worker import LogWorker
from application.log_report import KeptLog
from application.metrics import Metrics
from application.subscriptions.service import Subscriptions
from application.unsound import BelievedSound, Soundness, Unsound
from application.views import RemoteProjector, Views
from application.views.reads import Reads
from application.workers.callbacks import CallbackWatch
from application.workers.checkpoints import CheckpointTelling
from application.workers.divergence import DivergenceWatch
from application.workers.index_watch import IndexWatch
from application.workers.insights import Insights, follow_insights
from application.workers.reconciler import Reconciler
from application.workers.schedules import ScheduleWatch
from application.workers.usage import UsageWatch
from application.workers.worker import Worker
from domain.identity import account_fingerprint
from entrypoints.log_made import made_log
from entrypoints.log_orders import log_name, log_orders
from entrypoints.lookups import agents_watch
from entrypoints.process import Outside
from entrypoints.settings import Settings
from entrypoints.shared import Shared
from projections.follow import Follower
from projections.in_flight import InFlight


class WorkedOn(Protocol):
    """The parts of an installation that they work on. Their own followers join `followers`."""

    ledger: Ledger
    ownership: Ownership
    metrics: Metrics
    projector: Views
    in_flight: InFlight
    follower: Follower
    reads: Reads
    shared: Shared
    subscriptions: Subscriptions
    lookups: LookupClient
    outside: Outside
    followers: list[Follower]


def made_workers(system: WorkedOn, settings: Settings, folder: Path, client: MiniVoiceClient) -> list[Worker]:
    """What dials, and what runs beside it, in the order in which they are begun; their own followers join the system's."""
    ledger, in_flight, follower, reads = system.ledger, system.in_flight, system.follower, system.reads
    outside, clock = system.outside, system.outside.clock
    fingerprint = account_fingerprint(settings.require_api_key().get_secret_value())
    usage_watch = UsageWatch(ledger, in_flight, follower, client, fingerprint, clock=clock)
    watch = IndexWatch(folder / LEDGER_FILE, outside.monotonic) if settings.ledger_url is None else None
    config = _dialer_config(system, settings, folder, usage_watch, watch or BelievedSound())
    seen, reconcile_after = system.metrics.wishes.callbacks_seen, timedelta(seconds=settings.reconcile_after_seconds)
    insights_due, insights_follower = follow_insights(ledger, system.projector, clock)
    system.followers.append(insights_follower)
    return [
        Dialer(ledger, in_flight, follower, system.projector, reads, client, config),
        Reconciler(
            ledger, in_flight, follower, system.projector, reads, client, clock=clock, reconcile_after=reconcile_after
        ),
        usage_watch,
        _divergence_watch(system, settings, client, fingerprint),
        ScheduleWatch(ledger, in_flight, follower, clock=clock),
        agents_watch(ledger, in_flight, follower, settings, system.metrics, outside),
        CallbackWatch(ledger, follower, reads, fingerprint, settings.only_numbers, clock=clock, seen=seen),
        Insights(ledger, insights_due, insights_follower, client, clock=clock),
        system.subscriptions,
        *([] if watch is None else [watch]),
        *_log_workers(system, settings, folder),
    ]


def _dialer_config(
    system: WorkedOn, settings: Settings, folder: Path, usage_watch: UsageWatch, soundness: Soundness
) -> DialerConfig:
    ledger, outside = system.ledger, system.outside
    return DialerConfig(
        clock=outside.clock,
        monotonic=outside.monotonic,
        chance=outside.chance,
        new_id=outside.new_id,
        boot_id=outside.boot_id(),
        marks=place_of_marks(settings.marks_folder, folder),
        high_water=places_of_high_water(folder),
        machine=_machine(ledger, outside) if settings.ledger_url is None else {},
        fingerprint=account_fingerprint(settings.require_api_key().get_secret_value()),
        only_numbers=settings.only_numbers,
        answer_timeout_seconds=settings.minivoice_timeout_seconds,
        account_limits=settings.account_limits,
        usage_told_at=usage_watch.told_at,
        ownership=system.ownership,
        soundness=soundness,
        lookups=system.lookups,
    )


def unsound_now(workers: Iterable[Worker]) -> Unsound | None:
    """Why nobody is called, where one of these looks whether the ledger is read whole."""
    watch = next((worker for worker in workers if isinstance(worker, IndexWatch)), None)
    return None if watch is None else watch.unsound()


def _log_workers(system: WorkedOn, settings: Settings, folder: Path) -> list[Worker]:
    worker = LogWorker(_kept_log(system, settings, folder), lambda: system.ledger.position, system.outside.clock)
    system.metrics.log.look = worker.numbers
    return [CheckpointTelling(system.shared.log_store, system.subscriptions.tell_checkpoint), worker]


def _kept_log(system: WorkedOn, settings: Settings, folder: Path) -> KeptLog:
    """Where the views have a process of their own, that keeps the log as well: here it would take its time from what is served."""
    if isinstance(system.projector, RemoteProjector):
        return system.projector
    orders = log_orders(settings, log_name(system.ledger))
    return made_log(orders, folder, settings.ledger_url, system.ledger.read_rows, outside=system.outside)


def _divergence_watch(
    system: WorkedOn, settings: Settings, client: MiniVoiceClient, fingerprint: str
) -> DivergenceWatch:
    return DivergenceWatch(
        system.ledger,
        system.in_flight,
        system.follower,
        system.reads,
        client,
        fingerprint,
        clock=system.outside.clock,
        requests_a_day_max=settings.divergence_requests_a_day_max,
    )


def _machine(ledger: Ledger, outside: Outside) -> dict[str, str]:
    """Tells one machine, and one of its boots, from another, and not which it is: others are told of it."""
    return {"boot": ledger.sign("boot", outside.boot_id()), "machine": ledger.sign("machine", outside.machine_id())}
