"""People who were called and ring back: chance says who, or somebody asks for it."""

import asyncio

from entrypoints.sandbox.applications import Application
from entrypoints.sandbox.calls import Call, Origin
from entrypoints.sandbox.chance import Chance
from entrypoints.sandbox.exchange import Exchange
from entrypoints.sandbox.orders import Order
from entrypoints.sandbox.settings import Live


class RingBacks:
    """A call that comes in is picked up by the platform at once, and asks what it says like any other."""

    def __init__(self, live: Live, chance: Chance, exchange: Exchange) -> None:
        self._live = live
        self._chance = chance
        self._exchange = exchange
        self._timers: set[asyncio.TimerHandle] = set()
        exchange.on_end = self.ended

    def ended(self, call: Call) -> None:
        """Of a call that was placed by the API: its person may ring back."""
        settings = self._live.settings
        if call.origin is not Origin.API or not self._chance.hits(settings.ring_back_rate, "ring back", *call.subject):
            return
        after_seconds = self._chance.seconds(settings.ring_back_seconds, "ring back after", *call.subject)
        order = Order(call.to_number, call.from_number, {}, record=False)

        def ring() -> None:
            self._timers.discard(timer)
            self.ring(call.application, order)

        timer = asyncio.get_running_loop().call_later(after_seconds, ring)
        self._timers.add(timer)

    def ring(self, application: Application, order: Order) -> Call:
        """A call that comes in, now."""
        call = self._exchange.create(application, order, Origin.INBOUND)
        call.is_picked_up = True
        self._exchange.begin(call)
        return call

    def stop(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
