"""The feed by itself, and against the deliveries that were acknowledged: all is there, once, in order, and tied on both sides."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime

from tests.simulation.judge.day import Day, Era
from tests.simulation.judge.lines import LONG, Broken, Told

NO_REPORTS = frozenset({"call.redelivered", "call.observed"})
TAKEN = 204


def in_order(day: Day) -> Iterator[Broken]:
    """Positions and times only grow, versions have no gap, no id comes twice."""
    for era in day.eras:
        versions: Counter[str] = Counter()
        ids: set[str] = set()
        before: Told | None = None
        for one in era.events:
            versions[one.stream] += 1
            if before is not None and one.position <= before.position:
                yield Broken("order", "a position does not follow the one before", (before.place, one.place))
            if before is not None and one.recorded_at < before.recorded_at:
                yield Broken("order", "the time went back", (before.place, one.place))
            if one.said_at > one.recorded_at:
                yield Broken("order", "recorded before its own clock said so", (one.place,))
            if one.version != versions[one.stream]:
                yield Broken("order", f"version {one.version} where {versions[one.stream]} was next", (one.place,))
            if one.event_id in ids:
                yield Broken("order", "an event's id comes twice", (one.place,))
            ids.add(one.event_id)
            before = one


def once(day: Day) -> Iterator[Broken]:
    """A report is stored once and whole, however often it was delivered: what comes again is a redelivery."""
    for era in day.eras:
        first: dict[tuple[str, str, str, str], Told] = {}
        whole: set[tuple[str, str]] = set()
        for one in era.events:
            digest = one.body.get("digest")
            if one.name == "call.redelivered" and (one.stream, str(digest)) not in whole:
                yield Broken("once", "a delivery counts as repeated, and what it says is nowhere", (one.place,))
            if digest is None or one.name in NO_REPORTS:
                continue
            whole.add((one.stream, str(digest)))
            key = (one.stream, one.name, str(one.body.get("key")), str(digest))
            if key in first:
                yield Broken("once", "a report is stored twice", (first[key].place, one.place))
            first.setdefault(key, one)


def acknowledged(day: Day) -> Iterator[Broken]:
    """Each delivery that was answered 204 is in the feed that held then, whichever it was; and none that was forged."""
    for era in day.eras:
        known = {str(one.body["digest"]) for one in era.events if one.body.get("digest")}
        for line in era.lines:
            if line.what != "webhook" or line.value.get("status") != TAKEN:
                continue
            if line.value["sha256"] not in known:
                says = f"delivery {line.value['delivery']} was acknowledged, and is not in the ledger"
                yield Broken("acknowledged", says, (line.place,))
            if line.value.get("badly_signed"):
                yield Broken("acknowledged", "a delivery with a wrong signature was taken", (line.place,))


def tied(day: Day) -> Iterator[Broken]:
    """An attempt and its call name each other, and only one call in the world is an accepted attempt's by its answer."""
    for era in day.eras:
        told = [one for one in era.events if one.name == "call.claimed"]
        claims = {(one.body["attempt_id"], one.stream.partition(":")[2], one.body["how"]) for one in told}
        pairs = {claim[:2] for claim in claims}
        by_request = {request.attempt_id: request for request in era.requests}
        for attempt in era.attempts.values():
            for word in attempt.words:
                call_id = word.body.get("call_id")
                pair = (attempt.attempt_id, call_id)
                is_answered = word.name == "attempt.accepted"
                if call_id and (pair not in pairs or (is_answered and (*pair, "response") not in claims)):
                    yield Broken("tied", "an attempt has a call that does not know of it", (word.place,))
            request, last = by_request.get(attempt.attempt_id), attempt.call_id()
            if request is not None and request.call_id and last and last != request.call_id:
                yield Broken(
                    "tied", f"the call {last} is taken for another's", (request.place, attempt.words[-1].place)
                )


def notices(day: Day) -> Iterator[Broken]:
    """Each subscriber gets what it asked for at least once by the end, and in order for each person."""
    era = day.last
    taken: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for line in era.lines:
        status = line.value.get("status")
        if line.what == "notice" and status is not None and 200 <= status < 300:
            found = (line.value["position"], line.value["event_id"], line.place)
            taken[line.value["to"]].append(found)
    for subscriber in sorted(_subscribers(era)):
        yield from _out_of_order(era, taken[subscriber])
        yield from _not_told(day, era, subscriber, {position for position, _, _ in taken[subscriber]})


def _subscribers(era: Era) -> set[str]:
    return {one.stream.partition(":")[2] for one in era.events if one.name == "subscription.created"}


def _out_of_order(era: Era, taken: list[tuple[int, str, str]]) -> Iterator[Broken]:
    lanes, streams = _lanes(era), {one.position: one.stream for one in era.events}
    last: dict[str, tuple[int, str]] = {}
    seen: set[int] = set()
    for position, _, place in taken:
        lane = lanes.get(position) or streams.get(position, "")
        newest, shown = last.get(lane, (0, ""))
        if position not in seen and position < newest:
            yield Broken("notices", "a subscriber was told the newer before the older", (shown, place))
        seen.add(position)
        if position > newest:
            last[lane] = (position, place)


def _lanes(era: Era) -> dict[int, str]:
    """Of an event of a call, the person whose it was by then."""
    owners: dict[str, str] = {}
    found = {}
    for one in era.events:
        if one.name == "call.claimed":
            owners[one.stream] = one.body["recipient"]
        found[one.position] = owners.get(one.stream, one.stream)
    return found


def _not_told(day: Day, era: Era, subscriber: str, told: set[int]) -> Iterator[Broken]:
    """What was recorded while it was wanted, long enough before the end, and was never taken."""
    wanted: set[str] = set()
    is_on, campaigns, until = False, None, _long_before_the_end(day)
    own = f"subscription:{subscriber}"
    if any(
        one.name in {"subscription.paused", "subscription.dead", "subscription.changed"} for one in era.streams[own]
    ):
        return  # what is told then is told otherwise
    for one in era.events:
        if one.stream == own and one.name == "subscription.created":
            wanted, campaigns, is_on = set(one.body["wanted"]["events"]), one.body["wanted"].get("campaigns"), True
        elif is_on and campaigns is None and one.name in wanted and one.said_at < until and one.position not in told:
            yield Broken("notices", f"{subscriber} was never told of {one.name}", (one.place,))


def _long_before_the_end(day: Day) -> datetime:
    return day.ends_at + day.offset(len(day.lines) - 1) - LONG
