"""Turns what happens to a call into webhooks, with the trouble that the settings ask for."""

from dataclasses import dataclass
from itertools import count

from entrypoints.sandbox import webhooks
from entrypoints.sandbox.calls import Call
from entrypoints.sandbox.chance import Chance
from entrypoints.sandbox.clock import Clock, later, whole_seconds
from entrypoints.sandbox.courier import Courier, Delivery
from entrypoints.sandbox.settings import Live
from entrypoints.sandbox.span import Span

DUPLICATES_MAX = 3
AGAIN_SECONDS = Span(0.05, 1.5)
"""How long after the first sending a duplicate or a changed body follows."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A webhook whose event has happened, written and not sent; `about` is what its trouble is chosen by."""

    call: Call
    event: str
    about: tuple[object, ...]
    webhook: dict[str, object]


class Announcer:
    def __init__(self, live: Live, chance: Chance, clock: Clock, courier: Courier) -> None:
        self._live = live
        self._chance = chance
        self._clock = clock
        self._courier = courier
        self._ids = count(1)

    def announce(self, call: Call, event: str, data: dict[str, object], *, at_once: bool = False) -> Delivery:
        """Send the event's webhook, or do to it what chance says; `at_once` lets it be neither held nor dropped."""
        return self.send(self.write(call, event, data), at_once=at_once)

    def write(self, call: Call, event: str, data: dict[str, object]) -> Notice:
        """The event happens now, and is among the call's; its webhook waits for `send`."""
        call.events.append(event)
        now = self._clock.now()
        webhook = webhooks.body(
            call,
            event,
            data,
            call.book.moment(now, event, data) if call.book else now,
            direction=self._direction(call, event),
            echo=self._live.settings.echo_metadata in {"webhooks", "both"},
        )
        return Notice(call, event, (event, call.events.count(event), *call.subject), webhook)

    def send(self, notice: Notice, *, after_seconds: float = 0.0, at_once: bool = False) -> Delivery:
        """The webhook leaves after so long and after what chance adds, unless chance drops it."""
        settings, chance = self._live.settings, self._chance
        call, event, about = notice.call, notice.event, notice.about
        raw_body = webhooks.encode(notice.webhook)
        delivery = self._delivery(call, event, raw_body, "event")
        droppable = not at_once and (not settings.drop_events or event in settings.drop_events)
        if droppable and chance.hits(settings.drop_rate, "drop", *about):
            self._courier.drop(delivery)
            return delivery
        held_seconds = 0.0 if at_once else self._hold_seconds(about)
        delivery.held = held_seconds > 0
        hold_seconds = after_seconds + held_seconds
        self._courier.send(delivery, hold_seconds)
        if chance.hits(settings.duplicate_rate, "duplicate", *about):
            for copy in range(chance.whole(1, DUPLICATES_MAX, "duplicates", *about)):
                after = hold_seconds + chance.seconds(AGAIN_SECONDS, "again", copy, *about)
                self._courier.send(self._delivery(call, event, raw_body, "duplicate"), after)
        if event == "call.created" and chance.hits(settings.changed_body_rate, "changed", *about):
            after = hold_seconds + chance.seconds(AGAIN_SECONDS, "changed again", *about)
            changed = webhooks.encode(self._changed(notice.webhook, about))
            self._courier.send(self._delivery(call, event, changed, "changed_body"), after)
        return delivery

    def _hold_seconds(self, about: tuple[object, ...]) -> float:
        settings, chance = self._live.settings, self._chance
        shuffled = chance.hits(settings.shuffle_rate, "shuffle", *about)
        delayed = chance.hits(settings.delay_rate, "delay", *about)
        hold_seconds = settings.shuffle_seconds * chance.roll("hold", *about) if shuffled else 0.0
        return hold_seconds + (chance.seconds(settings.delay_seconds, "delayed", *about) if delayed else 0.0)

    def _direction(self, call: Call, event: str) -> str:
        rate = self._live.settings.wrong_direction_rate
        flips = event == "call.completed" and self._chance.hits(rate, "direction", *call.subject)
        return "inbound" if flips else call.direction

    def _changed(self, webhook: dict[str, object], about: tuple[object, ...]) -> dict[str, object]:
        if self._chance.hits(0.5, "changed field", *about):
            return webhook | {"platform_retry": True}
        return webhook | {"created_at": whole_seconds(later(self._clock.now(), 1.0))}

    def _delivery(self, call: Call, event: str, raw_body: bytes, reason: str) -> Delivery:
        return Delivery(f"delivery_{next(self._ids)}", event, call.id, raw_body, reason)
