"""Every campaign's gate, and what one request met that all of them heed: the limits are the account's."""

from collections.abc import Callable
from datetime import datetime, timedelta

from adapters.sending_marks import SendingMarks
from domain import pacing
from domain.dial_outcome import Abandoned, Accepted, DialOutcome, Refused, Unresolved
from domain.pacing import Pace
from entrypoints.dialer.gate import Gate
from projections.recipient_status import RecipientStatusView

PRIMED_SECONDS_MAX = 86_400.0


class Gates:
    """One gate for each campaign, made when it is first needed. `marks` are opened once the past is settled."""

    def __init__(
        self, view: RecipientStatusView, clock: Callable[[], datetime], monotonic: Callable[[], float]
    ) -> None:
        self.marks: SendingMarks | None = None
        self._view = view
        self._clock = clock
        self._monotonic = monotonic
        self._gates: dict[str, Gate] = {}

    def of(self, campaign_id: str) -> Gate:
        """A campaign's gate, at its present limit."""
        gate = self._gates.get(campaign_id)
        per_second = self._view.campaigns[campaign_id].state.plan.limits.calls_per_second
        if gate is None:
            if self.marks is None:
                raise RuntimeError("the dialer has not begun")
            pace = self._primed_pace(campaign_id, per_second)
            gate = self._gates[campaign_id] = Gate(pace, self.marks, self._monotonic)
        if gate.pace.calls_per_second != per_second:
            gate.pace = pacing.with_limit(gate.pace, per_second)
        return gate

    def heed(self, outcome: DialOutcome) -> None:
        """What became of a request, for the pace of all."""
        now = self._monotonic()
        for gate in self._gates.values():
            match outcome:
                case Refused(throttle=throttle) if throttle is not None:
                    gate.pace = pacing.limited(pacing.understood(gate.pace), throttle, now)
                case Accepted() | Refused():
                    gate.pace = pacing.understood(gate.pace)
                case Unresolved() | Abandoned(unreachable=True):
                    gate.pace = pacing.troubled(gate.pace, now)
                case Abandoned():
                    pass

    def call_ended(self) -> None:
        """A call ended: where the provider was full, there is room."""
        now = self._monotonic()
        for gate in self._gates.values():
            gate.pace = pacing.call_ended(gate.pace, now)

    def _primed_pace(self, campaign_id: str, per_second: float) -> Pace:
        """The pace as an earlier process left it: the provider counts its requests together with ours."""
        pace = Pace(calls_per_second=per_second)
        now, monotonic = self._clock(), self._monotonic()
        window = timedelta(seconds=min(pace.window_seconds, PRIMED_SECONDS_MAX))
        earlier = self._view.sends_since(campaign_id, now - window)[-pace.window_max :]
        # An instant after now is an earlier process's clock that ran ahead: the request did not leave later than now.
        return pacing.primed(per_second, [monotonic - max(0.0, (now - at).total_seconds()) for at in earlier])
