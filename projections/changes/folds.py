"""Streams folded as far as the changes have come, the ones in use kept, the others read again from the ledger."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Generic, TypeVar, cast

from msgspec import Struct, field

from domain import call, recipient
from domain.call import CallState
from domain.call.facts import Claim, Outcome
from domain.campaign import CampaignState
from domain.events import Recorded
from domain.recipient import RecipientState
from projections.changes.standing import Standing
from projections.outcome import Heard

FOLDS_KEPT_MAX = 10_000
LATE_AFTER = timedelta(seconds=60)

ReadStreams = Callable[[Collection[str], int], Mapping[str, Sequence[Recorded]]]
"""Streams by name, each up to a position of the ledger; those without events may be left out."""

FoldT = TypeVar("FoldT")


class CampaignFold(Struct, frozen=True):
    """A campaign; `number` is the position at which it was created, and stands for it in the views."""

    number: int
    state: CampaignState


class PersonFold(Struct):
    """One spelling of a person; `places` gives for each campaign the position of their enrolment, `standings` where they stand there.

    `others` are the streams of the person's other spellings, as far as there are any; `heard` is what was heard of them
    for each campaign that had a call with them. `calls` are those of this spelling's attempts, by id, as they are now;
    None until they are asked for.
    """

    state: RecipientState
    places: dict[str, int]
    standings: dict[str, Standing]
    others: list[str]
    heard: dict[str, Heard] = field(default_factory=dict)
    calls: dict[str, CallState] | None = None


class CallFold(Struct, frozen=True, kw_only=True):
    """A call, with what its state does not say: when it was heard of, how often it was said again, whether late.

    `outcome` and `claim` are the state's, found once.
    """

    state: CallState
    outcome: Outcome | None
    claim: Claim | None
    first_position: int
    first_heard_at: datetime
    heard_at: datetime
    redelivered: int = 0
    late: int = 0


def person_before() -> PersonFold:
    """Somebody of whom nothing is known."""
    return PersonFold(recipient.INITIAL, {}, {}, [])


def person_after(person: PersonFold, recorded: Recorded) -> None:
    """Take one more event of a person's stream into their fold."""
    event = cast("recipient.RecipientEvent", recorded.event)
    person.state = recipient.evolve(person.state, event, recorded.counts_from)
    if isinstance(event, recipient.RecipientEnrolled):
        person.places[event.campaign_id] = recorded.position


def call_after(fold: CallFold | None, recorded: Recorded) -> CallFold:
    """A call's fold after one more event of its stream."""
    event, at = cast("call.CallEvent", recorded.event), recorded.counts_from
    before = CallState() if fold is None else fold.state
    late = 0
    if isinstance(event, call.Report):
        state = call.join(before, event, at)
        said = event.occurred_at
        late = said is not None and at - said > LATE_AFTER and state.can_be(said, at)
    else:
        state = call.evolve(call.CallHistory(state=before), event, at).state
    again = isinstance(event, call.CallRedelivered)
    if fold is None:
        return CallFold(
            state=state,
            outcome=state.outcome,
            claim=state.claim,
            first_position=recorded.position,
            first_heard_at=at,
            heard_at=at,
            redelivered=int(again),
            late=int(late),
        )
    return CallFold(
        state=state,
        outcome=fold.outcome if _ends_alike(before, state) else state.outcome,
        claim=fold.claim if state.claims is before.claims else state.claim,
        first_position=fold.first_position,
        first_heard_at=fold.first_heard_at,
        heard_at=at,
        redelivered=fold.redelivered + int(again),
        late=fold.late + int(late),
    )


def _ends_alike(before: CallState, after: CallState) -> bool:
    """Whether nothing has come that may change which report of the end counts."""
    return after.ends is before.ends and after.created is before.created and after.claims is before.claims


class Kept(Generic[FoldT]):
    """The folds that were loaded or put last, by stream; `evict` keeps them few."""

    def __init__(self, fold: Callable[[Iterable[Recorded]], FoldT], read: ReadStreams) -> None:
        self._folds: OrderedDict[str, FoldT] = OrderedDict()
        self._fold = fold
        self._read = read

    def get(self, stream: str, position: int) -> FoldT:
        """A stream's fold, read up to `position` where it is not kept."""
        found = self._folds.get(stream)
        if found is None:
            self.load([stream], position)
            return self._folds[stream]
        return found

    def kept(self, stream: str) -> FoldT | None:
        """A stream's fold, if it is kept."""
        return self._folds.get(stream)

    def put(self, stream: str, fold: FoldT) -> None:
        """Keep a stream's fold as it is now."""
        self._folds[stream] = fold
        self._folds.move_to_end(stream)

    def load(self, streams: Collection[str], position: int) -> list[str]:
        """Read those that are not kept, together, as they were at `position`; which they were."""
        missing = []
        for stream in streams:
            if stream in self._folds:
                self._folds.move_to_end(stream)
            else:
                missing.append(stream)
        if missing:
            read = self._read(missing, position)
            for stream in missing:
                self._folds[stream] = self._fold(read.get(stream, ()))
        return missing

    def load_existing(self, streams: Collection[str], position: int) -> list[str]:
        """As `load`, but of streams of which most have no events: those are not kept."""
        missing = [stream for stream in streams if stream not in self._folds]
        read = self._read(missing, position) if missing else {}
        for stream, events in read.items():
            self._folds[stream] = self._fold(events)
        return list(read)

    def streams(self) -> list[str]:
        """Those that are kept."""
        return list(self._folds)

    def forget(self) -> None:
        """Read each anew when it is asked for."""
        self._folds.clear()

    def evict(self, kept_max: int) -> None:
        """Forget the ones that were not used for longest."""
        for _ in range(len(self._folds) - kept_max):
            self._folds.popitem(last=False)


def fold_person(stream: Iterable[Recorded]) -> PersonFold:
    """A person from their stream, but for what cannot be folded; where they stand is for another to say."""
    person = person_before()
    for recorded in stream:
        with suppress(Exception):  # it was left out when it came, and is shown
            person_after(person, recorded)
    return person


def fold_call(stream: Iterable[Recorded]) -> CallFold | None:
    """A call from its stream, but for what cannot be folded; None of a call that was never heard of."""
    fold: CallFold | None = None
    for recorded in stream:
        with suppress(Exception):  # it was left out when it came, and is shown
            fold = call_after(fold, recorded)
    return fold
