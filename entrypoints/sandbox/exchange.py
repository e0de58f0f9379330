"""The telephone exchange: creates calls, lets each live its planned life, and settles it at its end."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from math import ceil

from entrypoints.sandbox import refusals
from entrypoints.sandbox.announcer import Announcer
from entrypoints.sandbox.applications import Application
from entrypoints.sandbox.calls import TERMINAL_EVENTS, Call, CallState, Origin
from entrypoints.sandbox.chance import Chance
from entrypoints.sandbox.clock import Clock
from entrypoints.sandbox.lives import Step, gathered_data, plan_life, plan_refused
from entrypoints.sandbox.orders import Order
from entrypoints.sandbox.settings import Live

CALLS_KEPT_MAX = 500_000
RECORDING_EVENTS = {"recording.started", "recording.completed", "recording.failed"}


class Exchange:
    def __init__(self, live: Live, chance: Chance, clock: Clock, announcer: Announcer) -> None:
        self._live = live
        self._chance = chance
        self._clock = clock
        self._announcer = announcer
        self._calls_to: Counter[tuple[Origin, str]] = Counter()
        self._last_id_ns = 0
        self._stopped = False
        self.calls: dict[str, Call] = {}
        self.forgotten = 0

    def check(self, application: Application, order: Order) -> None:
        """Raises RefusalError when the provider would not place this call now."""
        settings = self._live.settings
        if any(order.to_number.startswith(prefix) for prefix in settings.no_rate_prefixes):
            raise refusals.rate_not_found()
        if settings.no_active_trunk:
            raise refusals.no_active_trunk()
        application.check(settings, self._clock.monotonic_ns())

    def create(self, application: Application, order: Order, origin: Origin) -> Call:
        """A call that exists, is counted and has its reserve held, and whose life has not begun."""
        now = self._clock.now()
        self._calls_to[origin, order.to_number] += 1
        nth = self._calls_to[origin, order.to_number]
        reserve = Decimal(0) if origin is Origin.INBOUND else self._live.settings.reserve_per_call
        call = Call(
            id=self._new_id(now),
            application=application,
            provider_call_id=self._chance.uuid("provider call", origin, order.to_number, nth),
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
        steps = plan_life(
            self._chance, self._live.settings, call.subject, record=call.record, start_seconds=start_seconds
        )
        self._follow(call, iter(steps))

    async def begin_early(self, call: Call, wait_seconds: float) -> None:
        """Begin with call.created on its way already; returns after its first try, or after `wait_seconds`."""
        steps = plan_life(self._chance, self._live.settings, call.subject, record=call.record)
        delivery = self._announcer.announce(call, "call.created", {}, at_once=True)
        self._follow(call, iter(steps[1:]))
        if self._live.settings.webhook_url is not None:
            with_deadline = asyncio.wait_for(delivery.attempted.wait(), wait_seconds)
            await asyncio.gather(with_deadline, return_exceptions=True)

    def begin_refused(self, call: Call, *, start_seconds: float) -> None:
        """The life of a call that the carrier refused: it fails, late."""
        self._follow(call, iter(plan_refused(start_seconds)))

    def find(self, call_id: str, application: Application | None = None) -> Call:
        """Raises RefusalError `call_not_found`, also for a call of another application."""
        call = self.calls.get(call_id)
        if call is None or (application and call.application is not application):
            raise refusals.call_not_found()
        return call

    def hang_up(self, call: Call) -> bool:
        """End a call now; False when it had ended before."""
        if not call.active:
            return False
        if call.timer:
            call.timer.cancel()
            call.timer = None
        self.happen(call, "call.completed" if call.answered_at else "call.canceled")
        if call.recording_on:
            self.happen(call, "recording.completed")
        return True

    def happen(self, call: Call, event: str) -> None:
        """Change the call's state as `event` says, then announce it; call.created always goes first, and once."""
        if event == "call.created" and call.events:
            return
        if event != "call.created" and not call.events:
            self._announcer.announce(call, "call.created", {})
        now = self._clock.now()
        data: dict[str, object] = {}
        if event == "call.answered":
            call.answered_at, call.state = now, CallState.IN_PROGRESS
        elif event == "call.gathered":
            call.gathers += 1
            data = gathered_data(self._chance, call.subject, call.gathers)
        elif event in RECORDING_EVENTS:
            call.recordings += event == "recording.started"
            call.recording_on = event == "recording.started"
            call.recorded = call.recorded or event == "recording.completed"
            data = {"recording": {"id": call.recording_id, "status": event.partition(".")[2]}}
        elif event in TERMINAL_EVENTS:
            self._end(call, TERMINAL_EVENTS[event], now)
        self._announcer.announce(call, event, data)

    def stop(self) -> None:
        self._stopped = True
        for call in self.calls.values():
            if call.timer:
                call.timer.cancel()

    def _follow(self, call: Call, steps: Iterator[Step], begun_at: float | None = None) -> None:
        loop = asyncio.get_running_loop()
        begun_at = loop.time() if begun_at is None else begun_at
        step = next(steps, None)
        if step is None or self._stopped:
            call.timer = None
            return
        call.timer = loop.call_at(begun_at + step.after_seconds, self._take, call, step, steps, begun_at)

    def _take(self, call: Call, step: Step, steps: Iterator[Step], begun_at: float) -> None:
        if step.event not in {"recording.completed", "recording.failed"} or call.recording_on:
            self.happen(call, step.event)
        self._follow(call, steps, begun_at)

    def _end(self, call: Call, state: CallState, now: datetime) -> None:
        call.state, call.ended_at = state, now
        if call.origin is Origin.INBOUND:
            return
        call.application.end(call.reserved)
        if state is not CallState.COMPLETED:
            return
        settings = self._live.settings
        if call.answered_at:
            call.billed_seconds = ceil((now - call.answered_at).total_seconds())
            call.cost = settings.cost_per_call + settings.cost_per_second * call.billed_seconds
        call.application.settle(now, call.billed_seconds, call.cost)

    def _new_id(self, now: datetime) -> str:
        """As in the document: `call_20260529T120000.000000000`, with nanoseconds that are never used twice."""
        self._last_id_ns = max(self._last_id_ns + 1, int(now.timestamp()) * 10**9 + now.microsecond * 1000)
        seconds, nanoseconds = divmod(self._last_id_ns, 10**9)
        return f"call_{datetime.fromtimestamp(seconds, now.tzinfo):%Y%m%dT%H%M%S}.{nanoseconds:09d}"

    def _forget_oldest(self) -> None:
        if len(self.calls) > CALLS_KEPT_MAX:
            oldest = next(iter(self.calls))
            if not self.calls[oldest].active:
                del self.calls[oldest]
                self.forgotten += 1
