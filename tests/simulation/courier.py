"""The model provider's webhooks: signed, delivered until they are accepted, and now and then late, twice, wrong or never."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

from tests.simulation.habits import Habits
from tests.simulation.journal import Journal, instant
from tests.simulation.loop import VirtualLoop
from tests.simulation.talk import Asked, ask
from tests.simulation.wires import Network

TRIES_MAX = 12
AGAIN_AFTER_SECONDS = 2.0
AGAIN_AFTER_SECONDS_MAX = 600.0
ANSWER_SECONDS_MAX = 8.0
LATE_SECONDS_MAX = 900.0
ACCEPTED = range(200, 300)


class Courier:
    """Deliveries to one place. `under_way` are those that nobody has accepted yet."""

    def __init__(
        self,
        loop: VirtualLoop,
        chance: Random,
        habits: Habits,
        journal: Journal,
        network: Network,
        place: tuple[str, int],
        secret: str,
        true_now: Callable[[], datetime],
    ) -> None:
        self._loop, self._chance, self.habits = loop, chance, habits
        self._journal, self._network, self._place = journal, network, place
        self._secret, self._true_now = secret, true_now
        self._deliveries = 0
        self._running: set[asyncio.Task[None]] = set()

    @property
    def under_way(self) -> int:
        """How many deliveries are tried yet."""
        return len(self._running)

    def instant(self) -> str:
        """The true time, as the journal has it."""
        return instant(self._true_now())

    def send(self, call_id: str, event: str, call: dict[str, Any], data: dict[str, Any]) -> None:
        """One report, which may be delivered more than once, or never."""
        said = {"event": event, "created_at": self.instant()[:19] + "Z", "call": call, "variables": {}, "data": data}
        if self._draws("delivers_never"):
            return
        for _ in range(2 if self._draws("delivers_twice") else 1):
            wait = self._chance.uniform(0.0, LATE_SECONDS_MAX if self._draws("delivers_late") else 0.5)
            self._deliveries += 1
            self._loop.exactly_in(wait, self._begin, self._deliveries, call_id, event, json.dumps(said).encode())

    def _begin(self, number: int, call_id: str, event: str, body: bytes) -> None:
        task = self._loop.create_task(self._deliver(number, call_id, event, body))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _deliver(self, number: int, call_id: str, event: str, body: bytes) -> None:
        wait, digest = AGAIN_AFTER_SECONDS, hashlib.sha256(body).hexdigest()
        for _ in range(TRIES_MAX):
            is_wrong = self._draws("badly_signed")
            asked = Asked("POST", "/webhooks/minivoice", self._signed(body, is_wrong=is_wrong), body)
            answered = await ask(self._network, self._place, asked, ANSWER_SECONDS_MAX)
            status = None if answered is None else answered.status
            line = {"delivery": number, "call_id": call_id, "event": event, "sha256": digest, "status": status}
            self._journal.note("webhook", **line, **({"badly_signed": True} if is_wrong else {}))
            if status in ACCEPTED:
                return
            again: asyncio.Future[None] = self._loop.create_future()
            self._loop.exactly_in(wait, again.set_result, None)
            await again
            wait = min(AGAIN_AFTER_SECONDS_MAX, wait * 2)

    def _signed(self, body: bytes, *, is_wrong: bool) -> dict[str, str]:
        at = str(int(self._true_now().timestamp()))
        secret = "not-the-secret" if is_wrong else self._secret
        mark = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
        return {
            "content-type": "application/json",
            "x-minivoice-timestamp": at,
            "x-minivoice-signature": f"v1={mark}",
        }

    def _draws(self, habit: str) -> bool:
        share: float = getattr(self.habits, habit)
        return bool(share) and self._chance.random() < share
