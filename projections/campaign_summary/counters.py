"""A campaign's figures: counted under names of our own, stored as JSON, shown by their proper names."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct

from domain.recipient.attempt import AttemptPhase
from domain.status import STATUSES, Status

QUEUED = "status:queued"
UNDER_WAY = "under_way"
PHASES: tuple[AttemptPhase, ...] = get_args(AttemptPhase)
CallEnd = Literal["completed", "failed", "canceled", "open"]
CALL_ENDS: tuple[CallEnd, ...] = get_args(CallEnd)


class Calls(Struct, frozen=True, kw_only=True):
    """Calls that ended one way: how many, and how long (seconds from answer to end) together and at most.

    Only of those `measured` both times are known: a call that nobody answered has no length.
    """

    calls: int
    measured: int
    seconds_total: float
    seconds_max: float

    @property
    def seconds_mean(self) -> float | None:
        """How long those were on average whose length is known; None where there are none."""
        return self.seconds_total / self.measured if self.measured else None


class CampaignSummary(Struct, frozen=True, kw_only=True):
    """A campaign's figures. `statuses` leaves out those whose status time alone may change; they are in `timed`.

    `zones` are the zone keys of all enrolled, `queued_zones` how many of the queued have each.
    """

    enrolled: int
    dialled: int
    statuses: Mapping[Status, int]
    queued_zones: Mapping[str, int]
    zones: frozenset[str]
    attempts: Mapping[AttemptPhase, int]
    codes: Mapping[str, int]
    calls: Mapping[CallEnd, Calls]


class Counters:
    """A campaign's figures as they are counted: names of our own making, each with a whole number."""

    __slots__ = ("changed_position", "figures")

    def __init__(self, figures: Mapping[str, int] | None = None, changed_position: int = 0) -> None:
        self.figures = dict(figures or {})
        self.changed_position = changed_position

    def add(self, name: str, by: int) -> None:
        """Count; a figure that comes to nothing is not kept."""
        figure = self.figures.get(name, 0) + by
        if figure:
            self.figures[name] = figure
        else:
            self.figures.pop(name, None)

    def raise_to(self, name: str, figure: int) -> None:
        """Keep the greatest."""
        if figure > self.figures.get(name, 0):
            self.figures[name] = figure

    def summary(self) -> CampaignSummary:
        """As figures with their proper names."""
        get = self.figures.get
        return CampaignSummary(
            enrolled=get("enrolled", 0),
            dialled=get("dialled", 0),
            statuses={status: get(f"status:{status}", 0) for status in STATUSES},
            queued_zones={n[5:]: figure for n, figure in self.figures.items() if n.startswith("zone:")},
            zones=frozenset(n[12:] for n in self.figures if n.startswith("enrolled_in:")),
            attempts={phase: get(f"attempt:{phase}", 0) for phase in PHASES},
            codes={n.partition(":")[2]: figure for n, figure in sorted(self.figures.items()) if n.startswith("code:")},
            calls={
                end: Calls(
                    calls=get(f"calls:{end}", 0),
                    measured=get(f"measured:{end}", 0),
                    seconds_total=get(f"ms:{end}", 0) / 1_000,
                    seconds_max=get(f"ms_max:{end}", 0) / 1_000,
                )
                for end in CALL_ENDS
            },
        )


def counters_text(counters: Counters) -> str:
    return msgspec.json.encode(counters.figures, order="sorted").decode()


def counters_of(row: Any) -> Counters:
    return Counters(msgspec.json.decode(row.counters, type=dict[str, int]), row.changed_position)
