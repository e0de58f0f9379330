"""A call's deliveries in the order in which they came: what each said, which of them repeated an earlier one, and how soon."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, get_args

from msgspec import Struct

from domain.call import CallRedelivered, Report, ReportEvent, report_name
from domain.events import Recorded
from domain.identity import call_id_of
from domain.quarantine import DeliveryQuarantined

RECEIVED_AT = "received_at"
WINDOW_EVENTS = 1_000
Result = Literal["first", "repeated", "changed", "quarantined"]
RESULTS: tuple[Result, ...] = get_args(Result)
ReadFeed = Callable[[int, int], Sequence[Recorded]]


class KeptDelivery(Struct, frozen=True, kw_only=True):
    """One request of the provider's, as it was kept.

    `nth` counts the deliveries of this report, from 1; `is_repeat` where it was byte for byte one that had come before, and
    `is_changed` where it came under the key of one with another body. `since_last_seconds` is the time since the last
    delivery of the same report, `stored_after_seconds` from its arrival until it was on disk: None where the arrival was
    not kept. `raw` are its bytes where they are no text, which `body` then shows.
    """

    position: int
    event: str
    key: str
    digest: str
    nth: int
    is_repeat: bool
    is_changed: bool
    occurred_at: datetime | None
    received_at: datetime | None
    recorded_at: datetime
    since_last_seconds: float | None
    stored_after_seconds: float | None
    headers: Mapping[str, str]
    body: str
    raw: bytes | None = None


class Delivered(Struct, frozen=True, kw_only=True):
    """One delivery among those of all calls, without what it said. `call_id` and `event` are None of an unreadable one.

    `digest` names an unreadable one in quarantine; of any other it is None.
    """

    position: int
    call_id: str | None
    event: str | None
    result: Result
    occurred_at: datetime | None
    received_at: datetime | None
    recorded_at: datetime
    stored_after_seconds: float | None
    reason: str | None
    digest: str | None = None


class DeliveriesAsked(Struct, frozen=True, kw_only=True):
    """Which ones are asked for; None asks for any. `after_position` and `up_to_position` bound when they came."""

    event: str | None = None
    result: Result | None = None
    after_position: int = 0
    up_to_position: int

    def wants(self, one: Delivered) -> bool:
        """Whether it is one of them."""
        return self.event in {None, one.event} and self.result in {None, one.result}


class LatestDeliveries(Struct, frozen=True):
    """Some deliveries, the latest first, and the position before which to go on; None where there are no others."""

    items: list[Delivered]
    before: int | None


def latest_deliveries(read_feed: ReadFeed, asked: DeliveriesAsked, items_max: int, events_max: int) -> LatestDeliveries:
    """The latest of those that are asked for, from at most `events_max` events of the ledger, read backwards."""
    found: list[Delivered] = []
    before, floor = asked.up_to_position + 1, max(asked.after_position, asked.up_to_position - events_max)
    while before > floor + 1:
        begin = max(floor, before - 1 - WINDOW_EVENTS)
        window = [recorded for recorded in read_feed(begin, before - 1 - begin) if recorded.position < before]
        found += _latest_in(window, asked, items_max + 1 - len(found))
        if len(found) > items_max:
            return LatestDeliveries(found[:items_max], found[items_max - 1].position)
        before = begin + 1
    return LatestDeliveries(found, before if floor > asked.after_position else None)


def last_arrival(read_feed: ReadFeed, after_position: int, up_to_position: int, but_of_call: str) -> datetime | None:
    """When the last delivery between two positions arrived, those of one call left out; None where there is none."""
    before = up_to_position + 1
    while before > after_position + 1:
        begin = max(after_position, before - 1 - WINDOW_EVENTS)
        for recorded in reversed(read_feed(begin, before - 1 - begin)):
            one = delivered(recorded)
            if one is not None and one.call_id != but_of_call:
                return one.received_at or recorded.counts_from
        before = begin + 1
    return None


def latest_deliveries_in(stream: Sequence[Recorded], asked: DeliveriesAsked, items_max: int) -> LatestDeliveries:
    """The latest of those that are asked for in one stream."""
    wanted = [one for one in stream if asked.after_position < one.position <= asked.up_to_position]
    found = _latest_in(wanted, asked, items_max + 1)
    return LatestDeliveries(found[:items_max], found[items_max - 1].position if len(found) > items_max else None)


def _latest_in(events: Sequence[Recorded], asked: DeliveriesAsked, items_max: int) -> list[Delivered]:
    found: list[Delivered] = []
    for recorded in reversed(events):
        if len(found) == items_max:
            break
        one = delivered(recorded)
        if one is not None and asked.wants(one):
            found.append(one)
    return found


def delivered(recorded: Recorded) -> Delivered | None:
    """An event as the delivery that brought it; None where none did."""
    event = recorded.event
    name: str | None = None
    result: Result
    if isinstance(event, Report) and event.source == "webhook":
        name, result = report_name(event), "changed" if event.same_key else "first"
    elif isinstance(event, CallRedelivered):
        name, result = event.key.partition("|")[0], "repeated"
    elif isinstance(event, DeliveryQuarantined):
        result = "quarantined"
    else:
        return None
    received_at = _instant(recorded.metadata.get(RECEIVED_AT))
    return Delivered(
        position=recorded.position,
        call_id=call_id_of(recorded.stream),
        event=name,
        result=result,
        occurred_at=event.occurred_at if isinstance(event, Report) else None,
        received_at=received_at,
        recorded_at=recorded.recorded_at,
        stored_after_seconds=_seconds(received_at, recorded.counts_from),
        reason=event.reason if isinstance(event, DeliveryQuarantined) else None,
        digest=event.digest if isinstance(event, DeliveryQuarantined) else None,
    )


def deliveries_of(stream: Sequence[Recorded]) -> list[KeptDelivery]:
    """All that are in a call's stream, in the order in which they came. What the provider said in answers to us is none."""
    return list(_deliveries(stream))


def _deliveries(stream: Sequence[Recorded]) -> Iterator[KeptDelivery]:
    first: dict[str, ReportEvent] = {}
    counted: dict[str, int] = {}
    last: dict[str, datetime] = {}
    for recorded in stream:
        event = recorded.event
        said: ReportEvent
        if isinstance(event, Report):
            if event.source != "webhook":
                continue
            said, headers = event, event.headers
            first.setdefault(said.digest, said)
        elif isinstance(event, CallRedelivered) and event.digest in first:
            said, headers = first[event.digest], event.headers
        else:
            continue
        received_at = _instant(recorded.metadata.get(RECEIVED_AT))
        came_at = received_at or recorded.counts_from
        counted[said.key] = counted.get(said.key, 0) + 1
        yield KeptDelivery(
            position=recorded.position,
            event=report_name(said),
            key=said.key,
            digest=said.digest,
            nth=counted[said.key],
            is_repeat=isinstance(event, CallRedelivered),
            is_changed=isinstance(event, Report) and event.same_key,
            occurred_at=said.occurred_at,
            received_at=received_at,
            recorded_at=recorded.recorded_at,
            since_last_seconds=_seconds(last.get(said.key), came_at),
            stored_after_seconds=_seconds(received_at, recorded.counts_from),
            headers=headers,
            body=said.body,
            raw=said.raw,
        )
        last[said.key] = came_at


def _instant(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None


def _seconds(begin: datetime | None, end: datetime) -> float | None:
    return None if begin is None else round(max(0.0, (end - begin).total_seconds()), 6)
