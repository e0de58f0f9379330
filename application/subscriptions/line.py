"""One subscription's deliveries: planned from the ledger, sent a few at once, tried again, given up."""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeVar

import structlog

from adapters.outbox_rows import Letter, SubscriberPlace
from adapters.outgoing import Answered, Bounds, NotAnswered
from adapters.targets import TargetRefused
from application.subscriptions.composing import Composed, Composer
from application.subscriptions.lanes import Lanes
from application.subscriptions.parts import GivenUp, LineParts
from application.subscriptions.progress import LineProgress
from application.subscriptions.trying import ANSWER_BYTES_KEPT, asked_seconds, headers_of, try_of
from domain.errors import DialtrailError
from domain.subscription import OFF, Wanted, next_try_at

AT_ONCE_MAX = 8
IN_MEMORY_MAX = 500
WAITING_MAX = 10_000
PLANNED_EVENTS_MAX = 100
WRITE_SECONDS = 0.2
WRITE_TRIES_MAX = 200
PRUNE_EVERY_TRIES = 500
BOUNDS = Bounds(connect_seconds=5.0, total_seconds=10.0, answer_bytes_max=ANSWER_BYTES_KEPT)
GONE = 410
LEDGER_AGAIN_AFTER = timedelta(seconds=5)
UNTOLD = "it could not be made of its event ({}): a mistake inside Dialtrail; replay from here once that is mended"
ResultT = TypeVar("ResultT")
log = structlog.get_logger("dialtrail.subscriptions")


class Line:
    """From `start` to `stop`; `gone` is called once the subscriber says that it is there no more."""

    def __init__(
        self, parts: LineParts, wanted: Wanted, place: SubscriberPlace, composer: Composer, gone: Callable[[str], None]
    ) -> None:
        self._parts = parts
        self._wanted = wanted
        self._id = place.subscription_id
        self._reached = place.reached
        self._composer = composer
        self._gone = gone
        self._progress = LineProgress(place)
        self._lanes = Lanes()
        self._bodies: dict[tuple[int, int], Composed] = {}
        self._skipped: set[tuple[int, int]] = set()
        self._arrived: deque[Letter] = deque()
        self._first_stored: dict[str, int] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self._brake = OFF
        self._wake = asyncio.Event()
        self._stopping = False
        self._written_at = 0.0
        self._tries_since_pruned = 0
        self.given_up = GivenUp()
        self.trouble: str | None = None

    @property
    def place(self) -> SubscriberPlace:
        """Where it stands, whether that is written or not."""
        return self._progress.place

    @property
    def lag(self) -> int:
        """How many events it is behind the ledger's end."""
        return max(0, self._parts.ledger.position - self._progress.place.position)

    def add(self, letter: Letter) -> None:
        """One more, which is in the outbox and in no event."""
        self._arrived.append(letter)
        self._wake.set()

    def nudge(self) -> None:
        """Look whether there is something to do."""
        now = self._parts.clock()
        next_at = self._lanes.next_at
        has_due = self._lanes.is_ready or (next_at is not None and next_at <= now)
        if (has_due and self._may_send) or self._may_plan or self._must_write:
            self._wake.set()

    async def run(self) -> None:
        """Until `stop`; what fails is tried again, and told."""
        await self._load()
        while not self._stopping:
            self._wake.clear()
            try:
                self._take_arrived()
                self._send_some()
                if self._may_plan:
                    await self._plan()
                if self._must_write:
                    await self._write()
                self.trouble = None
            except (DialtrailError, OSError) as error:
                self.trouble = str(error)
                log.warning("deliveries stand still; trying again", subscription=self._id, trouble=self.trouble)
                await asyncio.sleep(WRITE_SECONDS)
                continue
            if not self._may_plan:
                await self._wake.wait()
            else:
                await asyncio.sleep(0)

    async def stop(self) -> None:
        """Send nothing more, and write down how far it has come. What is on the wire may come again."""
        self._stopping = True
        self._wake.set()
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        await self._write()

    @property
    def _may_send(self) -> bool:
        if self._stopping:
            return False
        return self._brake.lets_through(self._parts.clock(), len(self._sending), AT_ONCE_MAX)

    @property
    def _may_plan(self) -> bool:
        has_room = self._progress.in_memory < IN_MEMORY_MAX and len(self._lanes) < WAITING_MAX
        return has_room and self._progress.planned < self._parts.ledger.position

    @property
    def _must_write(self) -> bool:
        is_time = asyncio.get_running_loop().time() - self._written_at >= WRITE_SECONDS
        return self._progress.is_dirty and (is_time or self._progress.unwritten >= WRITE_TRIES_MAX)

    async def _in_thread(self, work: Callable[[], ResultT]) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(self._parts.threads, work)

    async def _load(self) -> None:
        outbox, position = self._parts.outbox, self._progress.planned
        waiting = await self._in_thread(lambda: outbox.waiting(self._id))
        dead = await self._in_thread(lambda: outbox.dead(self._id, position + 1))
        self._progress.loaded([*waiting, *dead])
        self._skipped = {letter.key for letter in [*waiting, *dead]}
        for letter in waiting:
            self._first_stored.setdefault(letter.lane, letter.position)
            self._lanes.add(letter)

    async def _plan(self) -> None:
        ledger, progress = self._parts.ledger, self._progress

        def read() -> tuple[list[Composed], list[tuple[int, str]]]:
            batch = ledger.read_feed(progress.planned, PLANNED_EVENTS_MAX)
            seen = [(recorded.position, recorded.event_id) for recorded in batch]
            return self._composer.take(batch, self._reached), seen

        composed, seen = await self._in_thread(read)
        before = {after[0]: one for one, after in pairwise([progress.planned_event, *seen])}
        for one in composed:
            self._take(one, before[one.letter.position])
        if seen:
            progress.planned_to(*seen[-1])
        self._send_some()

    def _take_arrived(self) -> None:
        while self._arrived:
            letter = self._arrived.popleft()
            if letter.key not in self._skipped:  # else it came with those that waited when this began
                self._progress.loaded([letter])
                self._lanes.add(letter)

    def _take(self, one: Composed, before: tuple[int, str]) -> None:
        letter = one.letter
        is_settled = letter.position < self._first_stored.get(letter.lane, 0)
        if is_settled or letter.key in self._skipped:
            return  # it was known before a restart
        if one.fault is not None:
            self._give_up_untold(letter, one.fault)
            return
        waits = self._lanes.lane(letter.lane)
        if waits and waits[-1].key not in self._bodies:
            self._progress.keep(letter)  # what is before it in its lane waits, and so does it
        else:
            self._bodies[letter.key] = one
            self._progress.plan(letter.key, before)
        self._lanes.add(letter)

    def _send_some(self) -> None:
        while self._may_send and (letter := self._lanes.take(self._parts.clock(), self._brake.rather_not)) is not None:
            task = asyncio.create_task(self._send(letter))
            self._sending.add(task)
            task.add_done_callback(self._sent)

    def _sent(self, task: "asyncio.Task[None]") -> None:
        self._sending.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a delivery failed inside Dialtrail", subscription=self._id, exc_info=task.exception())
        if not self._stopping:
            self._send_some()
            self.nudge()

    async def _send(self, letter: Letter) -> None:
        composed = await self._made(letter)
        if composed is None:
            return
        at, began = self._parts.clock(), asyncio.get_running_loop().time()
        headers = headers_of(letter, composed, self._progress.place, at)
        answered, why = None, None
        try:
            answered = await self._parts.client.send(
                "POST", self._wanted.url, headers=headers, body=composed.body, bounds=BOUNDS
            )
        except (TargetRefused, NotAnswered) as failed:
            why = str(failed)
        status = None if answered is None else answered.status
        is_taken = status is not None and 200 <= status < 300
        seconds = asyncio.get_running_loop().time() - began
        one = try_of(letter, at, seconds, headers, answered, why)
        self._parts.delivered("delivered" if is_taken else "failed")
        why = None if is_taken else why or f"answered {status}"
        self._progress.tried(one, None if is_taken else at, why)
        if is_taken:
            self._brake = OFF
            self._settle(letter)
        else:
            self._failed(letter, at, answered, why)

    async def _made(self, letter: Letter) -> Composed | None:
        """A letter with its body; None where it cannot be sent now, or ever, and that is seen to."""
        try:
            made = self._bodies.get(letter.key)
            if made is None or self._composer.is_old(made):
                made = await self._in_thread(lambda: self._composer.again(letter))
        except (DialtrailError, OSError) as error:
            self.trouble = str(error)
            letter.next_at = self._parts.clock() + LEDGER_AGAIN_AFTER
            self._lanes.put_off(letter)
            return None
        except Exception as fault:  # noqa: BLE001 - it must not keep what is behind it
            self._give_up_untold(letter, fault)
            self._lanes.settle(letter)
            return None
        if made is None:
            self._settle(letter)
        return made

    def _give_up_untold(self, letter: Letter, fault: Exception) -> None:
        """It cannot be made of its event: a mistake inside Dialtrail, which must not stop all that follows."""
        log.error("an event cannot be told", subscription=self._id, position=letter.position, exc_info=fault)
        now = self._parts.clock()
        letter.first_at, letter.dead_at = letter.first_at or now, now
        letter.status, letter.why = None, UNTOLD.format(type(fault).__name__)
        self._progress.keep(letter)
        self.given_up.add(letter)

    def _settle(self, letter: Letter) -> None:
        self._bodies.pop(letter.key, None)
        self._progress.settle(letter)
        self._lanes.settle(letter)

    def _failed(self, letter: Letter, sent_at: datetime, answered: Answered | None, why: str | None) -> None:
        now, chance, asked = self._parts.clock(), self._parts.chance(), asked_seconds(answered)
        self._brake = self._brake.failed(letter.lane, sent_at, now, chance, asked)
        letter.tries += 1
        letter.first_at = letter.first_at or now
        letter.status, letter.why = (None if answered is None else answered.status), why
        letter.next_at = next_try_at(letter.tries, letter.first_at, now, chance, asked)
        self._keep_lane(letter.lane)
        if letter.next_at is None:
            letter.dead_at = now
            self.given_up.add(letter)
            self._lanes.settle(letter)
        else:
            self._lanes.put_off(letter)
        if letter.status == GONE and not self._stopping:
            self._stopping = True
            self._gone(f"answered {GONE}")

    def _keep_lane(self, lane: str) -> None:
        """The outbox keeps what waits behind one that failed: it must not hold the position back."""
        for letter in self._lanes.lane(lane):
            self._bodies.pop(letter.key, None)
            self._progress.keep(letter)

    async def _write(self) -> None:
        self._written_at = asyncio.get_running_loop().time()
        if not self._progress.is_dirty:
            return
        place, letters, settled, tries = self._progress.taken()
        self._tries_since_pruned += len(tries)
        try:
            await self._in_thread(lambda: self._parts.outbox.write(place, letters, settled, tries))
        except BaseException:
            self._progress.give_back(letters, settled, tries)
            raise
        if self._tries_since_pruned >= PRUNE_EVERY_TRIES:
            self._tries_since_pruned = 0
            await self._in_thread(lambda: self._parts.outbox.prune(self._id))
