"""What has to hold at each step of a world, looked at with each line of what truly happened; and, now and then, the dear rules.

Cheap: one request an attempt, nobody with two calls, acknowledged means stored, calls at once, pace.
"""

from collections import Counter, deque
from typing import TYPE_CHECKING, Any

from adapters.ledger import Ledger
from domain.errors import DialtrailError
from tests.simulation.phone import ONLY_AFTER
from tests.simulation.plan import CALLER

if TYPE_CHECKING:
    from tests.simulation.world import World

ACCEPTED = 204
LIVE = ("dialing", "in_progress")
PACE_SECONDS = 0.98
"""A second, less what one request may have been longer on its way than another, and some more."""
BROKEN_KEPT_MAX = 20
PAGE_EVENTS = 1_000
ON_ITS_WAY_SECONDS = 0.02
"""So long after a backup was put back, somebody may hear yet from the process that was before."""


class Watch:
    """Hears of each line of the journal, when it is written. `broken` are the first rules that did not hold, with their instant."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._limits = world.plan.limits
        self._requests: Counter[str] = Counter()
        self._sent_at: deque[float] = deque()
        self._live: dict[str, str] = {}
        self._surely_ours: set[str] = set()
        self._owed: dict[str, str] = {}
        self._stored: set[str] = set()
        self._position = 0
        self._restored_at = float("-inf")
        self.steps = 0
        self.broken: list[str] = []

    def look(self, line: dict[str, Any]) -> None:
        """Something happened."""
        self.steps += 1
        match line["what"]:
            case "request":
                self._request(line)
            case "answer":
                self._answer(line)
            case "state" if line["from"] == CALLER:
                self._state(line)
            case "webhook" if line["status"] == ACCEPTED and not self._is_of_before():
                self._owed[line["sha256"]] = f"{line['event']} of {line['call_id']}"
                self._look_for_owed()
            case "restore":
                self._restored_at = self._world.loop.time()
                self._owed, self._stored, self._position = {}, set(), 0
            case _:
                pass

    def end(self) -> None:
        """What was acknowledged while nothing ran to be asked is there by now."""
        self._look_for_owed()
        for what in self._owed.values():
            self._say(f"{what} was acknowledged, and could not be looked for until the end")

    def _request(self, line: dict[str, Any]) -> None:
        body, now = line["body"], self._world.loop.time()
        attempt_id, number = body["metadata"]["attempt_id"], body["to"]
        self._requests[attempt_id] += 1
        if self._requests[attempt_id] > 1:
            self._say(f"{self._requests[attempt_id]} requests for attempt {attempt_id}")
        for call_id, other in self._live.items():
            if other == number:
                self._say(f"a request to {number}, whose call {call_id} has not ended")
        if len(self._live) >= self._limits["calls_at_once"]:
            self._say(f"a request beside {len(self._live)} calls, where {self._limits['calls_at_once']} may be at once")
        if line["call_id"] is not None and line["status"] in {201, None}:
            self._surely_ours.add(line["call_id"])  # what an error leaves behind, it says nothing of
        while self._sent_at and self._sent_at[0] <= now - PACE_SECONDS:
            self._sent_at.popleft()
        self._sent_at.append(now)
        if len(self._sent_at) > self._limits["calls_per_second"]:
            self._say(f"{len(self._sent_at)} requests within a second")

    def _answer(self, line: dict[str, Any]) -> None:
        if line["status"] not in {200, None}:
            self._say(f"call {line['call_id']} asked what to say, and was answered {line['status']}")
        for text in line["said"]:
            if text in ONLY_AFTER and line["pressed"] != ONLY_AFTER[text]:
                self._say(f"call {line['call_id']} said {text!r} to whoever pressed {line['pressed']!r}")

    def _state(self, line: dict[str, Any]) -> None:
        if line["status"] not in LIVE:
            self._live.pop(line["call_id"], None)
        elif line["call_id"] in self._surely_ours:
            self._live[line["call_id"]] = line["to"]

    def _is_of_before(self) -> bool:
        return self._world.loop.time() - self._restored_at < ON_ITS_WAY_SECONDS

    def _look_for_owed(self) -> None:
        """Where no process runs, the next one is asked."""
        process = self._world.faults.process
        if process.system is None or not process.is_running:
            return
        try:
            self._read_on(process.system.ledger)
        except DialtrailError as error:
            self._say(f"the ledger could not be read: {error}")
            return
        for digest, what in self._owed.items():
            if digest not in self._stored:
                self._say(f"{what} was acknowledged, and is not in the ledger")
        self._owed = {}

    def _read_on(self, ledger: Ledger) -> None:
        while page := list(ledger.read_feed(self._position, PAGE_EVENTS)):
            self._stored |= {digest for one in page if (digest := getattr(one.event, "digest", None))}
            self._position = page[-1].position

    def _say(self, what: str) -> None:
        if len(self.broken) < BROKEN_KEPT_MAX:
            self.broken.append(f"after {self._world.loop.time():.3f} s: {what}")
