"""Records calls: a recording starts, stops, and is ready, or has failed, some time later."""

import asyncio

from entrypoints.sandbox.announcer import Announcer
from entrypoints.sandbox.calls import Call
from entrypoints.sandbox.chance import Chance
from entrypoints.sandbox.clock import Clock
from entrypoints.sandbox.settings import Live


class Recorder:
    def __init__(self, live: Live, chance: Chance, clock: Clock, announcer: Announcer) -> None:
        self._live = live
        self._chance = chance
        self._clock = clock
        self._announcer = announcer
        self._stopped = False

    def start(self, call: Call) -> None:
        call.recordings += 1
        call.recording_on = True
        self._announce(call, call.recordings, "started")

    def stop(self, call: Call) -> None:
        """The recording that is on ends, and is ready later; without one nothing happens."""
        if not call.recording_on:
            return
        call.recording_on = False
        call.recordings_unready += 1
        after = self._chance.seconds(
            self._live.settings.recording_seconds, "recording ready", *call.subject, call.recordings
        )
        asyncio.get_running_loop().call_later(after, self._ready, call, call.recordings)

    def end(self) -> None:
        self._stopped = True

    def _ready(self, call: Call, nth: int) -> None:
        if self._stopped:
            return
        call.recordings_unready -= 1
        failed = self._chance.hits(self._live.settings.recording_failed_rate, "recording", *call.subject, nth)
        if not failed:
            call.recorded_at = self._clock.now()
        self._announce(call, nth, "failed" if failed else "completed")

    def _announce(self, call: Call, nth: int, status: str) -> None:
        data: dict[str, object] = {"recording": {"id": call.recording_id(nth), "status": status}}
        self._announcer.announce(call, f"recording.{status}", data)
