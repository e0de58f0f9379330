"""The account's gate, every campaign's gate before it, whose turn it is, and what the provider's answers mean for all of them."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from adapters.sending_marks import SendingMarks
from application.dialer.gate import AccountGate, Gate
from domain import fairness, pacing
from domain.campaign import CampaignState
from domain.dial_outcome import Abandoned, Accepted, DialOutcome, Refused, Unresolved
from domain.fairness import Turns
from domain.pacing import AccountLimits, Limit, Pace
from projections.in_flight import InFlight

PRIMED_SECONDS_MIN = 3.0
PRIMED_SECONDS_MAX = 86_400.0
LEARNED_EVERY_SECONDS = 10.0
CODES: Mapping[Limit, str] = {
    "calls_per_second": "cps_limit_reached",
    "calls_at_once": "concurrent_call_limit_reached",
}


class Learned(Struct, frozen=True, kw_only=True):
    """A limit of the account that is worth recording: what is proven, and the code of the refusals that showed it."""

    limit: Limit
    value: float
    code: str


class Gates:
    """The gates, each made when it is first needed. `marks` are opened once the past is settled; `chance` gives 0 to 1."""

    def __init__(
        self,
        in_flight: InFlight,
        limits: AccountLimits,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        chance: Callable[[], float],
        ledger_clock: Callable[[], datetime] | None = None,
    ) -> None:
        """`ledger_clock` is the one by which the ledger's events were recorded, where that is another machine's."""
        self.marks: SendingMarks | None = None
        self._in_flight = in_flight
        self._limits = limits
        self._clock = clock
        self._ledger_clock = ledger_clock or clock
        self._monotonic = monotonic
        self._chance = chance
        self._account: AccountGate | None = None
        self._gates: dict[str, Gate] = {}
        self._turns = Turns()
        self._slots_held = 0
        self._others_sent_until: float | None = None
        self._recorded: dict[Limit, float] = {}
        self._recorded_at: dict[Limit, float] = {}

    @property
    def account(self) -> AccountGate:
        """The gate of all. Raises `RuntimeError` before the past is settled."""
        if self._account is None:
            if self.marks is None:
                raise RuntimeError("the dialer has not begun")
            self._account = self._primed_account(self.marks)
        return self._account

    def of(self, campaign_id: str) -> Gate:
        """A campaign's gate, at its present limit."""
        gate = self._gates.get(campaign_id)
        per_second = self._limit_of(self._in_flight.campaigns[campaign_id])
        if gate is None:
            gate = self._gates[campaign_id] = Gate(self._primed_pace(campaign_id, per_second), self.account)
        gate.pace = pacing.with_limit(gate.pace, per_second)
        return gate

    @property
    def limits_calls_at_once(self) -> bool:
        """Whether calls at once have a limit, set or found out."""
        return self.account.pace.at_once.limit is not None

    def start_wait_seconds(self, now: float, slots_held: int) -> float | None:
        """How long until the account may start another attempt, 0 for now; None where a call, or an answer, has to come first."""
        self._slots_held = slots_held
        if self.account.pace.is_full(slots_held) or self.account.marks.is_full:
            return None
        return self.account.start_wait_seconds(now)

    def next_of(self, campaign_ids: Collection[str]) -> str:
        """Whose turn it is among these."""
        return self._turns.next_of(campaign_ids)

    def take_turn(self, campaign_id: str) -> None:
        """A campaign starts an attempt."""
        self._turns = fairness.taken(self._turns, campaign_id, self.weight_of(campaign_id))
        self.of(campaign_id).reserve()

    def end_turn(self, campaign_id: str, *, has_left: bool) -> None:
        """Its request has left, or never will, and then another may have its turn."""
        self._gates[campaign_id].release()
        if not has_left:
            self._turns = fairness.given_back(self._turns, campaign_id, self.weight_of(campaign_id))

    def weight_of(self, campaign_id: str) -> float:
        """What part of the account a campaign may have, beside the others' weights."""
        policy = self._in_flight.campaigns[campaign_id].plan.policy
        return 1.0 if policy is None else policy.weight

    def record_outcome(self, outcome: DialOutcome, sent_at: float | None) -> None:
        """What became of a request that left at a monotonic instant, if it did, for the pace of all."""
        now, gate = self._monotonic(), self.account
        match outcome:
            case Refused(throttle=throttle) if throttle is not None and sent_at is not None:
                gate.pace = pacing.refused(
                    gate.pace,
                    throttle,
                    sent_at=sent_at,
                    now=now,
                    chance=self._chance(),
                    calls_under_way=self._in_flight.attempts.calls_under_way(self._clock()),
                    retry_after_seconds=outcome.retry_after_seconds,
                )
            case Accepted():
                gate.pace = pacing.accepted(gate.pace, now, self._slots_held)
            case Refused():
                gate.pace = pacing.understood(gate.pace)
            case Unresolved() | Abandoned(unreachable=True):
                gate.pace = pacing.troubled(gate.pace, now)
            case Abandoned():
                pass

    def others_sent_until(self, at: float) -> None:
        """Another process sent until a monotonic instant; what, is not all in the ledger yet: a full window passes first."""
        self._others_sent_until = at
        self.account.pace = pacing.account_filled(self.account.pace, at)
        for gate in self._gates.values():
            gate.pace = pacing.filled(gate.pace, at)

    def call_ended(self) -> None:
        """A call ended: where the provider was full, there is room."""
        self.account.pace = pacing.call_ended(self.account.pace, self._monotonic())

    def learned(self, now: float) -> list[Learned]:
        """What is to be recorded of the account's limits; each limit at most once in a while, and only what has changed."""
        found = []
        for limit in CODES:
            estimate = self._estimate(limit)
            before = self._recorded.get(limit, self._in_flight.account.limits.get(limit))
            if not pacing.is_worth_recording(estimate, before):
                continue
            if now - self._recorded_at.get(limit, float("-inf")) < LEARNED_EVERY_SECONDS:
                continue
            value = round(estimate.proven or 0.0, 3)
            self._recorded[limit], self._recorded_at[limit] = value, now
            found.append(Learned(limit=limit, value=value, code=CODES[limit]))
        return found

    def not_recorded(self, learned: Learned) -> None:
        """The ledger did not take it: it is worth recording still."""
        self._recorded.pop(learned.limit, None)

    def _estimate(self, limit: Limit) -> pacing.LimitEstimate:
        match limit:
            case "calls_per_second":
                return self.account.pace.per_second
            case "calls_at_once":
                return self.account.pace.at_once

    def _limit_of(self, campaign: CampaignState) -> float:
        policy = campaign.plan.policy
        ramp = None if policy is None else policy.ramp
        return pacing.ramped(campaign.plan.limits.calls_per_second, ramp, campaign.started_at, self._clock())

    def _primed_account(self, marks: SendingMarks) -> AccountGate:
        """The account's pace as an earlier process left it, and at the limits that it found out."""
        known = self._in_flight.account.limits
        per_second, at_once = known.get("calls_per_second"), known.get("calls_at_once")
        limit = pacing.begun(self._limits, per_second, at_once, ()).per_second.limit
        window = PRIMED_SECONDS_MIN if limit is None else Pace(calls_per_second=limit).window_seconds
        earlier = [
            at
            for campaign_id in self._in_flight.campaigns
            for at in self._earlier(campaign_id, max(window, PRIMED_SECONDS_MIN))
        ]
        return AccountGate(pacing.begun(self._limits, per_second, at_once, earlier), marks, self._monotonic)

    def _primed_pace(self, campaign_id: str, per_second: float) -> Pace:
        """The pace as an earlier process left it: the provider counts its requests together with ours."""
        pace = Pace(calls_per_second=per_second)
        earlier = self._earlier(campaign_id, pace.window_seconds)
        if self._others_sent_until is not None:
            earlier += [self._others_sent_until] * pace.window_max
        return pacing.primed(per_second, earlier)

    def _earlier(self, campaign_id: str, within_seconds: float) -> list[float]:
        now, monotonic = self._ledger_clock(), self._monotonic()
        within = timedelta(seconds=min(within_seconds, PRIMED_SECONDS_MAX))
        # An instant after now is an earlier process's clock that ran ahead: the request did not leave later than now.
        return [
            monotonic - max(0.0, (now - at).total_seconds())
            for at in self._in_flight.counts.sends_since(campaign_id, now - within)
        ]
