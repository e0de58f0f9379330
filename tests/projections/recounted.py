"""What the views should say, folded anew from the streams of a world and counted one by one."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from domain import call, recipient
from domain.account import AccountState
from domain.call import CallState
from domain.campaign import CampaignState
from domain.dialing import judge
from domain.events import Recorded
from domain.identity import account_stream
from domain.person import spellings
from domain.recipient import Attempt, RecipientState
from domain.status import status_of
from domain.zones import zone_key
from projections.attempt_index import AttemptRow
from projections.call_hours import FIGURES, CallsBegun
from projections.call_index import CallRow, row_of
from projections.campaign_summary import CALL_ENDS, PHASES, Calls, PaceMinute
from projections.changes.folds import fold_call
from projections.folded import account_of, call_of, campaign_of, recipient_of
from projections.read_time_rules import ReadTimeRules, ShownStatus
from tests.projections.feed_ledger import FeedLedger
from tests.projections.kept_world import FINGERPRINT, stream_of
from tests.projections.under_way import left_open, under_way

UNTILS_LOOKED_AT = (0, 0, 0.5, 1)
FAR_OFF = datetime(2026, 5, 25, 15, 30, tzinfo=UTC)
"""On a holiday of the United States, after what any policy counts in days."""
GRAIN = timedelta(microseconds=1)
MILLISECOND = timedelta(milliseconds=1)


class RecipientSays(Struct, frozen=True, kw_only=True):
    """A recipient in a campaign, by the domain's table."""

    number: str
    shown: ShownStatus
    attempts: int
    call_id: str | None
    code: str | None


class Recounted:
    """Every stream folded by itself, as far as a ledger goes."""

    def __init__(self, ledger: FeedLedger, position: int | None = None, fingerprint: str = FINGERPRINT) -> None:
        self.feed: list[Recorded] = ledger.feed[:position]
        names = dict.fromkeys(one.stream for one in self.feed)
        self.streams = {s: list(events) for s, events in ledger.read_streams(names, len(self.feed)).items()}
        self.people: dict[str, RecipientState] = {
            stream: recipient_of(events) for stream, events in self._of("recipient")
        }
        self.calls: dict[str, CallState] = {s.partition(":")[2]: call_of(events) for s, events in self._of("call")}
        self.account: AccountState = account_of(self.streams.get(account_stream(fingerprint), ()))
        self.campaigns: dict[str, CampaignState] = {}
        self.numbers: dict[str, int] = {}
        for stream, events in self._of("campaign"):
            state = campaign_of(events)
            assert state is not None
            self.campaigns[stream.partition(":")[2]] = state
            self.numbers[stream.partition(":")[2]] = events[0].position
        self._ended = {call_id for call_id, state in self.calls.items() if state.phase == "ended"}
        self._enrolled: dict[str, list[str]] = {}
        for one in self.feed:
            if isinstance(one.event, recipient.RecipientEnrolled):
                self._enrolled.setdefault(one.event.campaign_id, []).append(one.stream)
        self.attempts = self._attempts()

    def _of(self, kind: str) -> list[tuple[str, list[Recorded]]]:
        return [(stream, events) for stream, events in self.streams.items() if stream.startswith(f"{kind}:")]

    def instants(self, campaign_id: str, only_numbers: Collection[str] | None = None) -> list[datetime]:
        """The ledger's end, around some instants at which time alone is said to change something, and one that is far off."""
        now = self.feed[-1].recorded_at
        found = [now]
        for which in UNTILS_LOOKED_AT:
            said = {one.shown.until for one in self.recipients(campaign_id, now, only_numbers)}
            to_come = sorted(until for until in said if until is not None)
            if to_come:
                now = to_come[int(which * (len(to_come) - 1))]
                found += [now - GRAIN, now]
        return [*found, FAR_OFF]

    def rules(self, campaign_id: str, only_numbers: Collection[str] | None = None) -> ReadTimeRules:
        """What applies to a campaign's rows when they are read."""
        state = self.campaigns[campaign_id]
        return ReadTimeRules(
            state.phase == "canceled", only_numbers, state.plan.policy, is_completed=state.phase == "completed"
        )

    def recipients(
        self, campaign_id: str, now: datetime, only_numbers: Collection[str] | None = None
    ) -> list[RecipientSays]:
        """A campaign's recipients in the order of enrolment, as they are shown at an instant."""
        streams = self._enrolled.get(campaign_id, [])
        return [self._recipient(stream, campaign_id, now, only_numbers) for stream in streams]

    def _recipient(
        self, stream: str, campaign_id: str, now: datetime, only_numbers: Collection[str] | None
    ) -> RecipientSays:
        person = self.whole(stream)
        opened = person.open_attempts(self._ended)
        found = status_of(
            person,
            campaign_id,
            self.calls,
            now,
            lambda: judge(
                self.campaigns[campaign_id], person, self.account, opened, now, only_numbers, calls=self.calls
            ),
        )
        return RecipientSays(
            number=person.number,
            shown=ShownStatus(found.status, found.reason, found.until),
            attempts=found.attempts,
            call_id=found.call_id,
            code=person.last_error_code(campaign_id),
        )

    def whole(self, stream: str) -> RecipientState:
        own = self.people[stream]
        others = (self.people.get(stream_of(one)) for one in spellings(own.number)[1:])
        return recipient.as_person(own, [one for one in others if one is not None])

    def zone_keys(self, campaign_id: str) -> set[str]:
        """What a campaign's recipients are judged by the clock by."""
        people = [self.people[stream] for stream in self._enrolled.get(campaign_id, [])]
        return {zone_key(person.enrollments[campaign_id].zone, person.number) for person in people}

    def attempts_of(self, campaign_id: str) -> list[Attempt]:
        """A campaign's attempts."""
        return [a for person in self.people.values() for a in person.attempts_in(campaign_id)]

    def _attempts(self) -> dict[str, AttemptRow]:
        return {
            a.attempt_id: AttemptRow(
                a.attempt_id, self.numbers[a.campaign_id], stream, self.is_open(a), self._sent_at(stream, a)
            )
            for stream, person in self.people.items()
            for a in person.attempts
        }

    def is_open(self, attempt: Attempt) -> bool:
        """Whether an attempt may have a call under way."""
        if attempt.phase not in {"started", "unresolved", "accepted"}:
            return False
        of_call = self.calls.get(attempt.call_id or "", CallState())
        return not of_call.ends and not of_call.given_up

    def _sent_at(self, stream: str, attempt: Attempt) -> datetime | None:
        """The first thing that was recorded after it was started, unless that was that it never left."""
        own = [
            one
            for one in self.streams[stream]
            if isinstance(one.event, recipient.AttemptEvent) and one.event.attempt_id == attempt.attempt_id
        ]
        if len(own) == 1 or isinstance(own[1].event, recipient.AttemptAbandoned):
            return None
        return own[1].counts_from

    def call_rows(self) -> list[CallRow]:
        """Every call's row, in the order in which they were first heard of."""
        folds = [(stream.partition(":")[2], fold_call(events)) for stream, events in self._of("call")]
        rows = [row_of(call_id, fold) for call_id, fold in folds if fold is not None]
        return sorted(rows, key=lambda row: row.place)

    def hours(self, campaign_id: str | None) -> list[CallsBegun]:
        """The calls that began within each hour, a campaign's or all that there are, and what was refused in it."""
        return self._begun(campaign_id, _hour)

    def minutes(self, campaign_id: str | None) -> list[CallsBegun]:
        """The same by the minute."""
        return self._begun(campaign_id, _minute)

    def _begun(self, campaign_id: str | None, slot: Callable[[datetime], datetime]) -> list[CallsBegun]:
        found: dict[datetime, Counter[str]] = {}
        for _, events in self._of("call"):
            fold = fold_call(events)
            if fold is not None and (campaign_id is None or _is_of(fold.state, campaign_id)):
                hour = found.setdefault(slot(fold.state.created_at or fold.first_heard_at), Counter())
                hour.update(["calls", *_end(fold.state)])
                hour["talk_ms"] += (_milliseconds(fold.state) or 0) if fold.state.reached else 0
        for attempt in (a for person in self.people.values() for a in person.attempts):
            if attempt.phase == "refused" and campaign_id in {None, attempt.campaign_id}:
                found.setdefault(slot(attempt.changed_at), Counter())["refused"] += 1
        return [CallsBegun(begins_at=at, **{name: found[at][name] for name in FIGURES}) for at in sorted(found)]

    def dialled(self, campaign_id: str) -> int:
        """How many recipients have an attempt."""
        return sum(bool(person.attempts_in(campaign_id)) for person in self.people.values())

    def phases(self, campaign_id: str) -> dict[str, int]:
        """Where the attempts stand."""
        counted = Counter(a.phase for a in self.attempts_of(campaign_id))
        return {phase: counted[phase] for phase in PHASES}

    def codes(self, campaign_id: str) -> dict[str, int]:
        """The provider's error codes."""
        return dict(Counter(a.code for a in self.attempts_of(campaign_id) if a.code is not None))

    def calls_by_end(self, campaign_id: str) -> dict[str, Calls]:
        """How the campaign's calls ended, how long they were, and how long the longest was ever said to be."""
        lengths: dict[str, list[int | None]] = {end: [] for end in CALL_ENDS}
        longest: dict[str, int] = dict.fromkeys(CALL_ENDS, 0)
        for _, events in self._of("call"):
            said = [state for state in _call_as_it_went(events) if _is_of(state, campaign_id)]
            for state in said:
                end = state.outcome or "open"
                longest[end] = max(longest[end], _milliseconds(state) or 0)
            if said and _is_of(call_of(events), campaign_id):
                lengths[said[-1].outcome or "open"].append(_milliseconds(said[-1]))
        return {
            end: Calls(
                calls=len(of),
                measured=sum(length is not None for length in of),
                seconds_total=sum(length or 0 for length in of) / 1_000,
                seconds_max=longest[end] / 1_000,
            )
            for end, of in lengths.items()
        }

    def pace(self, campaign_id: str) -> list[PaceMinute]:
        """What was recorded within each minute that is over."""
        figures: Counter[tuple[datetime, str]] = Counter()
        for row in self.attempts.values():
            if row.campaign == self.numbers[campaign_id] and row.sent_at is not None:
                figures[_minute(row.sent_at), "sent"] += 1
        for _, events in self._of("call"):
            before = (False, False)
            for one, state in zip(events, _call_as_it_went(events), strict=True):
                is_own = _is_of(state, campaign_id)
                after = (is_own and state.reached, is_own and bool(state.ends))
                for name, was, now in zip(("answered", "ended"), before, after, strict=True):
                    figures[_minute(one.recorded_at), name] += now and not was
                before = after
        end = _minute(self.feed[-1].recorded_at)
        moves = under_way(self.feed, campaign_id)
        moved = {minute for (minute, _), count in figures.items() if count} | {minute for minute, _, _ in moves}
        minutes = sorted(minute for minute in moved if minute < end)
        return [
            PaceMinute(
                minute=minute,
                sent=figures[minute, "sent"],
                answered=figures[minute, "answered"],
                ended=figures[minute, "ended"],
                at_once=max((most for at, most, _ in moves if at == minute), default=left_open(moves, minute)),
                left_open=left_open(moves, minute),
            )
            for minute in minutes
            if minute >= end - timedelta(minutes=60)
        ]


def _call_as_it_went(events: Iterable[Recorded]) -> Iterator[CallState]:
    history = call.INITIAL
    for one in events:
        assert isinstance(one.event, call.CallEvent)
        history = call.evolve(history, one.event, one.counts_from)
        yield history.state


def _is_of(state: CallState, campaign_id: str) -> bool:
    return state.claim is not None and state.claim.campaign_id == campaign_id


def _end(state: CallState) -> list[str]:
    """Under which end a call is counted; nowhere while it rings."""
    if state.reached:
        return ["answered"]
    if state.outcome is None:
        return ["lost"] if state.given_up else []
    return ["no_answer" if state.outcome == "completed" else state.outcome]


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _milliseconds(state: CallState) -> int | None:
    if state.answered_at is None or state.ended_at is None or state.ended_at < state.answered_at:
        return None
    return (state.ended_at - state.answered_at) // MILLISECOND
