"""Who is due in campaigns with a lookup: the next few are looked up ahead of their turn, and come up once they may be called."""

from collections.abc import Callable, Collection, Coroutine

import structlog

from application.dialer.config import DialerConfig
from application.dialer.due import Due
from application.dialer.looking_up import LookedUpAhead, LookingUp
from application.dialer.lookup_brake import LookupBrake, LookupTrouble
from application.dialer.occupied import Occupied
from domain.campaign import Lookup
from domain.dialing import SENT_WITHIN_SECONDS
from domain.errors import DialtrailError
from domain.recipient import LookupAnswer
from projections.in_flight import InFlight

AHEAD_MAX = 16
ASKED_AT_ONCE_MAX = 8
ASKED_AT_ONCE_IN_ALL_MAX = 64
READY_SECONDS_MAX = SENT_WITHIN_SECONDS / 2

log = structlog.get_logger("dialtrail.dialer")


class DueLookedUp:
    """Stands in front of `Due`. A lookup that is slow, or does not answer, holds up its own campaign alone.

    Nobody who is passed over here is lost: whoever is not called is in the queue again, or has an event that says why not.
    """

    def __init__(
        self,
        due: Due,
        looking_up: LookingUp,
        in_flight: InFlight,
        occupied: Occupied,
        config: DialerConfig,
        position: Callable[[], int],
        spawn: Callable[[Coroutine[None, None, None]], None],
        wake: Callable[[], None],
    ) -> None:
        self._due = due
        self._looking_up = looking_up
        self._in_flight = in_flight
        self._occupied = occupied
        self._config = config
        self._position = position
        self._spawn = spawn
        self._wake = wake
        self._ahead: dict[str, LookedUpAhead] = {}
        self._in_hand: dict[str, LookupAnswer] = {}

    def next(self, campaign_id: str, but: Collection[str], *, looks_ahead: bool = True) -> str | None:
        """Who is due, looked up if the campaign says so, and not among `but`; None where nobody is known to be.

        Where the campaign may call nobody now, it `looks_ahead` at nobody: then whoever is due has perhaps not been looked up.
        """
        lookup = self._lookup(campaign_id)
        if lookup is None or not looks_ahead:
            return self._due.next(campaign_id, but)
        ahead = self._ahead.get(campaign_id)
        if ahead is None:
            brake = LookupBrake(self._config.clock, self._config.monotonic)
            ahead = self._ahead[campaign_id] = LookedUpAhead(brake, set(), {})
        ahead.ready = {
            stream: answer
            for stream, answer in ahead.ready.items()
            if stream not in but and self._looking_up.is_fresh(answer, lookup, READY_SECONDS_MAX)
        }
        ahead.given = next(iter(ahead.ready), None)
        self._look_ahead(campaign_id, ahead, lookup, but)
        return ahead.given

    def taken(self, campaign_id: str) -> None:
        """The one that `next` gave is being called."""
        ahead = self._ahead.get(campaign_id)
        if ahead is None or ahead.given is None or self._lookup(campaign_id) is None:
            self._due.taken(campaign_id)
            return
        self._in_hand[ahead.given] = ahead.ready.pop(ahead.given)
        ahead.given = None

    def told(self, stream: str) -> LookupAnswer | None:
        """By which answer the person is called whose turn was taken; None where nobody was asked. It is told once."""
        return self._in_hand.pop(stream, None)

    def dealt_with(self, stream: str, position: int) -> None:
        """What the views say of a recipient is out of date until they have come to a position."""
        self._in_hand.pop(stream, None)
        self._due.dealt_with(stream, position)

    def trouble_of(self, campaign_id: str) -> LookupTrouble | None:
        """What is wrong with a campaign's lookup, as far as it was asked from here."""
        ahead = self._ahead.get(campaign_id)
        return None if ahead is None or self._lookup(campaign_id) is None else ahead.brake.trouble

    def _lookup(self, campaign_id: str) -> Lookup | None:
        state = self._in_flight.campaigns.get(campaign_id)
        return None if state is None else state.plan.asked_first

    def _look_ahead(self, campaign_id: str, ahead: LookedUpAhead, lookup: Lookup, but: Collection[str]) -> None:
        while self._may_ask(ahead, lookup):
            stream = self._due.next(campaign_id, {*but, *ahead.asking, *ahead.ready})
            if stream is None:
                return
            self._due.taken(campaign_id)
            ahead.asking.add(stream)
            self._spawn(self._look_up(campaign_id, stream, lookup, ahead))

    def _may_ask(self, ahead: LookedUpAhead, lookup: Lookup) -> bool:
        if len(ahead.asking) + len(ahead.ready) >= AHEAD_MAX:
            return False
        if ahead.brake.trouble is not None:
            goes_on = lookup.on_failure == "go_on" and ahead.brake.is_set
            return goes_on or (not ahead.asking and not ahead.brake.is_set)
        in_all = sum(len(one.asking) for one in self._ahead.values())
        # However many slow lookups there are, each campaign may ask about one person.
        return len(ahead.asking) < ASKED_AT_ONCE_MAX and (in_all < ASKED_AT_ONCE_IN_ALL_MAX or not ahead.asking)

    async def _look_up(self, campaign_id: str, stream: str, lookup: Lookup, ahead: LookedUpAhead) -> None:
        try:
            answer = await self._looking_up.look_up(campaign_id, stream, lookup, ahead.brake)
            if answer is None:
                self._occupied.set_aside(stream)
                self._due.dealt_with(stream, self._position())
            else:
                ahead.ready[stream] = answer
        except DialtrailError as error:
            log.warning("somebody could not be looked up; trying again", campaign_id=campaign_id, error=str(error))
            self._occupied.set_aside(stream)
        finally:
            ahead.asking.discard(stream)
            self._wake()
