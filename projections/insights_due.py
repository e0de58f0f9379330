"""Which AI results of which recorded calls are still to be asked for, kept in memory: calls forgotten as soon as nothing is open.

A call is recorded where its campaign's plan said so when it was claimed, or where a recording of it was heard of. The
asking begins with its end if it was answered, or once it is known that it was, and anew with each recording that is
completed, whenever that is. Of a call that nobody answered there is nothing to ask for.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection

from domain import call, campaign
from domain.events import Recorded
from domain.identity import call_stream, campaign_stream
from domain.last_used import LastUsed
from projections import call_index
from projections.changes import ReadStreams
from projections.recorded_call import ANSWERS, RECORDINGS, Awaited, WatchedCall
from projections.store import portions
from projections.views import ViewsSnapshot

CALLS_UNDER_WAY_MAX = 50_000
CALLS_LOADED_MAX = 100_000
CALLS_READ_AT_ONCE_MAX = 200
CAMPAIGNS_KEPT_MAX = 10_000
LET_GO_KEPT_MAX = 10_000
MOVED_KEPT_MAX = 20_000
LOOKED_BACK_MAX = timedelta(days=7)
_OF_CALLS = frozenset(
    {call.CallClaimed, *ANSWERS, *call.END_EVENTS, *RECORDINGS, call.RecordingRequested, call.InsightFetched}
)
_PLANS = (campaign.CampaignCreated, campaign.CampaignRevised)
# What says nothing new of a call of which no recording is known.
_NO_RECORDING = frozenset({*ANSWERS, *call.END_EVENTS, call.InsightFetched})


class ReadCall(Struct, frozen=True):
    """A call as it was before an event, and the plans that its claims hang on, as they were at a position: by campaign, see `_plans_of`."""

    watched: WatchedCall
    plans: Mapping[str, Sequence[tuple[int, bool]]]
    position: int


class LoadedCalls(Struct, frozen=True):
    """Where the views are, and the calls that may have something open there."""

    position: int
    call_ids: Sequence[str]


def loaded_from(taken: ViewsSnapshot, now: datetime) -> LoadedCalls:
    """What to begin with, by a read of the views: calls under way, and those of which something was heard lately."""
    return LoadedCalls(taken.position, _call_ids(taken.connection, now))


def _call_ids(connection: Connection, now: datetime) -> list[str]:
    return call_index.calls_heard_of(connection, now - LOOKED_BACK_MAX, CALLS_LOADED_MAX)


class InsightsDue:
    """The fold. `position` is the last event that it has applied, `awaited` what is open, by call id."""

    def __init__(self, read_streams: ReadStreams) -> None:
        self.position = 0
        self.awaited: dict[str, Awaited] = {}
        self._read_streams = read_streams
        self._calls: dict[str, WatchedCall] = {}
        self._let_go: LastUsed[str, WatchedCall] = LastUsed(LET_GO_KEPT_MAX)
        self._under_way: OrderedDict[str, None] = OrderedDict()
        self._moved: dict[str, None] | None = None
        self._plans: LastUsed[str, list[tuple[int, bool]]] = LastUsed(CAMPAIGNS_KEPT_MAX)
        self._plans_moved = 0

    def load(self, loaded: LoadedCalls, between: Callable[[], None] = lambda: None) -> None:
        """Begin where the views are; `between` is called after each portion of the calls."""
        self.position = loaded.position
        for some in portions(loaded.call_ids, CALLS_READ_AT_ONCE_MAX):
            found = self._read_streams([call_stream(call_id) for call_id in some], loaded.position)
            for call_id in some:
                self._keep(call_id, self._folded(found.get(call_stream(call_id), ())))
            between()

    def take_moved(self) -> Collection[str] | None:
        """Of which calls something else is open than when this was asked last; None where that may be of any, as at first."""
        moved, self._moved = self._moved, {}
        return moved

    def apply(self, recorded: Recorded) -> None:
        """Apply the next event."""
        event = recorded.event
        if type(event) in _OF_CALLS:
            self._apply_call(recorded)
        elif type(event) is call.CallCreated:
            self._begin(recorded)
        elif isinstance(event, _PLANS):
            campaign_id = recorded.stream.partition(":")[2]
            self._plans_moved = recorded.position
            plans = self._plans.get(campaign_id)
            if plans is not None:
                plans.append((recorded.position, event.plan.record))
            elif recorded.version == 1:
                self._plans.put(campaign_id, [(recorded.position, event.plan.record)])
        elif recorded.set_right is not None:
            self._set_right(recorded.set_right.at)
        self.position = max(self.position, recorded.position)

    def must_read(self, recorded: Recorded) -> bool:
        """Whether an event says something new of a call that is not kept any more, or was not when this began, or of an unknown plan."""
        event = recorded.event
        if type(event) is call.CallClaimed and event.campaign_id not in self._plans:
            return True
        if recorded.version == 1 or type(event) not in _OF_CALLS:
            return False
        call_id = recorded.stream.partition(":")[2]
        return call_id not in self._calls and call_id not in self._let_go and self._matters(recorded)

    def must_read_first(self, recorded: Recorded) -> bool:  # noqa: ARG002 - the face of a view
        """Never: what one event needs is of its own call."""
        return False

    def read(self, recorded: Recorded) -> ReadCall:
        """The call as it was before an event; in any thread."""
        position = max(recorded.position, self.position)
        events = self._read_streams([recorded.stream], recorded.position - 1).get(recorded.stream, ())
        claims = [one.event for one in (*events, recorded) if isinstance(one.event, call.CallClaimed)]
        streams = {event.campaign_id: campaign_stream(event.campaign_id) for event in claims}
        found = self._read_streams(sorted(streams.values()), position) if streams else {}
        plans = {campaign_id: _plans_of(found, stream) for campaign_id, stream in streams.items()}
        watched = WatchedCall()
        for one in events:
            watched.take(one.event, one.counts_from, _was_recorded(plans, one.position))
        return ReadCall(watched, plans, position)

    def know(self, stream: str, found: ReadCall) -> None:
        """Have a call at hand that was read, and the plans, unless one was changed meanwhile: then they are read again."""
        if self._plans_moved <= found.position:
            for campaign_id, plans in found.plans.items():
                self._plans.put(campaign_id, list(plans))
        call_id = stream.partition(":")[2]
        if call_id not in self._calls:
            self._let_go.put(call_id, found.watched)

    def _set_right(self, at: datetime) -> None:
        """Nothing happened later than it was acknowledged that the clock had been ahead."""
        self._let_go.clear()
        for call_id, watched in list(self._calls.items()):
            watched.set_right(at)
            self._keep(call_id, watched)

    def _begin(self, recorded: Recorded) -> WatchedCall | None:
        """Have a call at hand from its first event on, so that its recording need not read the others."""
        if recorded.version > 1:
            return None
        watched = WatchedCall()
        self._let_go.put(recorded.stream.partition(":")[2], watched)
        return watched

    def _apply_call(self, recorded: Recorded) -> None:
        call_id = recorded.stream.partition(":")[2]
        watched = self._calls.get(call_id) or self._let_go.get(call_id) or self._begin(recorded)
        if watched is None:
            if not self._matters(recorded):
                return
            watched = self.read(recorded).watched
        self._take(watched, recorded)
        if watched.is_recorded:
            self._keep(call_id, watched)

    def _matters(self, recorded: Recorded) -> bool:
        """Whether an event may begin something of a call that is not kept."""
        event = recorded.event
        if isinstance(event, call.CallClaimed):
            return self._is_recorded(event.campaign_id, recorded.position)
        return type(event) in _OF_CALLS and type(event) not in _NO_RECORDING

    def _folded(self, events: Sequence[Recorded]) -> WatchedCall:
        watched = WatchedCall()
        for recorded in events:
            self._take(watched, recorded)
        return watched

    def _take(self, watched: WatchedCall, recorded: Recorded) -> None:
        watched.take(
            recorded.event,
            recorded.counts_from,
            lambda campaign_id: self._is_recorded(campaign_id, recorded.position),
        )

    def _keep(self, call_id: str, watched: WatchedCall) -> None:
        awaited = watched.awaited()
        is_under_way = watched.is_recorded and watched.ended_at is None
        if awaited != self.awaited.get(call_id):
            self._note_moved(call_id)
        if awaited is None:
            self.awaited.pop(call_id, None)
        else:
            self.awaited[call_id] = awaited
        if awaited is None and not is_under_way:
            self._calls.pop(call_id, None)
            self._let_go.put(call_id, watched)
        else:
            self._calls[call_id] = watched
        if not is_under_way:
            self._under_way.pop(call_id, None)
            return
        self._under_way[call_id] = None
        if len(self._under_way) > CALLS_UNDER_WAY_MAX:
            # Its end may still come; then it is found again by its recording, or at the next start.
            oldest, _ = self._under_way.popitem(last=False)
            del self._calls[oldest]

    def _note_moved(self, call_id: str) -> None:
        if self._moved is not None:
            self._moved[call_id] = None
            if len(self._moved) > MOVED_KEPT_MAX:  # nobody asks
                self._moved = None

    def _is_recorded(self, campaign_id: str, position: int) -> bool:
        """Whether the plan of a campaign said so at a position."""
        plans = self._plans.get(campaign_id)
        if plans is None:
            stream = campaign_stream(campaign_id)
            plans = _plans_of(self._read_streams([stream], max(position, self.position)), stream)
            self._plans.put(campaign_id, plans)
        return _said(plans, position)


def _was_recorded(plans: Mapping[str, Sequence[tuple[int, bool]]], position: int) -> Callable[[str], bool]:
    return lambda campaign_id: _said(plans[campaign_id], position)


def _said(plans: Sequence[tuple[int, bool]], position: int) -> bool:
    """Whether the plan that held at a position said that its calls are recorded."""
    place = bisect_right(plans, position, key=lambda plan: plan[0])
    return place > 0 and plans[place - 1][1]


def _plans_of(streams: Mapping[str, Sequence[Recorded]], stream: str) -> list[tuple[int, bool]]:
    return [
        (recorded.position, recorded.event.plan.record)
        for recorded in streams.get(stream, ())
        if isinstance(recorded.event, _PLANS)
    ]
