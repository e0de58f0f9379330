"""Whether what is sealed in one stream may be destroyed, and together with what."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from adapters.ledger.sealed_keys import SealedKeys, SealedStream
from application.installation import Installation
from domain.call import CallState
from domain.campaign import CampaignState
from domain.identity import call_stream, campaign_stream
from domain.person import E164_DIGITS_MAX
from domain.quarantine import DeliveryQuarantined
from domain.recipient import RecipientState, call_ids, other_streams, spelled_streams
from domain.retention import (
    NEEDED_BY_WHO_WAITS,
    NOT_COUNTED,
    Expired,
    WhyKept,
    has_open_attempt,
    is_over,
    is_waiting,
    take_two,
)
from projections.folded import call_of, recipient_of

E164_DIGITS_MIN = 7
DIGITS_LOOKED_AT_MAX = 64
"""Runs of digits in a delivery that nobody could read; one with more, or with longer ones, may name anybody."""
_DIGITS = re.compile(rb"[0-9]{%d,}" % E164_DIGITS_MIN)
Judged = Expired | WhyKept | None


class Judge:
    """Judges streams by what the ledger has up to `position`; what was recorded after `cut` is not old."""

    def __init__(
        self, parts: Installation, sealed: SealedKeys, kinds: Collection[str], *, cut: int, position: int
    ) -> None:
        self._parts = parts
        self._ledger = parts.ledger
        self._sealed = sealed
        self._kinds = frozenset(kinds)
        self._cut = cut
        self._position = position

    def judge(self, stream: str) -> Judged:
        """What of a stream may go, or why not; None where there is nothing of these kinds, or it is not old. Raises `LedgerUnavailable`."""
        match stream.partition(":")[0]:
            case "recipient":
                return self._person(stream)
            case "call":
                return self._call(stream)
            case "quarantine":
                return self._quarantined(stream)
            case _:
                return None

    def _person(self, stream: str) -> Judged:
        """A person, in all spellings, is judged where the first of them stands that has anything."""
        own = self._looked(stream)
        if own is None:
            return None
        states = self._people([stream])
        others = other_streams(states[stream].number, self._ledger.recipient_stream)
        states |= self._people(others)
        looked = {one: found for one in states if (found := self._looked(one)) is not None}
        if min(one.first_position for one in looked.values()) < own.first_position or not self._are_old(
            looked.values()
        ):
            return None
        calls = self._calls(states.values())
        campaigns = self._campaigns(i for one in states.values() for i in one.enrollments)
        why = self._why_kept(states.values(), campaigns)
        if why is not None:
            return why
        if any(has_open_attempt(one, calls) for one in states.values()):
            return "going_on"
        waits = any(is_waiting(one, campaigns, calls) for one in states.values())
        kinds = self._kinds - NEEDED_BY_WHO_WAITS if waits else self._kinds
        seen = (stream, *others, *map(call_stream, calls), *map(campaign_stream, campaigns))
        return _expired(looked, kinds, seen) or "going_on"

    def _call(self, stream: str) -> Judged:
        own = self._looked(stream)
        if own is None or not self._are_old([own]):
            return None
        call = call_of(self._ledger.read_stream(stream, self._position))
        streams = set(self._whose(call))
        people = self._people(streams)
        owner = call.owner
        campaigns = self._campaigns([] if owner is None else [owner.campaign_id])
        why = self._why_kept(people.values(), campaigns)
        if why is not None:
            return why
        # A call that nobody claims may be the one that an attempt waits for.
        may_be_claimed = call.claim is None and any(a.is_unsettled for one in people.values() for a in one.attempts)
        if may_be_claimed or not is_over(call):
            return "going_on"
        return _expired({stream: own}, self._kinds, (stream, *streams, *map(campaign_stream, campaigns)))

    def _quarantined(self, stream: str) -> Judged:
        own = self._looked(stream)
        if own is None or not self._are_old([own]):
            return None
        streams = set[str]()
        for recorded in self._ledger.read_stream(stream, self._position):
            if isinstance(recorded.event, DeliveryQuarantined):
                numbers = numbers_in(recorded.event.body)
                if numbers is None:
                    return "held"
                streams.update(one for number in numbers for one in self._spelled(number))
        why = self._why_kept(self._people(streams).values(), {})
        return why or _expired({stream: own}, self._kinds, (stream, *streams))

    def _looked(self, stream: str) -> SealedStream | None:
        """A stream that has something of these kinds."""
        found = self._sealed.look(stream, self._kinds, NOT_COUNTED)
        return found if found is not None and found.keys else None

    def _are_old(self, looked: Iterable[SealedStream]) -> bool:
        return all(one.last_position <= self._cut for one in looked)

    def _people(self, streams: Iterable[str]) -> dict[str, RecipientState]:
        """Those of these people who are known, one at a time."""
        found = {one: self._ledger.read_stream(one, self._position) for one in streams}
        return {stream: recipient_of(events) for stream, events in found.items() if events}

    def _whose(self, call: CallState) -> Iterator[str]:
        """The streams of all who may have to do with a call."""
        yield from (claim.recipient for claim in call.claims)
        if call.came_in is not None:
            yield call.came_in.recipient
        if call.parties is not None:
            yield from self._spelled(call.parties.from_number)
            yield from self._spelled(call.parties.to_number)

    def _spelled(self, number: str) -> list[str]:
        return spelled_streams(number, self._ledger.recipient_stream)

    def _calls(self, people: Iterable[RecipientState]) -> dict[str, CallState]:
        ids = sorted({one for person in people for one in call_ids(person)})
        return {one: call_of(self._ledger.read_stream(call_stream(one), self._position)) for one in ids}

    def _campaigns(self, ids: Iterable[str]) -> dict[str, CampaignState]:
        return {one: self._parts.reads.campaign_state(one, self._position) for one in set(ids)}

    @staticmethod
    def _why_kept(people: Iterable[RecipientState], campaigns: Mapping[str, CampaignState]) -> WhyKept | None:
        if any(one.erasure.hold is not None for one in people):
            return "held"
        return "by_two" if take_two(campaigns.values()) else None


def numbers_in(body: bytes) -> set[str] | None:
    """The numbers that bytes may name, however each is dialled; None where they may be anybody's."""
    runs = _DIGITS.findall(body)
    if len(runs) > DIGITS_LOOKED_AT_MAX or any(len(run) > E164_DIGITS_MAX + 3 for run in runs):
        return None
    return {
        "+" + run[at:].decode()
        for run in runs
        for at in range(len(run) - E164_DIGITS_MIN + 1)
        if len(run) - at <= E164_DIGITS_MAX
    }


def _expired(looked: Mapping[str, SealedStream], kinds: frozenset[str], seen: Iterable[str]) -> Expired | None:
    """What of these kinds is in the streams; None where nothing is."""
    keys = {stream: {k: kind for k, kind in one.keys.items() if kind in kinds} for stream, one in looked.items()}
    streams = tuple(stream for stream, some in keys.items() if some)
    if not streams:
        return None
    events: Counter[str] = Counter()
    for one in looked.values():
        events.update({kind: many for kind, many in one.events.items() if kind in kinds})
    return Expired(
        streams=streams,
        forgotten=tuple(
            one for one in streams if one.startswith("recipient:") and NEEDED_BY_WHO_WAITS & set(keys[one].values())
        ),
        seen=frozenset(seen),
        keys={key: kind for some in keys.values() for key, kind in some.items()},
        events=events,
    )
