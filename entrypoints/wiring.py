"""The one composition root: here, and nowhere else, time, chance and the machine come in."""

import gc
import importlib
import logging
import secrets
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from adapters.folder_owner import FolderOwner
from adapters.ledger import Ledger, open_sqlite_ledger
from adapters.minivoice_client import MiniVoiceClient
from domain.errors import SettingsError
from domain.identity import account_fingerprint
from entrypoints.dialer import Dialer, Surroundings
from entrypoints.http_app import App
from entrypoints.http_parts import Parts
from entrypoints.http_webhooks import WebhookReceiver
from entrypoints.reconciler import Reconciler
from entrypoints.settings import Settings
from projections.follow import Follower
from projections.recipient_status import RecipientStatusView

BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")
POSTS_AT_ONCE_MAX = 512
# Our objects hold no cycles, and are many: looking through them after every 700 new ones took 40 % of an import.
GC_THRESHOLDS = (200_000, 50, 100)


def utc_now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)  # noqa: TID251 - this is where the clock comes in


class RandomIds:
    """Ids of 128 random bits as hex, drawn from the system many at a time."""

    DRAWN_AT_ONCE = 256
    BYTES = 16

    def __init__(self) -> None:
        self._drawn: list[str] = []

    def __call__(self) -> str:
        """A new id: 32 hex characters."""
        try:
            return self._drawn.pop()
        except IndexError:
            drawn = secrets.token_hex(self.BYTES * self.DRAWN_AT_ONCE)
            chars = 2 * self.BYTES
            self._drawn.extend(drawn[at : at + chars] for at in range(chars, len(drawn), chars))
            return drawn[:chars]


new_id = RandomIds()


def boot_id() -> str:
    """What tells one boot of this machine from another; empty where the machine does not say."""
    try:
        return BOOT_ID_FILE.read_text().strip()
    except OSError:
        return ""


def log_to_stderr(level: int) -> None:
    """JSON lines on stderr, from `level` up."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


class Installation:
    """The parts of a running Dialtrail on one data folder. `dialer` where this process may dial."""

    def __init__(self, settings: Settings, ledger: Ledger, owner: FolderOwner, client: MiniVoiceClient | None) -> None:
        self.ledger = ledger
        key = settings.minivoice_api_key
        fingerprint = None if key is None else account_fingerprint(key.get_secret_value())
        self.view = RecipientStatusView(fingerprint, settings.only_numbers)
        self.follower = Follower(self.view, ledger.read_feed, lambda: ledger.position)
        self.owner_token = secrets.token_urlsafe(32)
        ledger.add_listener(self.follower.pushed)
        self.dialer: Dialer | None = None
        self.reconciler: Reconciler | None = None
        if client is not None and fingerprint is not None:
            around = Surroundings(
                clock=utc_now,
                monotonic=time.monotonic,
                new_id=new_id,
                boot_id=boot_id(),
                folder=owner.folder,
                fingerprint=fingerprint,
                only_numbers=settings.only_numbers,
                answer_timeout_seconds=settings.minivoice_timeout_seconds,
            )
            self.dialer = Dialer(ledger, self.view, self.follower, client, around)
            self.reconciler = Reconciler(
                ledger,
                self.view,
                self.follower,
                client,
                clock=utc_now,
                reconcile_after=timedelta(seconds=settings.reconcile_after_seconds),
            )
        self.app = App(
            Parts(ledger=ledger, view=self.view, follower=self.follower, clock=utc_now, new_id=new_id),
            WebhookReceiver(ledger, settings, utc_now),
            settings.tokens,
            lambda: self.owner_token,
            self.troubles,
        )

    def troubles(self) -> Mapping[str, str | None]:
        """What is wrong with each part; None where nothing is."""
        behind = None if self.follower.is_live else f"at position {self.view.position} of {self.ledger.position}"
        troubles = {"ledger": self.ledger.trouble, "statuses": self.follower.trouble or behind}
        if self.dialer is not None:
            troubles["dialer"] = self.dialer.trouble
        if self.reconciler is not None:
            troubles["reconciler"] = self.reconciler.trouble
        return troubles


@asynccontextmanager
async def installation(
    settings: Settings, owner: FolderOwner, *, dials: bool = False, log_level: int = logging.WARNING
) -> AsyncIterator[Installation]:
    """A Dialtrail on the folder that `owner` holds; with `dials` it may place calls once its dialer is run."""
    log_to_stderr(log_level)
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    client = _client(settings) if dials else None
    ledger = _open_ledger(settings, owner)
    try:
        parts = Installation(settings, ledger, owner, client)
        await parts.follower.start()
        try:
            yield parts
        finally:
            await parts.follower.stop()
            if client is not None:
                await client.aclose()
    finally:
        ledger.close()


def _open_ledger(settings: Settings, owner: FolderOwner) -> Ledger:
    """The ledger in the folder, or, with DIALTRAIL_DATABASE_URL, in PostgreSQL."""
    if settings.database_url is None:
        return open_sqlite_ledger(owner.folder, clock=utc_now, new_event_id=new_id, new_key=secrets.token_bytes)
    try:
        postgres = importlib.import_module("adapters.ledger.postgres")
    except ImportError as error:
        raise SettingsError(
            f"DIALTRAIL_DATABASE_URL: PostgreSQL needs the package {error.name}; install dialtrail with its extra [postgres]"
        ) from error
    url = settings.database_url.get_secret_value()
    ledger: Ledger = postgres.open_postgres_ledger(url, clock=utc_now, new_event_id=new_id, new_key=secrets.token_bytes)
    return ledger


def _client(settings: Settings) -> MiniVoiceClient:
    return MiniVoiceClient(
        settings.minivoice_base_url,
        settings.require_api_key().get_secret_value(),
        settings.minivoice_timeout_seconds,
        connections_max=POSTS_AT_ONCE_MAX,
    )
