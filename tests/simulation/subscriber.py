"""Somebody who was told: what came to one subscription, in which order, and what it was answered. Model: all of it."""

import json
from random import Random

from tests.simulation.journal import Journal
from tests.simulation.loop import VirtualLoop
from tests.simulation.talk import Asked, Reply, Serves

SLOW_SECONDS_MAX = 9.0


class Subscriber:
    """It takes most of what comes; with `fails` it refuses such a share, with `slow` it is slow to answer another."""

    def __init__(self, loop: VirtualLoop, chance: Random, journal: Journal, fails: float, slow: float) -> None:
        self._loop, self._chance, self._journal = loop, chance, journal
        self.fails, self.slow = fails, slow

    def connection(self) -> Serves:
        """A connection of Dialtrail's to it."""
        return Serves(self._take)

    def _take(self, asked: Asked, reply: Reply) -> None:
        said = json.loads(asked.body)
        status = 500 if self._chance.random() < self.fails else 204
        self._journal.note(
            "notice",
            to="crm",
            event_id=asked.headers.get("webhook-id"),
            position=said["data"].get("position"),
            type=said.get("type"),
            about=said["data"].get("stream") or said["data"].get("recipient"),
            out_of_order=asked.headers.get("dialtrail-out-of-order") == "true",
            status=status,
        )
        is_slow = self.slow and self._chance.random() < self.slow
        wait = self._chance.uniform(0.01, SLOW_SECONDS_MAX if is_slow else 0.5)
        self._loop.exactly_in(wait, reply.answer, status, b"")
