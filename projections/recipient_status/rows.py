"""What the view keeps of each person, campaign and call."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta

from msgspec import Struct

from domain import recipient
from domain.call import STRENGTH, CallState
from domain.campaign import CampaignState
from domain.matching import UnclaimedCall
from domain.recipient import RecipientState
from domain.recipient.status import STATUSES, RecipientStatus, Status

UNCLAIMED_KEPT = timedelta(days=1)
SENDS_KEPT_MAX = 1_000


class Person:
    """A recipient's stream, folded, with the ids of their calls."""

    __slots__ = ("call_ids", "state")

    def __init__(self) -> None:
        self.state: RecipientState = recipient.INITIAL
        self.call_ids: tuple[str, ...] = ()


class CampaignRows:
    """A campaign and its recipients' streams, in the order of their enrolment, with the status of each."""

    __slots__ = ("counts", "queue", "sends", "slots", "state", "statuses", "unresolved")

    def __init__(self, state: CampaignState) -> None:
        self.state = state
        self.statuses: dict[str, Status] = {}
        self.counts: dict[Status, int] = dict.fromkeys(STATUSES, 0)
        self.queue: OrderedDict[str, None] = OrderedDict()
        self.slots: dict[str, datetime] = {}
        self.sends: deque[datetime] = deque(maxlen=SENDS_KEPT_MAX)
        self.unresolved: dict[str, datetime] = {}


class RecipientRow(Struct, frozen=True, kw_only=True):
    """A recipient of a campaign as it stands."""

    stream: str
    state: RecipientState
    status: RecipientStatus


class Calls:
    """Every call's state; which ones have no end yet, and which ones nobody claims."""

    def __init__(self) -> None:
        self.states: dict[str, CallState] = {}
        self.owners: dict[str, tuple[str, ...]] = {}
        self.echoing: dict[str, None] = {}
        self.open: dict[str, datetime] = {}
        self.ended = 0
        self._unclaimed: dict[str, datetime] = {}

    def get(self, call_id: str | None) -> CallState:
        """What is known of a call; of one that was never heard of, nothing."""
        return self.states.get(call_id or "", CallState())

    def change(self, call_id: str, after: CallState, at: datetime) -> None:
        """A call as it is now, after something was heard of it."""
        before = self.get(call_id)
        self.states[call_id] = after
        self.ended += before.phase != after.phase == "ended"
        if after.phase == "ended" or after.given_up:
            self.open.pop(call_id, None)
        else:
            self.open[call_id] = at
        self._watch_echo(call_id, after)
        if after.claims:
            self._unclaimed.pop(call_id, None)
        elif call_id not in self._unclaimed and call_id not in self.owners:
            self._unclaimed[call_id] = at
            oldest, heard_at = next(iter(self._unclaimed.items()))
            if at - heard_at > UNCLAIMED_KEPT:
                del self._unclaimed[oldest]
                if self.states[oldest].phase == "ended":
                    del self.states[oldest]

    def _watch_echo(self, call_id: str, state: CallState) -> None:
        """Keep in sight what the provider itself says of a call's attempt, until that is what is believed."""
        if not state.echoed_attempts:
            return
        claim = state.claim
        if claim is None or claim.strength < STRENGTH["metadata"]:
            self.echoing[call_id] = None
        else:
            self.echoing.pop(call_id, None)

    def owned(self, call_id: str, stream: str) -> None:
        """A call belongs to the person with this stream."""
        streams = self.owners.get(call_id, ())
        if stream not in streams:
            self.owners[call_id] = (*streams, stream)
        self._unclaimed.pop(call_id, None)

    def unclaimed(self) -> list[UnclaimedCall]:
        """The calls of the last day that no attempt has claimed."""
        found = []
        for call_id, heard_at in self._unclaimed.items():
            state = self.states[call_id]
            if state.parties is not None:
                found.append(
                    UnclaimedCall(
                        call_id=call_id,
                        from_number=state.parties.from_number,
                        to_number=state.parties.to_number,
                        began_at=state.created_at or heard_at,
                        echoed_attempts=state.echoed_attempts,
                    )
                )
        return found
