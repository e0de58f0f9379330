"""The telephone exchange: creates calls, lets each live its planned life, and settles it at its end."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from math import ceil

from entrypoints.sandbox.announcer import Announcer
from entrypoints.sandbox.applications import Application
from entrypoints.sandbox.book import Book
from entrypoints.sandbox.calls import TERMINAL_EVENTS, Call, CallStatus, Origin
from entrypoints.sandbox.chance import Chance
from entrypoints.sandbox.clock import Clock
from entrypoints.sandbox.lives import Step, gathered_data, plan_life, plan_refused
from entrypoints.sandbox.numbers import NumberCounts
from entrypoints.sandbox.orders import Order
from entrypoints.sandbox.patience import Patience
from entrypoints.sandbox.recorder import Recorder
from entrypoints.sandbox.refusals import invalid_request, refusal
from entrypoints.sandbox.script.performer import Performer
from entrypoints.sandbox.settings import Live

CALLS_KEPT_MAX = 500_000
NUMBERS_KEPT_MAX = 500_000


class Exchange:
    def __init__(
        self,
        live: Live,
        chance: Chance,
        clock: Clock,
        announcer: Announcer,
        patience: Patience,
        performer: Performer,
    ) -> None:
        self._live = live
        self._chance = chance
        self._clock = clock
        self._announcer = announcer
        self._patience = patience
        self._performer = performer
        self._calls_to = {origin: NumberCounts(NUMBERS_KEPT_MAX) for origin in Origin}
        self._salt_ns = secrets.randbelow(1_000)
        self._last_id_ns = 0
        self._stopped = False
        self.on_end: Callable[[Call], None] | None = None
        self.recorder = Recorder(live, chance, clock, announcer)
        self.calls: dict[str, Call] = {}
        self.forgotten = 0

    def check(self, application: Application, order: Order) -> None:
        """Raises RefusalError when the provider would not place this call now."""
        settings = self._live.settings
        if any(order.to_number.startswith(prefix) for prefix in settings.no_rate_prefixes):
            raise refusal("rate_not_found")
        if settings.no_active_trunk:
            raise refusal("no_active_trunk")
        application.check(settings, self._clock.monotonic_ns())

    def create(self, application: Application, order: Order, origin: Origin) -> Call:
        """A call that exists, is counted and has its reserve held, and whose life has not begun."""
        now = self._clock.now()
        nth = self._calls_to[origin].add(order.to_number)
        call_id = self._new_id(now)
        reserve = Decimal(0) if origin is Origin.INBOUND else self._live.settings.reserve_per_call
        call = Call(
            id=call_id,
            application=application,
            provider_call_id=self._chance.uuid("provider call", call_id),
            origin=origin,
            from_number=order.from_number,
            to_number=order.to_number,
            nth=nth,
            metadata=order.metadata,
            record=order.record,
            created_at=now,
            reserved=reserve,
        )
        if origin is not Origin.INBOUND:
            application.begin(reserve)
        self.calls[call.id] = call
        self._forget_oldest()
        return call

    def begin(self, call: Call, *, start_seconds: float = 0.0) -> None:
        self._follow(call, iter(self._plan(call, start_seconds)))

    async def begin_early(self, call: Call, wait_seconds: float) -> None:
        """Begin with call.created on its way already; returns after its first try, or after `wait_seconds`."""
        steps = self._plan(call)
        delivery = self._announcer.announce(call, "call.created", {}, at_once=True)
        self._follow(call, iter(steps[1:]))
        if self._live.settings.webhook_url is not None:
            await self._patience.until(delivery.attempted, wait_seconds)

    def begin_refused(self, call: Call, *, start_seconds: float) -> None:
        """The life of a call that the carrier refused: it fails, late."""
        self._follow(call, iter(plan_refused(start_seconds)))

    def find(self, call_id: str, application: Application | None = None) -> Call:
        """Raises RefusalError `call_not_found`, also for a call of another application."""
        call = self.calls.get(call_id)
        if call is None or (application and call.application is not application):
            raise refusal("call_not_found")
        return call

    def hang_up(self, call: Call) -> bool:
        """End a call now; False when it had ended before."""
        if not call.active:
            return False
        if call.book:
            self._performer.cut(call.book)
        self.end(call, "call.completed" if call.answered_at else "call.canceled")
        return True

    def forget(self, call: Call) -> None:
        """Know nothing more of a call that has ended; raises RefusalError `invalid_request` for one that goes on."""
        if call.active:
            raise invalid_request("the call is under way: hang up first")
        del self.calls[call.id]
        self.forgotten += 1

    def end(self, call: Call, event: str) -> None:
        """End a call, unless it has ended, whatever was planned."""
        if not call.active:
            return
        if call.timer:
            call.timer.cancel()
            call.timer = None
        self.happen(call, event)

    def start_recording(self, call: Call) -> None:
        """As a script asks; one that is on goes on."""
        if not call.recording_on:
            self.happen(call, "recording.started")

    def stop_recording(self, call: Call) -> None:
        self.recorder.stop(call)

    def happen(self, call: Call, event: str) -> None:
        """Change the call's state as `event` says, then announce it; call.created always goes first, and once."""
        if event == "call.created" and call.events:
            return
        if event != "call.created" and not call.events:
            self._announcer.announce(call, "call.created", {})
        now = self._clock.now()
        data: dict[str, object] = {}
        if event == "call.answered":
            call.answered_at, call.state = now, CallStatus.IN_PROGRESS
        elif event == "call.gathered":
            call.gathers += 1
            data = gathered_data(self._chance, self._live.settings, call.subject, call.gathers)
        elif event == "recording.started":
            self.recorder.start(call)
            return
        elif event in TERMINAL_EVENTS:
            self._end(call, TERMINAL_EVENTS[event], now)
        self._announcer.announce(call, event, data)
        if not call.active:
            self.recorder.stop(call)
            if event in TERMINAL_EVENTS and self.on_end is not None:
                self.on_end(call)

    def stop(self) -> None:
        self._stopped = True
        self.recorder.end()
        for call in self.calls.values():
            if call.timer:
                call.timer.cancel()

    def _follow(self, call: Call, steps: Iterator[Step], begun_at: float | None = None) -> None:
        loop = asyncio.get_running_loop()
        begun_at = loop.time() if begun_at is None else begun_at
        step = next(steps, None)
        if step is None or self._stopped:
            call.timer = None
            if call.book and call.active and not self._stopped:
                self._performer.begin(call, call.book, self)
            return
        call.timer = loop.call_at(begun_at + step.after_seconds, self._take, call, step, steps, begun_at)

    def _take(self, call: Call, step: Step, steps: Iterator[Step], begun_at: float) -> None:
        if step.event != "recording.started" or not call.recording_on:
            self.happen(call, step.event)
        self._follow(call, steps, begun_at)

    def _plan(self, call: Call, start_seconds: float = 0.0) -> tuple[Step, ...]:
        """Its life; a call that will be answered, and asks what it says, gets its book."""
        settings = self._live.settings
        scripted = settings.fetch_answers and (not settings.fetch_only or call.origin.value in settings.fetch_only)
        steps = plan_life(
            self._chance,
            settings,
            call.subject,
            record=call.record,
            scripted=scripted,
            picked_up=call.is_picked_up,
            start_seconds=start_seconds,
        )
        if scripted and any(step.event == "call.answered" for step in steps):
            call.book = Book()
        return steps

    def _end(self, call: Call, state: CallStatus, now: datetime) -> None:
        call.state, call.ended_at = state, now
        if call.origin is Origin.INBOUND:
            return
        call.application.end(call.reserved)
        if state is not CallStatus.COMPLETED:
            return
        settings = self._live.settings
        if call.answered_at:
            call.billed_seconds = ceil((now - call.answered_at).total_seconds())
            call.cost = settings.cost_per_call + settings.cost_per_second * call.billed_seconds
        call.application.settle(now, call.billed_seconds, call.cost)

    def _new_id(self, now: datetime) -> str:
        """As in the document: `call_20260529T120000.000000000`, with nanoseconds that are never used twice.

        Its time and a salt that is no child of the seed keep it apart from the ids of sandboxes before and beside this one.
        """
        now_ns = int(now.timestamp()) * 10**9 + now.microsecond * 1000 + self._salt_ns
        self._last_id_ns = max(self._last_id_ns + 1, now_ns)
        seconds, nanoseconds = divmod(self._last_id_ns, 10**9)
        return f"call_{datetime.fromtimestamp(seconds, now.tzinfo):%Y%m%dT%H%M%S}.{nanoseconds:09d}"

    def _forget_oldest(self) -> None:
        if len(self.calls) > CALLS_KEPT_MAX:
            oldest = next(iter(self.calls))
            if not self.calls[oldest].active:
                del self.calls[oldest]
                self.forgotten += 1
