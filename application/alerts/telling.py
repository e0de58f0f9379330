"""Subscriptions as one way to be told: what they ask for goes into the outbox, from where it is delivered as all else."""

from collections.abc import Sequence

from application.alerts.kept import AlertMemory
from application.subscriptions.service import Subscriptions
from domain.alerting import AlertChange


class Telling:
    """Keeps what is to be told in the memory of alerts until the outbox has it."""

    def __init__(self, memory: AlertMemory, subscriptions: Subscriptions) -> None:
        self._memory = memory
        self._subscriptions = subscriptions

    def take(self, changes: Sequence[AlertChange]) -> None:
        """What was raised or is over is to be told."""
        self._memory.add_to_tell(changes)

    async def tell(self) -> bool:
        """Have in the outbox what is to be told; whether there was any. Raises `NotReady`, and tells it with the next call."""
        waits = self._memory.kept.to_tell
        if not waits:
            return False
        await self._subscriptions.tell_alerts(waits)
        self._memory.settle_told(len(waits))
        return True
