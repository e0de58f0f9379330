"""The one composition root: all parts of an installation, put together."""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from functools import partial
from pathlib import Path

from adapters.folder_owner import FolderOwner
from adapters.ledger import Ledger, open_ledger
from adapters.log_lines import LogLines, log_provider, log_to_stderr
from adapters.minivoice_client import MiniVoiceClient, ProviderAnswer
from application.answering import Answerer
from application.dialer import Dialer, Surroundings
from application.installation import Installation
from application.metrics import Gauges, Metrics
from application.views import Orders, Projector, RemoteProjector, Views, ViewsFile, ViewsSchema
from application.views.reads import Reads
from application.workers.insights import Insights, follow_insights
from application.workers.reconciler import Reconciler
from application.workers.usage import UsageWatch
from domain.identity import account_fingerprint
from domain.pacing import AccountLimits
from entrypoints import views_process
from entrypoints.http.answer import AnswerEndpoint
from entrypoints.http.app import App
from entrypoints.http.limits import RequestLimits
from entrypoints.http.routes.integrity import Watched
from entrypoints.http.webhooks import WebhookReceiver
from entrypoints.pages.application import Pages
from entrypoints.process import boot_id, chance, new_id, new_request_id, tune_gc, utc_now
from entrypoints.settings import Settings
from projections.follow import Follower
from projections.in_flight import InFlight, loaded_from

POSTS_AT_ONCE_MAX = 512
LOAD_LOOK_SECONDS = 1.0
VIEW_LAG_SECONDS_MAX = 30.0


class System:
    """The parts of a running Dialtrail on one data folder. `dialer` where this process may dial."""

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        owner: FolderOwner,
        client: MiniVoiceClient | None,
        metrics: Metrics,
        lines: LogLines,
        *,
        views_apart: bool = False,
    ) -> None:
        self.ledger = ledger
        self.metrics = metrics
        self.lines = lines
        key = settings.minivoice_api_key
        fingerprint = None if key is None else account_fingerprint(key.get_secret_value())
        self.projector = _projector(settings, ledger, owner.folder, fingerprint, views_apart=views_apart)
        self.in_flight = InFlight(ledger.read_streams, fingerprint)
        self.follower = Follower(self.in_flight, ledger.read_feed, lambda: ledger.position, self._load_in_flight)
        self.reads = Reads(ledger, self.projector, settings.only_numbers)
        self.owner_token = secrets.token_urlsafe(32)
        ledger.add_listener(self.follower.pushed)
        ledger.add_listener(self.projector.pushed)
        ledger.add_listener(metrics.recorded)
        ledger.add_observer(metrics.commit)
        metrics.watch(
            Gauges(
                waiting=ledger.waiting,
                position=lambda: ledger.position,
                views_behind=self.projector.behind,
                calls_in_flight=lambda: len(self.in_flight.open_calls),
                log_lines_dropped=lambda: lines.dropped,
            )
        )
        account_limits = AccountLimits(
            calls_per_second=settings.account_calls_per_second, calls_at_once=settings.account_calls_at_once
        )
        self.dialer: Dialer | None = None
        self.reconciler: Reconciler | None = None
        self.usage_watch: UsageWatch | None = None
        self.insights: Insights | None = None
        self._followers = [self.follower]
        if client is not None and fingerprint is not None:
            watch = UsageWatch(ledger, self.in_flight, self.follower, client, fingerprint, clock=utc_now)
            self.usage_watch = watch
            around = Surroundings(
                clock=utc_now,
                monotonic=time.monotonic,
                chance=chance,
                new_id=new_id,
                boot_id=boot_id(),
                folder=owner.folder,
                fingerprint=fingerprint,
                only_numbers=settings.only_numbers,
                answer_timeout_seconds=settings.minivoice_timeout_seconds,
                account_limits=account_limits,
                usage_told_at=watch.told_at,
            )
            self.dialer = Dialer(ledger, self.in_flight, self.follower, self.projector, self.reads, client, around)
            self.reconciler = Reconciler(
                ledger,
                self.in_flight,
                self.follower,
                self.reads,
                client,
                clock=utc_now,
                reconcile_after=timedelta(seconds=settings.reconcile_after_seconds),
            )
            insights_due, insights_follower = follow_insights(ledger, self.projector, utc_now)
            self._followers.append(insights_follower)
            self.insights = Insights(ledger, insights_due, insights_follower, client, clock=utc_now)
        answer_token = None if settings.answer_token is None else settings.answer_token.get_secret_value()
        self.answerer = Answerer(
            ledger,
            self.in_flight,
            self.follower,
            clock=utc_now,
            monotonic=time.monotonic,
            digits_wait_seconds=settings.digits_wait_seconds,
            metrics=metrics,
            lines=lines,
        )
        self.app = App(
            Installation(
                ledger=ledger,
                in_flight=self.in_flight,
                follower=self.follower,
                projector=self.projector,
                reads=self.reads,
                only_numbers=settings.only_numbers,
                clock=utc_now,
                new_id=new_id,
                usage_watch=self.usage_watch,
                client=client,
                has_webhook_secret=settings.webhook_secret is not None,
                operators=frozenset(token.name for token in settings.tokens if token.role == "operator"),
                account_limits=account_limits,
            ),
            WebhookReceiver(ledger, settings, utc_now, time.monotonic, metrics, lines),
            AnswerEndpoint(self.answerer, answer_token, settings.public_url),
            settings.tokens,
            lambda: self.owner_token,
            Watched(self.troubles, lambda: None if self.reconciler is None else self.reconciler.looked_at),
            RequestLimits(settings.api_requests_per_second, time.monotonic),
            metrics=metrics,
            lines=lines,
            monotonic=time.monotonic,
            new_request_id=new_request_id,
            pages_over=partial(Pages, public_url=settings.public_url),
        )

    async def start(self) -> None:
        """Begin to follow the ledger; returns at once, while views and what is in flight catch up."""
        self.projector.add_waiter(self.follower.wake)
        self.projector.start()
        for follower in self._followers:
            await follower.start()

    async def stop(self) -> None:
        """Record what is left to record, and follow the ledger no further."""
        await self.answerer.stop()
        for follower in self._followers:
            await follower.stop()
        await asyncio.to_thread(self.projector.stop)

    async def _load_in_flight(self) -> None:
        """What is in flight begins with what the views know, once they have come to where the ledger was when asked."""
        wanted = self.ledger.position
        while not await self.projector.wait_for(wanted, LOAD_LOOK_SECONDS):
            self.follower.trouble = (
                self.projector.trouble or f"the views are at position {self.projector.position} of {wanted}"
            )
        self.follower.trouble = None
        await asyncio.to_thread(self._load_in_flight_now)

    def _load_in_flight_now(self) -> None:
        with self.projector.reading() as taken:
            loaded = loaded_from(taken, utc_now())
        self.in_flight.load(loaded)

    def troubles(self) -> Mapping[str, str | None]:
        """What is wrong with each part; None where nothing is."""
        behind = None
        if not self.follower.is_live:
            behind = f"at position {self.in_flight.position} of {self.ledger.position}"
        troubles = {
            "ledger": self.ledger.trouble,
            "in_flight": self.follower.trouble or behind,
            "views": self.projector.trouble or self._views_lag(),
        }
        if self.answerer.trouble is not None:
            troubles["answers"] = self.answerer.trouble
        if self.dialer is not None:
            troubles["dialer"] = self.dialer.trouble
        if self.reconciler is not None:
            troubles["reconciler"] = self.reconciler.trouble
        if self.insights is not None:
            troubles["insights"] = self.insights.trouble
        return troubles

    def _views_lag(self) -> str | None:
        events, seconds = self.projector.behind()
        if seconds <= VIEW_LAG_SECONDS_MAX:
            return None
        return f"{events} events and {seconds:.0f} s behind the ledger, more than {VIEW_LAG_SECONDS_MAX:g} s"


@asynccontextmanager
async def running_system(
    settings: Settings,
    owner: FolderOwner,
    *,
    dials: bool = False,
    log_level: int = logging.WARNING,
    views_apart: bool = False,
) -> AsyncIterator[System]:
    """A Dialtrail on the folder that `owner` holds.

    With `dials` it may place calls once its dialer is run; with `views_apart` its views are kept by a process of their own.
    """
    with closing(log_to_stderr(log_level, utc_now)) as lines:
        async with _on_ledger(settings, owner, lines, dials=dials, views_apart=views_apart) as parts:
            yield parts


@asynccontextmanager
async def _on_ledger(
    settings: Settings, owner: FolderOwner, lines: LogLines, *, dials: bool, views_apart: bool
) -> AsyncIterator[System]:
    tune_gc()
    metrics = Metrics()
    client = _client(settings, metrics) if dials else None
    ledger = open_ledger(
        owner.folder, settings.ledger_url, clock=utc_now, new_event_id=new_id, new_key=secrets.token_bytes
    )
    try:
        parts = System(settings, ledger, owner, client, metrics, lines, views_apart=views_apart)
        await parts.start()
        try:
            yield parts
        finally:
            await parts.stop()
            if client is not None:
                await client.aclose()
    finally:
        ledger.close()


def _projector(
    settings: Settings, ledger: Ledger, folder: Path, fingerprint: str | None, *, views_apart: bool
) -> Views:
    url = settings.ledger_url
    places = ViewsFile(folder) if url is None else ViewsSchema(url)
    if not views_apart:
        return Projector(ledger, places, fingerprint, utc_now)
    orders = Orders(folder=str(folder.absolute()), database_url=url, fingerprint=fingerprint)
    return RemoteProjector(ledger, places, orders, utc_now, views_process.start)


def _client(settings: Settings, metrics: Metrics) -> MiniVoiceClient:
    def told(answer: ProviderAnswer) -> None:
        metrics.provider_answered(answer)
        log_provider(answer)

    return MiniVoiceClient(
        settings.minivoice_base_url,
        settings.require_api_key().get_secret_value(),
        settings.minivoice_timeout_seconds,
        connections_max=POSTS_AT_ONCE_MAX,
        observe=told,
    )
