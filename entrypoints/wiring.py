"""The one composition root: all parts of an installation, put together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from functools import partial
from typing import TypeVar

from adapters.folder_owner import FolderOwner
from adapters.high_water import places_of_high_water, raise_by_commits
from adapters.ledger import Ledger, Ownership, Sealing, open_ledger, owned_database
from adapters.log_lines import LogLines, log_to_stderr
from adapters.minivoice_client import MiniVoiceClient
from adapters.wal_files import WalFiles
from application.answering import Answerer
from application.arrivals import Arrivals
from application.clock_ahead import clock_ahead
from application.installation import Installation
from application.log_keeping.worker import LogWorker
from application.metrics import Metrics
from application.queries.integrity import WatchedParts
from application.views.following import follow_in_flight
from application.views.lag import views_trouble
from application.views.reads import Reads
from application.workers.divergence import DivergenceWatch
from application.workers.insights import Insights
from application.workers.reconciler import Reconciler
from application.workers.usage import UsageWatch
from application.workers.worker import Worker
from domain.identity import account_fingerprint
from entrypoints.alerting import with_alerts
from entrypoints.anew import followed
from entrypoints.http.answer import AnswerEndpoint
from entrypoints.http.app import App
from entrypoints.http.limits import RequestLimits
from entrypoints.http.told import subscriptions_in
from entrypoints.http.webhooks import WebhookReceiver, webhook_url
from entrypoints.log_orders import bundle_maker, log_name
from entrypoints.lookups import agents_trouble, lookup_client, lookup_trouble
from entrypoints.measuring import measure
from entrypoints.pages.application import Pages
from entrypoints.process import THIS_MACHINE, Outside, tune_gc
from entrypoints.provider import provider_client
from entrypoints.roles import Role, within
from entrypoints.settings import Settings
from entrypoints.settings.inbound_script import installation_script
from entrypoints.shared import Shared
from entrypoints.views_made import made_views, orders_of
from entrypoints.workers_made import made_workers, unsound_now

OWNER_TOKEN_BYTES = 32
WorkerT = TypeVar("WorkerT", bound=Worker)


class System:
    """The parts of a running Dialtrail on one data folder.

    There are `workers` where this process may dial; where it only serves, one that knows of alerts.
    """

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        owner: FolderOwner,
        client: MiniVoiceClient | None,
        metrics: Metrics,
        lines: LogLines,
        *,
        role: Role,
        ownership: Ownership,
        outside: Outside,
    ) -> None:
        fingerprint = _fingerprint(settings)
        self.wals = WalFiles(owner.folder if settings.ledger_url is None else None, settings.wal_bytes_max)
        self.ledger, self.folder = ledger, owner.folder
        self.ownership, self.metrics = ownership, metrics
        self.arrivals, self.lines = Arrivals(), lines
        self.outside = outside
        self.owner_token = outside.new_bytes(OWNER_TOKEN_BYTES).hex()
        orders = orders_of(settings, owner.folder, fingerprint, log_name(ledger))
        self.projector = made_views(ledger, orders, settings.log_form, outside, role)
        self.in_flight, self.follower = follow_in_flight(ledger, self.projector, fingerprint)
        self.reads = Reads(ledger, self.projector, settings.only_numbers)
        ledger.add_listener(self.projector.pushed)
        measure(metrics, ledger, self.projector, self.in_flight, lines, self.wals, outside.clock)
        self.answerer = _answerer(self, settings)
        self.shared = Shared(owner.folder, settings.ledger_url, lambda: int(outside.clock().timestamp()))
        self.subscriptions = subscriptions_in(ledger, self.shared.outbox, settings, fingerprint, metrics, outside)
        self.lookups = lookup_client(settings, metrics, outside)
        self.followers = [self.follower]
        self.workers = [] if client is None or not role.dials else made_workers(self, settings, owner.folder, client)
        parts = _installation(self, settings, client)
        self.installation, self.alerts = with_alerts(parts, self.shared.alerts, settings, metrics, self.workers)
        if role.serves and not role.dials:
            self.workers.append(self.alerts)  # it knows what the process that dials remembers
        for worker in self.workers:
            # Whoever cannot ask for the lease does not know whether another has it by now.
            worker.stand_by_while(lambda: not role.dials or ownership.trouble() is not None)
        self.app = _web(self, settings)

    @property
    def reconciler(self) -> Reconciler | None:
        """The reconciler, where this process may dial."""
        return self.worker(Reconciler)

    @property
    def usage_watch(self) -> UsageWatch | None:
        """What asks for the cost, where this process may dial."""
        return self.worker(UsageWatch)

    @property
    def insights(self) -> Insights | None:
        """What asks for AI results, where this process may dial."""
        return self.worker(Insights)

    def worker(self, kind: type[WorkerT]) -> WorkerT | None:
        """The worker of a kind, where there is one."""
        return next((worker for worker in self.workers if isinstance(worker, kind)), None)

    async def start(self) -> None:
        """Begin to follow the ledger; returns at once, while views and what is in flight catch up."""
        self.projector.add_waiter(self.follower.wake)
        self.projector.start()
        self.shared.start()
        for follower in self.followers:
            await follower.start()

    async def stop(self) -> None:
        """Record what is left to record, and follow the ledger no further."""
        await self.answerer.stop()
        await self.subscriptions.aclose()
        await self.lookups.aclose()
        await self.shared.stop()
        for follower in self.followers:
            await follower.stop()
        await asyncio.to_thread(self.projector.stop)

    def notes(self) -> list[str]:
        """What is worth a look, and keeps no part from working."""
        of_log = [note for one in self.workers if isinstance(one, LogWorker) for note in one.notes()]
        return [*self.wals.long(), *self.alerts.notes(), *self.waits_for(), *of_log]

    def waits_for(self) -> list[str]:
        """That another process dials, where several may."""
        standing_by = self.ownership.standing_by()
        return [] if standing_by is None else [f"this process does not dial: {standing_by}"]

    def troubles(self) -> Mapping[str, str | None]:
        """What is wrong with each part; None where nothing is."""
        where = f"at position {self.in_flight.position} of {self.ledger.position}"
        troubles = {
            "ledger": self.ledger.trouble,
            "clock": clock_ahead(self.ledger, self.outside.clock()),
            "in_flight": self.follower.trouble or (None if self.follower.is_live else where),
            "views": views_trouble(self.projector),
        }
        if self.answerer.trouble is not None:
            troubles["answers"] = self.answerer.trouble
        return troubles | {worker.part: worker.trouble for worker in self.workers if worker.part is not None}


@asynccontextmanager
async def running_system(
    settings: Settings,
    owner: FolderOwner,
    *,
    dials: bool = False,
    role: Role | None = None,
    log_level: int = logging.WARNING,
) -> AsyncIterator[System]:
    """A Dialtrail on the folder that `owner` holds.

    With `dials` it may place calls once its dialer is run. `role` says more of what it does, where that is not all of it.
    """
    tune_gc()
    outside = THIS_MACHINE
    with closing(log_to_stderr(log_level, outside.clock, settings.log_form)) as lines:
        async with system_on(settings, owner, lines, role or within(owner.command, dials=dials), outside) as parts:
            yield parts


@asynccontextmanager
async def system_on(
    settings: Settings, owner: FolderOwner, lines: LogLines, role: Role, outside: Outside
) -> AsyncIterator[System]:
    """The same where time, chance and the machine are as `outside` has them, with the log's lines as they are given."""
    metrics = Metrics()
    ledger = open_ledger(
        owner.folder,
        settings.ledger_url,
        clock=outside.clock,
        new_event_id=outside.new_id,
        new_key=outside.new_bytes,
        sealing=Sealing(new_bytes=outside.new_bytes, begins=settings.sealed, keys_url=settings.keys_url),
        wal_bytes_max=settings.wal_bytes_max,
        turns=outside.turns,
    )
    try:
        if not role.dials:  # whoever dials has marks of its own
            raise_by_commits(ledger, places_of_high_water(owner.folder))
        asks = role.dials or (role.serves and settings.minivoice_api_key is not None)
        client = provider_client(settings, metrics) if asks and ledger.moved is None else None
        if role.dials:
            owner.keep()
            ledger.keep_apart(sandbox=settings.plays_sandbox)
        # Who only asks keeps the views, unless somebody runs here: so it is none who does.
        url = settings.ledger_url if role.stays else None
        async with owned_database(url, role.command, outside.awake_and_asleep, wants=role.dials) as owned:
            ledger.place.require_as_opened(ledger.key_check)
            ownership = followed(owned, ledger)
            parts = System(
                settings, ledger, owner, client, metrics, lines, role=role, ownership=ownership, outside=outside
            )
            await parts.start()
            try:
                yield parts
            finally:
                await parts.stop()
                if client is not None:
                    await client.aclose()
    finally:
        ledger.close()


def _fingerprint(settings: Settings) -> str | None:
    key = settings.minivoice_api_key
    return None if key is None else account_fingerprint(key.get_secret_value())


def _answerer(system: System, settings: Settings) -> Answerer:
    return Answerer(
        system.ledger,
        system.in_flight,
        system.follower,
        clock=system.outside.clock,
        monotonic=system.outside.monotonic,
        new_id=system.outside.new_id,
        digits_wait_seconds=settings.digits_wait_seconds,
        metrics=system.metrics,
        lines=system.lines,
        inbound_script=installation_script(settings.inbound_script),
    )


def _web(system: System, settings: Settings) -> App:
    clock, monotonic = system.outside.clock, system.outside.monotonic
    return App(
        system.installation,
        WebhookReceiver(system.ledger, settings, clock, monotonic, system.metrics, system.lines, system.arrivals),
        AnswerEndpoint(system.answerer, settings),
        settings,
        lambda: system.owner_token,
        WatchedParts(
            system.troubles,
            system.notes,
            lambda: getattr(system.reconciler, "looked_at", None),
        ),
        system.alerts,
        RequestLimits(settings.api_requests_per_second, monotonic),
        system.shared.ended,
        metrics=system.metrics,
        lines=system.lines,
        monotonic=monotonic,
        new_request_id=system.outside.new_request_id,
        pages_over=partial(Pages, public_url=settings.public_url),
    )


def _installation(system: System, settings: Settings, client: MiniVoiceClient | None) -> Installation:
    return Installation(
        ledger=system.ledger,
        in_flight=system.in_flight,
        follower=system.follower,
        projector=system.projector,
        reads=system.reads,
        only_numbers=settings.only_numbers,
        clock=system.outside.clock,
        new_id=system.outside.new_id,
        usage_watch=system.usage_watch,
        divergence_watch=system.worker(DivergenceWatch),
        client=client,
        arrivals=system.arrivals,
        webhook_url=webhook_url(settings),
        has_webhook_secret=settings.webhook_secret is not None,
        operators=frozenset(token.name for token in settings.tokens if token.role == "operator"),
        account_limits=settings.account_limits,
        subscriptions=system.subscriptions,
        new_secret=system.outside.new_bytes,
        lookups=system.lookups,
        dials_elsewhere=system.ownership.standing_by,
        signs_lookups=settings.lookup_secret is not None,
        inbound_script=installation_script(settings.inbound_script),
        log_store=system.shared.log_store,
        bundles=bundle_maker(settings, system.folder),
        lookup_trouble=partial(lookup_trouble, system.workers),
        agents_trouble=partial(agents_trouble, system.workers),
        unsound=partial(unsound_now, system.workers),
    )
