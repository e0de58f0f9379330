"""Who is next: each campaign in its turn, as far as pace, slots, budget and canary let it, and when to look again."""

from collections.abc import Callable, Coroutine, Mapping

import structlog

from adapters.ledger import Ledger
from application.commands.account import record_limit
from application.dialer.attempts import Attempts
from application.dialer.canary import Canaries
from application.dialer.completion import Completion
from application.dialer.config import DialerConfig
from application.dialer.gate import Gate
from application.dialer.gates import Gates, Learned
from application.dialer.guards import Guards
from application.dialer.looked_up import DueLookedUp
from application.dialer.occupied import Occupied
from domain.errors import DialtrailError
from projections.follow import Follower
from projections.in_flight import InFlight

TICK_SECONDS_MAX = 1.0
PROBE_LOOK_SECONDS = 0.05

log = structlog.get_logger("dialtrail.dialer")


class Scheduler:
    """Starts attempts and ends campaigns."""

    def __init__(
        self,
        ledger: Ledger,
        in_flight: InFlight,
        follower: Follower,
        config: DialerConfig,
        *,
        due: DueLookedUp,
        gates: Gates,
        guards: Guards,
        canaries: Canaries,
        occupied: Occupied,
        attempts: Attempts,
        completion: Completion,
        metadata: Mapping[str, str],
        spawn: Callable[[Coroutine[None, None, None]], None],
    ) -> None:
        self._ledger = ledger
        self._in_flight = in_flight
        self._follower = follower
        self._config = config
        self._due = due
        self._gates = gates
        self._guards = guards
        self._canaries = canaries
        self._occupied = occupied
        self._attempts = attempts
        self._completion = completion
        self._metadata = metadata
        self._spawn = spawn
        self._calls_ended_seen = 0

    def tick(self, now: float) -> float:
        """Start what may be started at the monotonic instant `now`; how many seconds until it is worth looking again."""
        self._occupied.take_back(now)
        if not self._follower.is_live or self._config.ownership.trouble() is not None:
            return TICK_SECONDS_MAX
        if self._in_flight.calls.ended != self._calls_ended_seen:
            self._calls_ended_seen = self._in_flight.calls.ended
            self._gates.call_ended()
        running = [i for i, state in self._in_flight.campaigns.items() if state.phase == "running"]
        soonest = min(self._try_running(running, now), self._try_pauses(now))
        self._guards.watch(running, now)
        for learned in self._gates.learned(now):
            self._spawn(self._record_learned(learned))
        for campaign_id in running:
            self._completion.check(campaign_id, now)
        return soonest

    def _try_running(self, running: list[str], now: float) -> float:
        """Start attempts of these campaigns, each by its weight; how many seconds until another look is worth it."""
        soonest = TICK_SECONDS_MAX
        may_start = list(running)
        held = self._slots_held_in_all()
        while may_start and self._in_flight.account.pause is None and not self._is_clock_ahead():
            wait = self._gates.start_wait_seconds(now, held)
            if wait is None or wait > 0:
                return min(soonest, TICK_SECONDS_MAX if wait is None else wait)
            campaign_id = self._gates.next_of(may_start)
            wait = self._try_one(campaign_id, now)
            if wait is None:
                held += 1
            else:
                soonest = min(soonest, wait)
                may_start.remove(campaign_id)
        return soonest

    def _try_pauses(self, now: float) -> float:
        """Start the one call that tries a pause of the provider, where one is due; how many seconds until another look is worth it."""
        soonest = TICK_SECONDS_MAX
        for due, campaign_id in sorted(self._guards.probes()):
            if self._is_clock_ahead():
                break
            wait = (due - self._config.clock()).total_seconds()
            if wait <= 0:
                turn = self._gates.start_wait_seconds(now, self._slots_held_in_all())
                wait = TICK_SECONDS_MAX if turn is None else turn
            if wait <= 0 and self._try_one(campaign_id, now, is_probe=True) is None:
                self._guards.is_probing = True
                break
            soonest = min(soonest, max(wait, PROBE_LOOK_SECONDS))
        return soonest

    def _try_one(self, campaign_id: str, now: float, *, is_probe: bool = False) -> float | None:
        """Start one attempt of a campaign (None), or say how long to wait."""
        limits = self._in_flight.campaigns[campaign_id].plan.limits
        starting = self._occupied.starting(campaign_id)
        if self._in_flight.attempts.slots_held(campaign_id, self._config.clock()) + starting >= limits.calls_at_once:
            return TICK_SECONDS_MAX
        if self._canaries.keeps_back(campaign_id, starting):
            return TICK_SECONDS_MAX
        is_kept_back = self._guards.keeps_back(campaign_id, starting)
        stream = self._due.next(campaign_id, self._occupied.streams(), looks_ahead=not is_kept_back)
        if stream is not None and is_kept_back:
            self._guards.pause_at_the_budget(campaign_id, stream, starting)
        if stream is None or is_kept_back:
            return TICK_SECONDS_MAX
        gate = self._gates.of(campaign_id)
        wait = gate.start_wait_seconds(now)
        if wait > 0:
            return wait
        self._gates.take_turn(campaign_id)
        self._due.taken(campaign_id)
        self._occupied.begin(campaign_id, stream)
        self._spawn(self._attempt(campaign_id, stream, gate, is_probe=is_probe))
        return None

    async def _attempt(self, campaign_id: str, stream: str, gate: Gate, *, is_probe: bool) -> None:
        try:
            await self._attempts.place(campaign_id, stream, gate, is_probe=is_probe)
        finally:
            self._due.dealt_with(stream, self._ledger.position)
            self._occupied.end(stream)
            if is_probe:
                self._guards.is_probing = False

    def _is_clock_ahead(self) -> bool:
        """Whether nobody is to be called, because the ledger's time is too far ahead of this machine's clock."""
        return self._ledger.clocks(self._config.clock()).is_ledger_ahead

    def _slots_held_in_all(self) -> int:
        """How many calls of the account may be under way; 0 where there is no limit to hold them to."""
        if not self._gates.limits_calls_at_once:
            return 0
        return self._in_flight.attempts.slots_held_in_all(self._config.clock()) + self._occupied.starting_in_all()

    async def _record_learned(self, learned: Learned) -> None:
        decide = record_limit(self._config.fingerprint, learned.limit, learned.value, learned.code)
        try:
            await self._ledger.execute(decide, lane="attempts", metadata=self._metadata)
        except DialtrailError as error:
            log.warning("a limit of the account could not be recorded", limit=learned.limit, error=str(error))
            self._gates.not_recorded(learned)
        else:
            log.info("a limit of the account was found out", limit=learned.limit, value=learned.value)
