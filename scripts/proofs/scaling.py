"""The arithmetic of docs/scaling.md: how many ledgers so many calls a day need, and what each then takes.

Only what was measured goes in, with where it stands; all else is counted from it. Nothing here runs a server.

.venv/bin/python scripts/proofs/scaling.py [CALLS_A_DAY …]
"""

import math
import sys
from dataclasses import dataclass

SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Measured:
    """What docs/performance.md has of one ledger, on 2 cores that others used meanwhile or not."""

    webhooks_a_second: float = 2_873.0
    """`scripts/bench webhooks`, 30 November, beside other work: the lowest of its figures."""
    attempts_a_second: float = 272.0
    """`scripts/bench dialer`, at a limit of 300."""
    answers_a_second: float = 1_630.0
    """`scripts/bench answers`, as fast as it goes."""
    views_events_a_second: float = 16_900.0
    """`scripts/bench views rebuild`, by the process of the views at the lowest priority."""
    append_events_a_second: float = 11_000.0
    """100 events a transaction on PostgreSQL, the lower end."""
    bytes_an_event: float = 6.5e9 / 5e6
    """`scripts/bench timeline`: a ledger of 5 million events has 6.5 GB."""


@dataclass(frozen=True)
class Calls:
    """What is assumed of the calls. Change it to what yours are like."""

    a_day: float
    hours: float = 10.0
    """Of a day in which calls are placed: in one zone some 10, over the zones of a continent more."""
    peak: float = 1.5
    """The busiest minutes against the mean of those hours."""
    webhooks: float = 4.0
    answers: float = 2.0
    events: float = 8.0
    """A call's: an attempt, its acceptance, the reports, what it was told."""
    share: float = 0.5
    """How much of what was measured is used at the peak; the rest is for failures and for growth."""

    @property
    def a_second(self) -> float:
        """At the peak."""
        return self.a_day / (self.hours * 3600) * self.peak


@dataclass(frozen=True)
class Plan:
    """What it takes. `bound_by` is what runs out first in a ledger."""

    calls_a_second: float
    cells: int
    bound_by: str
    gigabytes_a_day: float
    hours_of_rebuild_a_day: float
    """How long the views of a day's events of one cell take to be made anew."""


def cells_needed(calls: Calls, measured: Measured) -> dict[str, float]:
    """How many ledgers each of the parts would need, if it were alone."""
    each = {
        "attempts": (1.0, measured.attempts_a_second),
        "webhooks": (calls.webhooks, measured.webhooks_a_second),
        "answers": (calls.answers, measured.answers_a_second),
        "appends": (calls.events, measured.append_events_a_second),
        "views": (calls.events, measured.views_events_a_second),
    }
    return {name: calls.a_second * times / (most * calls.share) for name, (times, most) in each.items()}


def plan(calls: Calls, measured: Measured | None = None) -> Plan:
    """How many cells, and what one of them then has to take."""
    measured = measured or Measured()
    needed = cells_needed(calls, measured)
    bound_by = max(needed, key=lambda name: needed[name])
    cells = max(1, math.ceil(needed[bound_by]))
    events = calls.a_day * calls.events
    return Plan(
        calls_a_second=calls.a_second,
        cells=cells,
        bound_by=bound_by,
        gigabytes_a_day=events * measured.bytes_an_event / 1e9,
        hours_of_rebuild_a_day=events / cells / measured.views_events_a_second / 3600,
    )


def table(days: list[float]) -> str:
    """The plans as the page has them."""
    lines = [
        "| calls a day | calls a second at the peak | cells | bound by | GB a day, all | views of a day made anew, a cell |",
        "|---|---|---|---|---|---|",
    ]
    for a_day in days:
        one = plan(Calls(a_day))
        lines.append(
            f"| {a_day:,.0f} | {one.calls_a_second:,.1f} | {one.cells} | {one.bound_by} | {one.gigabytes_a_day:,.1f} "
            f"| {one.hours_of_rebuild_a_day * 60:,.0f} min |"
        )
    return "\n".join(lines)


DAYS = [100_000.0, 1_000_000.0, 3_000_000.0, 10_000_000.0, 100_000_000.0]

if __name__ == "__main__":
    print(table([float(word) for word in sys.argv[1:]] or DAYS))
