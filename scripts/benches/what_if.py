"""What judging a campaign's history again under another policy costs of the processor, and how much memory it takes.

    python what_if.py [EVENTS]     by default 100,000; `scripts/bench what-if` is the same

In turn, three times: the streams of the people and of their calls read and decoded, which is the floor; the attempts judged
under the campaign's own policy; and under one that allows none of them, for which each is judged three times. The medians, in
µs of the processor's time an attempt, which hang less on who else uses the machine.
"""

import os
import resource
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from folding import measured
from history import make
from msgspec.structs import replace

from adapters.ledger import open_reader
from adapters.ledger.reader import LedgerReader
from adapters.rule_data import installed_rule_data
from domain.campaign import Plan
from domain.events import Recorded
from domain.identity import call_stream
from domain.policy import Policy, Window
from entrypoints.process import tune_gc
from projections.folded import recipient_of
from projections.what_if import RECIPIENTS_A_READ_MAX, WhatIfTally, judge_otherwise

EVENTS = 100_000
ROUNDS = 3
EVENTS_A_READ = 5_000
THE_END = 2**40
SUNDAYS_AT_NIGHT = Policy(hours={"sunday": (Window(0, 1),)})


def streams_of(reader: LedgerReader) -> tuple[list[str], str]:
    """Who is in the first campaign, in the order of enrolment, and which that is."""
    streams: list[str] = []
    campaign_id, position = "", 0
    while batch := reader.read_feed(position, EVENTS_A_READ):
        position = batch[-1].position
        enrolled = [one for one in batch if one.name == "recipient.enrolled"]
        streams += [one.stream for one in enrolled]
        campaign_id = campaign_id or next((getattr(one.event, "campaign_id", "") for one in enrolled), "")
    return streams, campaign_id


def read_only(reader: LedgerReader, streams: Sequence[str], end: int) -> int:
    """The streams that a verdict hangs on, and nothing done with them but to find the calls."""
    read = 0
    for at in range(0, len(streams), RECIPIENTS_A_READ_MAX):
        people = reader.read_streams(streams[at : at + RECIPIENTS_A_READ_MAX], end)
        attempts = (one for events in people.values() for one in _attempts(events))
        calls = reader.read_streams([call_stream(call_id) for call_id in attempts], end)
        read += sum(map(len, people.values())) + sum(map(len, calls.values()))
    return read


def _attempts(events: Sequence[Recorded]) -> list[str]:
    return [one.call_id for one in recipient_of(events).attempts if one.call_id is not None]


def tried_on(reader: LedgerReader) -> tuple[WhatIfTally, dict[str, Callable[[], object]]]:
    """What one judgement of all comes to, and what is to be measured."""
    streams, campaign_id = streams_of(reader)

    def judged(change: Callable[[Plan], Plan]) -> WhatIfTally:
        read, stream_of, data = reader.read_streams, reader.recipient_stream, installed_rule_data()
        return judge_otherwise(read, stream_of, streams, campaign_id, change, None, THE_END, data)

    def none_allowed(plan: Plan) -> Plan:
        return replace(plan, policy=SUNDAYS_AT_NIGHT)

    return judged(none_allowed), {
        "read and decoded: the floor": lambda: read_only(reader, streams, THE_END),
        "judged, its own policy": lambda: judged(lambda plan: plan),
        "judged, a policy that allows none": lambda: judged(none_allowed),
    }


def main(numbers: Sequence[int]) -> None:
    """The table, with the load of the machine before and after."""
    load_before = os.getloadavg()[0]
    folder = Path(tempfile.mkdtemp(prefix="dialtrail-bench-"))
    try:
        make(folder / "data", numbers[0] if numbers else EVENTS)
        tune_gc()
        with closing(open_reader(folder / "data", None)) as reader:
            before = _peak_mib()
            tally, tried = tried_on(reader)
            took: dict[str, list[float]] = {name: [] for name in tried}
            for _ in range(ROUNDS):
                for name, what in tried.items():
                    took[name].append(measured(what))
    finally:
        shutil.rmtree(folder)
    print(
        f"{tally.attempts} attempts of {tally.recipients} recipients, {tally.not_allowed} not allowed; peak {before} MiB as the ledger "
        f"was made, {_peak_mib()} after all; load {load_before:.1f} before, {os.getloadavg()[0]:.1f} after"
    )
    costs = {name: statistics.median(took[name]) / tally.attempts * 1e6 for name in tried}
    floor = next(iter(costs.values()))
    for name, cost in costs.items():
        print(
            f"{name:34} {cost:7.1f} µs of the processor an attempt, {1e6 / cost:8,.0f} a second, {cost / floor:4.1f} times"
        )


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]])
