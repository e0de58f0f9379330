"""What Prometheus reads of wished calls, of those who ring back, and of what campaigns do by the clock."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import UNSET
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from domain.call import CallCameIn
from domain.campaign import CampaignState, Scheduled, ScheduledAct, next_scheduled
from domain.events import Event, Recorded
from domain.recipient import AttemptStarted, RecipientCallbackDropped, RecipientCallbackSet, RecipientSuppressed

CallbackCount = Literal["wished", "kept", "given_up"]
BY_KEY = "keypress"
FOR_A_WISH = b'"callback_at":"'
"""In the verdict of an attempt that was begun because its person wished it."""
_COUNTED: frozenset[type[Event]] = frozenset(
    {RecipientCallbackSet, RecipientCallbackDropped, AttemptStarted, CallCameIn, RecipientSuppressed}
)
ACTS: tuple[ScheduledAct, ...] = ("start", "pause", "resume", "stop")


class WishMetrics:
    """Counts since the start of the process, and what the watch over callbacks found last."""

    def __init__(self) -> None:
        self._callbacks: dict[CallbackCount, int] = {"wished": 0, "kept": 0, "given_up": 0}
        self._inbound = 0
        self._opt_outs = 0
        self._open: tuple[int, int] | None = None

    def recorded(self, batch: Sequence[Recorded]) -> None:
        """The ledger has these events."""
        for one in batch:
            if type(one.event) not in _COUNTED:  # as nearly all: to match classes one by one takes longer
                continue
            match one.event:
                case RecipientCallbackSet():
                    self._callbacks["wished"] += 1
                case RecipientCallbackDropped():
                    self._callbacks["given_up"] += 1
                case AttemptStarted(verdict=verdict) if FOR_A_WISH in bytes(verdict):
                    self._callbacks["kept"] += 1
                case CallCameIn():
                    self._inbound += 1
                case RecipientSuppressed(source=source) if source == BY_KEY:
                    self._opt_outs += 1
                case _:
                    pass

    def callbacks_seen(self, waiting: int, overdue: int) -> None:
        """How many wishes are open now, and how many of them are due."""
        self._open = (waiting, overdue)

    def collect(self) -> Iterator[Metric]:
        """All of it, now."""
        acts = CounterMetricFamily(
            "dialtrail_callbacks", "Wished calls, by what was recorded of them.", labels=("result",)
        )
        for result, count in self._callbacks.items():
            acts.add_metric((result,), count)
        yield acts
        waiting = GaugeMetricFamily("dialtrail_callbacks_open", "Wished calls that nobody has made yet.")
        overdue = GaugeMetricFamily("dialtrail_callbacks_overdue", "Of these, those whose time has come.")
        if self._open is not None:
            waiting.add_metric((), self._open[0])
            overdue.add_metric((), self._open[1])
        yield waiting
        yield overdue
        yield CounterMetricFamily("dialtrail_calls_in", "Calls from people who ring back.", value=self._inbound)
        yield CounterMetricFamily(
            "dialtrail_opt_outs_by_key", "People who were suppressed because of a digit.", value=self._opt_outs
        )


class ScheduleMetrics:
    """When the next act of a schedule comes, of all campaigns; each campaign is looked at anew once it moved, or its act came."""

    def __init__(self, campaigns: Mapping[str, CampaignState], clock: Callable[[], datetime]) -> None:
        self._campaigns = campaigns
        self._clock = clock
        self._known: dict[str, tuple[CampaignState, Scheduled | None]] = {}

    def collect(self) -> Iterator[Metric]:
        """All of it, now."""
        now = self._clock()
        family = GaugeMetricFamily(
            "dialtrail_schedule_next_seconds", "Until the next act of a campaign's schedule.", labels=("act",)
        )
        self._known = {
            name: self._look(name, state, now) for name, state in self._campaigns.items() if _has_clock(state)
        }
        coming = [one for _, one in self._known.values() if one is not None]
        for act in ACTS:
            soonest = min((one.at for one in coming if one.act == act), default=None)
            if soonest is not None:
                family.add_metric((act,), (soonest - now).total_seconds())
        yield family

    def _look(self, name: str, state: CampaignState, now: datetime) -> tuple[CampaignState, Scheduled | None]:
        known = self._known.get(name)
        if known is not None and known[0] is state and (known[1] is None or known[1].at > now):
            return known
        schedule = state.plan.schedule
        return state, None if schedule is UNSET else next_scheduled(schedule, now)


def _has_clock(state: CampaignState) -> bool:
    return state.plan.schedule is not UNSET and not state.is_over
