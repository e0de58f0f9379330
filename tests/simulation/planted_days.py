"""Days in which a planted bug would show: simulated, written down, and judged. Run in a copy of the rooms that has the bug.

    python -m tests.simulation.planted_days NAME A..B
    python -m tests.simulation.planted_days --clean NAME:SEED …

The first plays the world that the bug's file asks for with the seeds A to B until one of its rules is broken: exit 1 and the
rules, else 0. The second plays days of such worlds one after the other, in rooms that have no bug, and says of each that is over
whether it is clean: exit 2 where one is not.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from tests.simulation.judge import Broken, judge
from tests.simulation.judge.answers import ANSWERS
from tests.simulation.judge.lines import FEED, PROVIDER, instant
from tests.simulation.more import spelled_twice
from tests.simulation.plan import Act, Plan, planned
from tests.simulation.planting import FOUND, UNCLEAN, planted_bugs
from tests.simulation.wires import WIRE_SECONDS_MAX
from tests.simulation.world import QUIET_SECONDS, Played, play

SECONDS_DEFAULT = 1_800.0
TRAVEL = timedelta(seconds=WIRE_SECONDS_MAX)
IN_MEMORY = Path("/dev/shm")
INVARIANT = "invariant"


def world_of(seed: int, asked: Mapping[str, Any]) -> Plan:
    """A good day of a seed, otherwise where a bug's file asks for it: policy, limits, habits, acts and faults, people, seconds."""
    plan = planned(seed, faults=False)
    people = plan.people if "people" not in asked else [(f"+1212555{1000 + i:04}", "") for i in range(asked["people"])]
    if "spelled_twice" in asked:
        people = spelled_twice(asked["spelled_twice"])
    zones = asked.get("zones", ["UTC"])
    return replace(
        plan,
        began=datetime.fromisoformat(asked.get("began", "2026-03-02T12:00:00+00:00")),
        people=[(number, zones[nth % len(zones)]) for nth, (number, _) in enumerate(people)],
        policy=asked.get("policy", {}),
        limits={**plan.limits, **asked.get("limits", {})},
        habits=replace(plan.habits, **asked.get("habits", {})),
        acts=_acts(asked.get("acts", ())),
        faults=_acts(asked.get("faults", ())),
        seconds=asked.get("seconds", SECONDS_DEFAULT),
        canary=asked.get("canary"),
        agents_free=asked.get("agents_free"),
    )


def _acts(asked: Sequence[Sequence[Any]]) -> list[Act]:
    """Each as `[what, at, value]`; the value may be left out."""
    return [Act(what=one[0], at=float(one[1]), value=float(one[2]) if len(one) > 2 else 0.5) for one in asked]


def written(plan: Plan, played: Played, folder: Path) -> None:
    """The files that the judge reads. A request left at most so long before it came; all was well for long at the end."""
    lines = [json.loads(line) for line in played.journal.splitlines()]
    for line in lines:
        if line["what"] == "request":
            line["left_at"] = (instant(line["at"]) - TRAVEL).isoformat()
    ended = plan.began + timedelta(seconds=plan.seconds + QUIET_SECONDS)
    lines = [line for line in lines if instant(line["at"]) < ended]  # what came after the feed was read is not in it
    lines.append({"at": ended.isoformat(), "what": "end"})
    (folder / PROVIDER).write_text("".join(json.dumps(line) + "\n" for line in lines))
    feeds = {FEED: played.feed}
    for nth, feed in enumerate(played.feeds_before_restore, start=1):
        feeds[f"feed-before-restore-{nth}.jsonl"] = feed
    feeds[ANSWERS] = played.answers
    for name, events in feeds.items():
        (folder / name).write_text("".join(json.dumps(one) + "\n" for one in events))


def looked_at(plan: Plan) -> Iterator[Broken]:
    """Play it in memory; what the judge finds, and what the world's own invariants say."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as home, tempfile.TemporaryDirectory(dir=IN_MEMORY) as logs:
        played = play(plan, Path(home))
        written(plan, played, Path(logs))
        yield from judge(Path(logs))
    for says in played.broken:
        yield Broken(INVARIANT, says)


def main(arguments: Sequence[str]) -> int:
    """Look for one bug, or for whatever is broken without any."""
    if arguments[0] == "--clean":
        return _clean(arguments[1:])
    name, seeds = arguments
    bug = next(one for one in planted_bugs() if one.name == name)
    first, _, last = seeds.partition("..")
    for seed in range(int(first), int(last) + 1):
        found = list(looked_at(world_of(seed, bug.world)))
        for broken in found:
            sys.stdout.write(f"{broken.rule}: seed {seed}: {broken.says}\n")
        sys.stdout.flush()
        if {broken.rule for broken in found} & set(bug.found_by):
            return FOUND
    return 0


def _clean(days: Sequence[str]) -> int:
    worlds = {bug.name: bug.world for bug in planted_bugs()}
    unclean = 0
    for day in days:
        name, _, seed = day.partition(":")
        found = [f"{broken.rule}: {broken.says}" for broken in looked_at(world_of(int(seed), worlds[name]))]
        unclean += bool(found)
        sys.stdout.write(json.dumps({"day": day, "broken": found}) + "\n")
        sys.stdout.flush()
    return UNCLEAN if unclean else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
