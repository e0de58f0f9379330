"""Calls that are not ours: placed by others on the same application, or coming in to it."""

import asyncio
from math import log

from entrypoints.sandbox.applications import Application
from entrypoints.sandbox.calls import Origin
from entrypoints.sandbox.chance import Chance
from entrypoints.sandbox.exchange import Exchange
from entrypoints.sandbox.orders import Order
from entrypoints.sandbox.settings import Live

FOREIGN_NUMBERS, OWN_NUMBER = "+1999000", "+15550009999"


class Neighbours:
    def __init__(self, live: Live, chance: Chance, exchange: Exchange, applications: tuple[Application, ...]) -> None:
        self._live = live
        self._chance = chance
        self._exchange = exchange
        self._applications = applications
        self._woken: dict[Origin, asyncio.Event] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        for origin in (Origin.FOREIGN, Origin.INBOUND):
            self._woken[origin] = asyncio.Event()
            self._tasks.append(asyncio.create_task(self._keep_calling(origin)))

    def wake(self) -> None:
        """Look at the rates again: settings have changed."""
        for woken in self._woken.values():
            woken.set()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep_calling(self, origin: Origin) -> None:
        nth = 0
        while True:
            per_minute = self._per_minute(origin)
            pause = 60 / per_minute * -log(1 - self._chance.roll("pause", origin, nth)) if per_minute else None
            self._woken[origin].clear()
            try:
                async with asyncio.timeout(pause):
                    await self._woken[origin].wait()
            except TimeoutError:
                self._call(origin, nth)
                nth += 1

    def _call(self, origin: Origin, nth: int) -> None:
        application = self._applications[nth % len(self._applications)]
        stranger = f"{FOREIGN_NUMBERS}{self._chance.whole(0, 9999, 'stranger', origin, nth):04d}"
        ours_to_stranger = Order(OWN_NUMBER, stranger, {}, record=False)
        stranger_to_us = Order(stranger, OWN_NUMBER, {}, record=False)
        order = stranger_to_us if origin is Origin.INBOUND else ours_to_stranger
        self._exchange.begin(self._exchange.create(application, order, origin))

    def _per_minute(self, origin: Origin) -> float:
        settings = self._live.settings
        return settings.inbound_calls_per_minute if origin is Origin.INBOUND else settings.foreign_calls_per_minute
