"""The commands that wait, lane by lane."""

from collections import deque
from collections.abc import Mapping

from adapters.ledger.lanes import Lane, LaneLimits
from adapters.ledger.ticket import Ticket
from domain.errors import LedgerBusy


class Queues:
    """A queue for each lane. It takes no lock: an append is atomic, and the writer looks into every lane after each knock."""

    def __init__(self, lanes: Mapping[Lane, LaneLimits]) -> None:
        self._lanes = lanes
        self._queues: dict[Lane, deque[Ticket]] = {lane: deque() for lane in lanes}

    def waiting(self) -> Mapping[str, int]:
        """How many commands wait in each lane."""
        return {lane: len(queue) for lane, queue in self._queues.items()}

    def put(self, lane: Lane, ticket: Ticket) -> deque[Ticket]:
        """Queue a command; where. Raises `LedgerBusy` where its lane is full."""
        queue = self._queues[lane]
        if len(queue) >= self._lanes[lane].waiting_max:
            raise LedgerBusy(f"{len(queue)} {lane} wait to be written; try again")
        queue.append(ticket)
        return queue

    def take(self) -> list[Ticket]:
        """What one commit takes of them, in the order of the lanes."""
        return [
            queue.popleft()
            for lane, queue in self._queues.items()
            for _ in range(min(len(queue), self._lanes[lane].a_commit_max))
        ]
