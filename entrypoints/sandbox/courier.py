"""Brings webhooks to the receiver: many at once, each retried on its own until a 2xx or the deadline."""

import asyncio
from dataclasses import dataclass, field
from hashlib import sha256

import httpx

from entrypoints.sandbox import webhooks
from entrypoints.sandbox.clock import Clock
from entrypoints.sandbox.journal import Journal
from entrypoints.sandbox.settings import Live
from entrypoints.sandbox.wire import Wire

DELIVERIES_PENDING_MAX = 200_000


@dataclass(slots=True, eq=False)
class Delivery:
    """One webhook on its way. `reason` is `event`, `duplicate` or `changed_body`; `attempted` is set by the first try.

    `held` when chance holds it, or has dropped it: then nobody should wait for that try.
    """

    id: str
    event: str
    call_id: str
    body: bytes
    reason: str
    tries: int = 0
    first_try_ns: int = 0
    held: bool = False
    attempted: asyncio.Event = field(default_factory=asyncio.Event)


class Courier:
    def __init__(self, live: Live, clock: Clock, journal: Journal) -> None:
        self._live = live
        self._clock = clock
        self._journal = journal
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []
        self._closed = False
        self.tries = self.pending = self.acknowledged = self.dropped = self.given_up = self.unsent = 0

    def send(self, delivery: Delivery, after_seconds: float = 0.0) -> None:
        """Take a webhook on; without a receiver, or with too many pending, only log it."""
        if self._live.settings.webhook_url is None:
            self.unsent += 1
            delivery.attempted.set()
            self._log(delivery, None, "no webhook_url")
        elif self.pending >= DELIVERIES_PENDING_MAX:
            self.given_up += 1
            self._log(delivery, None, f"{DELIVERIES_PENDING_MAX} deliveries are pending already")
        else:
            self.pending += 1
            self._enqueue(delivery, after_seconds)

    def drop(self, delivery: Delivery) -> None:
        delivery.held = True
        self.dropped += 1
        self._log(delivery, None, "dropped by drop_rate")

    def start(self) -> None:
        settings = self._live.settings
        client = httpx.AsyncClient(
            mounts={"http://": Wire()},
            trust_env=False,
            timeout=settings.webhook_timeout_seconds,
            follow_redirects=False,
        )
        self._client = client
        self._workers = [asyncio.create_task(self._work(client)) for _ in range(settings.deliveries_at_once)]

    async def stop(self) -> None:
        self._closed = True
        for worker in self._workers:
            worker.cancel()
        endings = await asyncio.gather(*self._workers, return_exceptions=True)
        await self._client.aclose()
        for ending in endings:
            if isinstance(ending, Exception):
                raise ending

    def counts(self) -> dict[str, int]:
        return {
            "tries": self.tries,
            "acknowledged": self.acknowledged,
            "pending": self.pending,
            "dropped": self.dropped,
            "given_up": self.given_up,
            "not_sent": self.unsent,
        }

    async def _work(self, client: httpx.AsyncClient) -> None:
        while True:
            delivery = await self._queue.get()
            status, error = await self._try(client, delivery)
            self._log(delivery, status, error)
            if status is not None and 200 <= status < 300:
                self.pending -= 1
                self.acknowledged += 1
            else:
                self._again(delivery)
            delivery.attempted.set()

    async def _try(self, client: httpx.AsyncClient, delivery: Delivery) -> tuple[int | None, str | None]:
        settings = self._live.settings
        delivery.tries += 1
        delivery.first_try_ns = delivery.first_try_ns or self._clock.monotonic_ns()
        self.tries += 1
        headers = webhooks.headers(settings.webhook_secret, self._clock.now(), delivery.body)
        try:
            response = await client.post(settings.webhook_url or "", content=delivery.body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return None, f"{type(error).__name__}: {error}"
        return response.status_code, None

    def _again(self, delivery: Delivery) -> None:
        settings = self._live.settings
        age_seconds = (self._clock.monotonic_ns() - delivery.first_try_ns) / 1e9
        if age_seconds >= settings.retry_deadline_seconds:
            self.pending -= 1
            self.given_up += 1
            return
        doubled = settings.retry_seconds * 2 ** min(delivery.tries - 1, 20)
        self._enqueue(delivery, min(doubled, settings.retry_max_seconds))

    def _enqueue(self, delivery: Delivery, after_seconds: float) -> None:
        if self._closed:
            return
        if after_seconds > 0:
            asyncio.get_running_loop().call_later(after_seconds, self._queue.put_nowait, delivery)
        else:
            self._queue.put_nowait(delivery)

    def _log(self, delivery: Delivery, status: int | None, error: str | None) -> None:
        self._journal.write(
            "delivery",
            {
                "event": delivery.event,
                "call_id": delivery.call_id,
                "delivery_id": delivery.id,
                "reason": delivery.reason,
                "try": delivery.tries,
                "status": status,
                "error": error,
                "body_sha256": sha256(delivery.body).hexdigest(),
                "body": delivery.body.decode(),
            },
        )
