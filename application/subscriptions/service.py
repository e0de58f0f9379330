"""All subscriptions of an installation: what is asked of them, and the worker that serves them."""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TypeVar

import structlog
from msgspec.structs import replace

from adapters.ledger import Ledger
from adapters.outbox import Outbox
from adapters.outbox_rows import SubscriberPlace
from adapters.outgoing import OutgoingClient
from adapters.verifiable_log.store import KeptCheckpoint
from application.commands.subscriptions import note_dead_letters, pause_subscription
from application.subscriptions.alert_letters import put_alerts
from application.subscriptions.checkpoint_letters import CheckpointsTold
from application.subscriptions.composing import Composer, WriteBody
from application.subscriptions.line import Line
from application.subscriptions.measured import SubscriptionStanding, standings
from application.subscriptions.parts import GivenUp, LineParts, PutLetters
from application.subscriptions.places import LOST, has_lost_its_place
from application.subscriptions.reading import all_subscriptions
from domain.alerting import AlertChange
from domain.errors import DialtrailError, NotFound, NotReady
from domain.events import Recorded
from domain.subscription.state import Subscription

TICK_SECONDS, IDLE_TICK_SECONDS = 0.05, 0.25  # the second while nobody is served
LOOK_EVERY_SECONDS = 5.0
DEAD_TOLD_EVERY_SECONDS = 60.0
RESTART_SECONDS = 1.0
THREADS_MAX = 2
BY = {"actor": "subscriptions"}
ResultT = TypeVar("ResultT")
log = structlog.get_logger("dialtrail.subscriptions")


class Subscriptions:
    """One per process. `run` until `stop`, where this process serves them; what is asked goes by `Outbox` and ledger."""

    part = "subscriptions"

    def __init__(
        self,
        ledger: Ledger,
        outbox: Outbox,
        client: OutgoingClient,
        write: WriteBody,
        fingerprint: str | None,
        *,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
        delivered: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._ledger = ledger
        self.outbox = outbox
        self.client = client
        self._write = write
        self._fingerprint = fingerprint
        self._clock = clock
        self._threads = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="dialtrail-subscriptions")
        self._parts = LineParts(ledger, outbox, client, self._threads, clock, chance, delivered)
        self._lines: dict[str, tuple[Subscription, Line, asyncio.Task[None]]] = {}
        self._changing = asyncio.Lock()
        self._untold: dict[str, GivenUp] = {}
        self._checkpoints = CheckpointsTold(ledger, outbox, write)
        self._gone: dict[str, str] = {}
        self._look = asyncio.Event()
        self._stopping = asyncio.Event()
        self._runs = False
        self.standings: list[SubscriptionStanding] = []
        self._stands_by: Callable[[], bool] = lambda: False
        self._trouble: str | None = None
        ledger.add_listener(self._heard)

    @property
    def trouble(self) -> str | None:
        """What keeps deliveries from going out at all; a subscriber that does not answer is none."""
        found = [line.trouble for _, line, _ in self._lines.values() if line.trouble is not None]
        return self._trouble or next(iter(found), None)

    def line(self, subscription_id: str) -> Line | None:
        """The line that serves it now; None where none does."""
        found = self._lines.get(subscription_id)
        return None if found is None else found[1]

    def lines(self) -> Collection[Line]:
        """Those that are served now."""
        return [line for _, line, _ in self._lines.values()]

    def stand_by_while(self, stands_by: Callable[[], bool]) -> None:
        """Another process may send: send nothing while it does."""
        self._stands_by = stands_by

    async def run(self) -> None:
        """Serve them until stopped."""
        self._runs = True
        looked_at = told_at = float("-inf")
        loop = asyncio.get_running_loop()
        try:
            while not self._stopping.is_set():
                now = loop.time()
                try:
                    if self._stands_by():
                        looked_at = float("-inf")
                        if self._lines:
                            await self._end_all()
                    elif self._look.is_set() or now - looked_at >= LOOK_EVERY_SECONDS:
                        self._look.clear()
                        looked_at = now
                        await self._serve_those_there_are()
                        await self.measure()
                    if now - told_at >= DEAD_TOLD_EVERY_SECONDS and await self._tell_dead():
                        told_at = now
                    self._trouble = None
                except (DialtrailError, OSError) as error:
                    self._trouble = str(error)
                    log.warning("subscriptions could not be looked at", trouble=self._trouble)
                for _, line, _ in self._lines.values():
                    line.nudge()
                with suppress(TimeoutError):
                    async with asyncio.timeout(TICK_SECONDS if self._lines else IDLE_TICK_SECONDS):
                        await self._stopping.wait()
        finally:
            self._runs = False
            await self._end_all()

    async def stop(self) -> None:
        """Send nothing more."""
        self._stopping.set()
        await self._end_all()

    async def aclose(self) -> None:
        """Let go of the outbox and of all connections."""
        await self.stop()
        await self.client.aclose()
        self._threads.shutdown(wait=False)
        self.outbox.close()

    async def apart(self, subscription_id: str, work: Callable[[], None]) -> None:
        """Do something to a subscription's place or letters, while nothing of it is sent."""
        async with self._changing:
            await self._end(subscription_id)
            await asyncio.to_thread(self.outbox.change, subscription_id, work)
        self.look()

    async def tell_alerts(self, changes: Sequence[AlertChange]) -> None:
        """Have those told that ask for it; in the outbox when this returns. Raises `NotReady`."""
        await self._tell("alerts", lambda: put_alerts(self._ledger, self.outbox, self._write, changes, self._clock()))

    async def tell_checkpoint(self, newest: KeptCheckpoint) -> None:
        """The same of the log's newest checkpoint, where one was not told of it. Raises `NotReady`."""
        await self._tell("checkpoints", lambda: self._checkpoints.put(newest))

    async def _tell(self, what: str, put: Callable[[], list[PutLetters]]) -> None:
        try:
            told = await self._in_thread(put)
        except (OSError, sqlite3.Error) as error:
            raise NotReady(f"the outbox could not be written, so that nobody is told of {what}: {error}") from None
        for name, letters, up in told:
            self._keep_untold(name, up)
            if (line := self.line(name)) is not None:
                for letter in letters:
                    line.add(letter)

    async def measure(self) -> None:
        """Find out where all of them stand, for `standings`; none where the outbox cannot be read."""
        self.standings = []
        with suppress(OSError, sqlite3.Error, NotReady):
            self.standings = await self._in_thread(lambda: standings(self._ledger, self.outbox))

    def look(self) -> None:
        """Something about the subscriptions has changed."""
        self._look.set()

    def _heard(self, commit: Sequence[Recorded]) -> None:
        """In the ledger's thread: something was asked of one, here or at another server."""
        if any(one.event.NAME.startswith("subscription.") for one in commit):
            self.look()  # nobody waits for it: it is asked at each tick

    async def _serve_those_there_are(self) -> None:
        async with self._changing:
            await self._pause_gone()
            found = await self._in_thread(lambda: all_subscriptions(self._ledger))
            running = {name: state for name, state in found.items() if state.phase == "running"}
            for name, (state, line, task) in list(self._lines.items()):
                changes = await self._in_thread(partial(self.outbox.changes, name))
                is_changed = changes != line.place.changes
                if task.done() or name not in running or running[name].wanted != state.wanted or is_changed:
                    await self._end(name)
            for name, state in running.items():
                if name not in self._lines and not self._stopping.is_set():
                    await self._begin(name, state)

    async def _begin(self, name: str, state: Subscription) -> None:
        place = await self._in_thread(lambda: self._place_without_ended_secrets(name))
        if place is None or await self._in_thread(lambda: has_lost_its_place(self._ledger, place)):
            await self._ledger.execute(pause_subscription(name, "outbox", LOST), lane="commands", metadata=BY)
            return
        composer = Composer(self._ledger, state.wanted, self._fingerprint, self._write)

        def gone(why: str) -> None:
            self._gone[name] = why
            self.look()

        line = Line(self._parts, state.wanted, place, composer, gone)
        task = asyncio.create_task(line.run())
        task.add_done_callback(lambda done: self._ended(name, done))
        self._lines[name] = state, line, task

    def _place_without_ended_secrets(self, name: str) -> SubscriberPlace | None:
        place, now = self.outbox.take(name), self._clock()
        if place is None or all(now < old.until for old in place.old_secrets):
            return place
        place = replace(place, old_secrets=tuple(old for old in place.old_secrets if now < old.until))
        self.outbox.put_secrets(place)
        return place

    def _ended(self, name: str, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._trouble = f"the deliveries of {name} failed inside Dialtrail ({type(error).__name__})"
            log.error("deliveries failed inside Dialtrail", subscription=name, exc_info=error)

    async def _end(self, name: str) -> None:
        found = self._lines.pop(name, None)
        if found is None:
            return
        _, line, task = found
        try:
            await line.stop()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self._keep_untold(name, line.given_up)

    async def _end_all(self) -> None:
        """What cannot be written now is sent again by whoever begins next."""
        async with self._changing:
            for name in list(self._lines):
                try:
                    await self._end(name)
                except (DialtrailError, OSError) as error:
                    log.warning(
                        "where a subscription stands could not be written", subscription=name, trouble=str(error)
                    )
        try:
            await self._tell_dead()
        except DialtrailError as error:
            log.warning("what was given up could not be recorded", trouble=str(error))

    async def _pause_gone(self) -> None:
        for name, why in list(self._gone.items()):
            await self._end(name)
            with suppress(NotFound):  # it may have ended meanwhile; any other error is for the next look to try again
                await self._ledger.execute(pause_subscription(name, "gone", why), lane="commands", metadata=BY)
            del self._gone[name]

    def _keep_untold(self, name: str, more: GivenUp) -> None:
        if more.letters:
            known = self._untold.get(name)
            self._untold[name] = more if known is None else known.joined(more)

    async def _tell_dead(self) -> bool:
        """Record what was given up since it was told last; whether there was any."""
        for name, (_, line, _) in self._lines.items():
            self._keep_untold(name, line.given_up)
            line.given_up = GivenUp()
        told = bool(self._untold)
        for name in list(self._untold):
            up = self._untold.pop(name, None)
            if up is None:
                continue  # told meanwhile, by whoever stops
            noting = note_dead_letters(name, up.letters, up.first_position, up.last_position, up.status, up.why)
            try:
                await self._ledger.execute(noting, lane="commands", metadata=BY)
            except BaseException:
                self._keep_untold(name, up)
                raise
        return told

    async def _in_thread(self, work: Callable[[], ResultT]) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
