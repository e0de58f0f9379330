"""Checkpoints as deliveries: the newest to each that asks for it, once the one before was delivered or given up."""

import hashlib
from datetime import UTC, datetime

from adapters.ledger import Ledger
from adapters.outbox import Outbox
from adapters.outbox_rows import Letter
from adapters.verifiable_log.store import KeptCheckpoint
from application.subscriptions.composing import WriteBody
from application.subscriptions.parts import GivenUp, PutLetters
from application.subscriptions.reading import all_subscriptions
from application.subscriptions.told_checkpoint import ToldCheckpoint
from domain.subscription import LOG_CHECKPOINT, SubscriberRole

LANE = "log"
_MICROSECONDS = 1_000_000

NAMED_LINES = 3
"""Of a signed note: origin, size and root."""


class CheckpointsTold:
    """Which checkpoint each subscription was told of last, by its id; of this process, so that the newest comes once more
    after a start, under the same id."""

    def __init__(self, ledger: Ledger, outbox: Outbox, write: WriteBody) -> None:
        self._ledger = ledger
        self._outbox = outbox
        self._write = write
        self._told: dict[str, str] = {}

    def put(self, newest: KeptCheckpoint) -> list[PutLetters]:
        """Have in the outbox what is to be told of it; in a thread. At most one waits for each: it proves all before it."""
        told, found, waiting = told_checkpoint(newest), [], self._outbox.own_waiting(LANE)
        event_id = event_id_of(told)
        for name, state in all_subscriptions(self._ledger).items():
            if state.phase != "running" or LOG_CHECKPOINT not in state.wanted.events:
                self._told.pop(name, None)
                continue
            if self._told.get(name) == event_id or name in waiting:
                continue
            letter = self._letter(told, event_id, state.wanted.role)
            self._outbox.put_letters(name, [letter])
            self._told[name] = event_id
            found.append(PutLetters(name, [letter], GivenUp()))
        return found

    def _letter(self, told: ToldCheckpoint, event_id: str, role: SubscriberRole) -> Letter:
        return Letter(
            position=self._ledger.position,
            nth=int(told.signed_at.timestamp() * _MICROSECONDS),  # no event has so many deliveries
            lane=LANE,
            kind=LOG_CHECKPOINT,
            stream=LANE,
            event_id=event_id,
            body=self._write(LOG_CHECKPOINT, told.signed_at, told, LANE, role),
        )


def told_checkpoint(kept: KeptCheckpoint) -> ToldCheckpoint:
    """What is told of a signed note, whose first line is the log's name."""
    at = datetime.fromtimestamp(kept.at, UTC)
    return ToldCheckpoint(origin=kept.note.partition("\n")[0], size=kept.size, signed_at=at, checkpoint=kept.note)


def event_id_of(told: ToldCheckpoint) -> str:
    """The same whenever this is told, and another one where the log of this size is another: whoever receives both keeps both."""
    named = "\n".join(told.checkpoint.split("\n", NAMED_LINES)[:NAMED_LINES])
    return f"checkpoint-{hashlib.sha256(named.encode()).hexdigest()[:32]}"
