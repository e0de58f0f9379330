"""Attempts that may have a call under way, and the slots of calls at once that they hold."""

from collections.abc import Callable, Collection
from datetime import datetime

from msgspec import Struct

from domain.call import CallState
from domain.campaign import CampaignState
from domain.matching import MATCH_WINDOW, UnresolvedAttempt
from domain.recipient import Attempt
from projections.in_flight.held_slots import SLOT_HELD_MAX, HeldSlots

NO_SLOTS = HeldSlots()


class OpenAttempt(Struct, frozen=True):
    """An attempt that may have a call under way, and its recipient's stream."""

    stream: str
    attempt: Attempt


class UnderWay(Struct, frozen=True):
    """How many calls are under way: MiniVoice's own word for `calls`; of `perhaps` nobody knows whether there is one."""

    calls: int
    perhaps: int


class OpenAttempts:
    """By id: those `open`, and the recipients' streams of those `started`, whose requests have no outcome yet."""

    def __init__(self, state_of: Callable[[str], CampaignState | None], read_number: Callable[[str], str]) -> None:
        self.open: dict[str, OpenAttempt] = {}
        self.started: dict[str, str] = {}
        self._state_of = state_of
        self._read_number = read_number
        self._of_call: dict[str, frozenset[str]] = {}
        self._slots: dict[str, HeldSlots] = {}
        self._numbers: dict[str, str] = {}

    def slots_held(self, campaign_id: str, now: datetime) -> int:
        """How many of a campaign's calls may be under way, those not counted that have been for too long to believe."""
        return self._slots.get(campaign_id, NO_SLOTS).count(now)

    def slots_beside(self, campaign_id: str, attempt_id: str, now: datetime) -> int:
        """How many of a campaign's calls may be under way beside one attempt's own."""
        slots = self._slots.get(campaign_id, NO_SLOTS)
        return slots.count(now) - slots.counts(attempt_id, now)

    def slots_held_in_all(self, now: datetime) -> int:
        """How many calls of all campaigns may be under way, those not counted that have been for too long to believe."""
        return sum(slots.count(now) for slots in self._slots.values())

    def under_way(self, concerns: Callable[[OpenAttempt], bool], now: datetime) -> UnderWay:
        """The calls of the attempts that are meant, those not counted that have been open for too long to believe."""
        phases = [
            one.attempt.phase
            for one in self.open.values()
            if now - one.attempt.started_at < SLOT_HELD_MAX and concerns(one)
        ]
        calls = phases.count("accepted")
        return UnderWay(calls, len(phases) - calls)

    def calls_under_way(self, now: datetime) -> int:
        """How many calls the provider may have of ours: of the slots held those whose request has its outcome."""
        return sum(
            one.attempt.phase != "started" and now - one.attempt.started_at < SLOT_HELD_MAX
            for one in self.open.values()
        )

    def slots_overdue(self, campaign_id: str, now: datetime) -> int:
        """How many of a campaign's calls have been open for too long to believe; their slots are used again."""
        slots = self._slots.get(campaign_id, NO_SLOTS)
        return len(slots) - slots.count(now)

    def started_in(self, campaign_id: str) -> int:
        """How many attempts of a campaign have begun, of which nobody knows yet whether they place a call."""
        return sum(1 for i in self.started if self.open[i].attempt.campaign_id == campaign_id)

    def is_anything_open(self, campaign_id: str, now: datetime) -> bool:
        """Whether a campaign has an attempt that may still come to something by itself."""
        return any(
            one.attempt.phase != "unresolved" or now - one.attempt.changed_at < MATCH_WINDOW
            for one in self.open.values()
            if one.attempt.campaign_id == campaign_id
        )

    def will_be_free(self, streams: Collection[str], now: datetime) -> bool:
        """Whether one of these people has a call open now that may end by itself."""
        theirs, busy = frozenset(streams), dict[str, bool]()
        for one in self.open.values():
            if one.stream in theirs:
                stuck = one.attempt.phase == "unresolved" and now - one.attempt.changed_at >= MATCH_WINDOW
                busy[one.stream] = busy.get(one.stream, True) and not stuck
        return any(busy.values())

    def unresolved(self, campaign_id: str | None = None) -> list[UnresolvedAttempt]:
        """The attempts of which nobody knows whether there is a call, of one campaign or of all, the oldest first."""
        found = [
            UnresolvedAttempt(
                attempt_id=one.attempt.attempt_id,
                campaign_id=one.attempt.campaign_id,
                stream=one.stream,
                from_number=state.caller_of(one.attempt.caller_number),
                to_number=self._number(one),
                started_at=one.attempt.started_at,
            )
            for one in self.open.values()
            if one.attempt.phase == "unresolved"
            and campaign_id in {None, one.attempt.campaign_id}
            and (state := self._state_of(one.attempt.campaign_id)) is not None
        ]
        return sorted(found, key=lambda attempt: attempt.started_at)

    def keep(self, stream: str, attempt: Attempt, own_call: CallState) -> None:
        """Keep an attempt as it is now, for as long as it may have a call under way."""
        attempt_id = attempt.attempt_id
        if attempt.holds_slot(own_call):
            self.open[attempt_id] = OpenAttempt(stream, attempt)
            self._slots.setdefault(attempt.campaign_id, HeldSlots()).take(attempt_id, attempt.started_at)
            if attempt.call_id is not None:
                of_call = self._of_call.get(attempt.call_id, frozenset())
                self._of_call[attempt.call_id] = of_call | {attempt_id}
        else:
            self._close(attempt_id)
        if attempt.phase == "started":
            self.started[attempt_id] = stream
        else:
            self.started.pop(attempt_id, None)

    def without_number(self) -> dict[str, str]:
        """The streams of those, by attempt, whose number `unresolved` would have to read."""
        return {
            attempt_id: one.stream
            for attempt_id, one in self.open.items()
            if one.attempt.phase == "unresolved" and attempt_id not in self._numbers
        }

    def learn_number(self, attempt_id: str, number: str) -> None:
        """Have the number that an attempt calls at hand, for as long as it is open."""
        if attempt_id in self.open:
            self._numbers[attempt_id] = number

    def end_call(self, call_id: str) -> list[Attempt]:
        """A call is under way no more; the attempts that it was still open for."""
        ended = []
        for attempt_id in self._of_call.pop(call_id, ()):
            known = self.open.get(attempt_id)
            if known is not None and known.attempt.call_id == call_id:
                self._close(attempt_id)
                ended.append(known.attempt)
        return ended

    def _close(self, attempt_id: str) -> None:
        closed = self.open.pop(attempt_id, None)
        if closed is not None:
            self._slots[closed.attempt.campaign_id].give_back(attempt_id)
            self._numbers.pop(attempt_id, None)

    def _number(self, one: OpenAttempt) -> str:
        attempt_id = one.attempt.attempt_id
        if attempt_id not in self._numbers:
            self._numbers[attempt_id] = self._read_number(one.stream)
        return self._numbers[attempt_id]
