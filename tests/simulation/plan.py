"""One seed, one day: who is to be called, by which rules, what people do meanwhile, and what goes wrong."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tests.simulation import habits, more
from tests.simulation.habits import Habits
from tests.simulation.more import More
from tests.simulation.phone import SCRIPT

PEOPLE_MIN, PEOPLE_MAX = 3, 16
DAY_SECONDS = 26 * 3_600.0
DAYS = ("2026-03-02", "2026-03-07", "2026-06-12", "2026-10-24", "2026-10-31")
ZONES = ("America/New_York", "America/Chicago", "America/Los_Angeles", "Europe/Berlin")
CALLER = "+12125550100"
FAULTS_MAX = 6
TALKING_SHARE, ASKS = 0.5, 0.8
FAULTS = (
    "kill",
    "kill_before_commit",
    "kill_after_commit",
    "kill_after_send",
    "stop",
    "disk_full",
    "disk_hangs",
    "queue_full",
    "clock",
    "two_owners",
)
RARE_FAULTS = ("restore", "lose_marks", "foreign_marks", "lose_power")
ACTS = ("pause", "suppress", "revise", "decline", "cancel")


class Act(Struct, frozen=True, kw_only=True):
    """What somebody does, or what goes wrong, so many seconds after the day began. `value` is from 0 to 1."""

    at: float
    what: str
    value: float


class Plan(Struct, frozen=True, kw_only=True):
    """All of a world that is known before it begins. The same plan is the same world."""

    seed: int
    began: datetime
    people: Sequence[tuple[str, str]]
    """Number and zone."""
    policy: Mapping[str, Any]
    limits: Mapping[str, Any]
    habits: Habits
    acts: Sequence[Act]
    faults: Sequence[Act]
    seconds: float = DAY_SECONDS
    canary: int | None = None
    agents_free: int | None = None
    """Who is told of, again and again; None where nobody is."""
    script: Mapping[str, Any] | None = None


def planned(seed: int, *, faults: bool = True) -> Plan:
    """The plan of a seed; without `faults`, of a good day."""
    chance = Random(seed)
    began = datetime.fromisoformat(chance.choice(DAYS)).replace(tzinfo=UTC) + timedelta(
        minutes=chance.randrange(24 * 60)
    )
    count = chance.randint(PEOPLE_MIN, PEOPLE_MAX)
    people = [(f"+1212555{1000 + i:04}", chance.choice(ZONES)) for i in range(count)]
    drawn = habits.drawn(chance, faults=1.0 if faults else 0.0)
    talks = faults and Random(f"{seed} script").random() < TALKING_SHARE
    plan = Plan(
        seed=seed,
        began=began,
        people=people,
        policy=_policy(chance),
        limits={"calls_per_second": chance.choice((1, 2, 5)), "calls_at_once": chance.choice((1, 3, 10))},
        habits=replace(drawn, asks=ASKS) if talks else drawn,
        acts=_acts(chance, ACTS, 4) if faults else (),
        faults=_faults(chance) if faults else (),
        script=SCRIPT if talks else None,
    )
    return _with_more(plan, more.drawn(Random(f"{seed} more"))) if faults else plan


def _with_more(plan: Plan, beside: More) -> Plan:
    return replace(
        plan,
        began=beside.began or plan.began,
        people=[*plan.people, *beside.people],
        policy={**plan.policy, **beside.policy},
        habits=replace(plan.habits, **beside.habits),
        canary=beside.canary,
        agents_free=beside.agents_free,
        acts=[*plan.acts, *(Act(at=at, what="revoke", value=value) for at, value in beside.revoked)],
        faults=[*plan.faults, *(Act(at=at, what="lease", value=value) for at, value in beside.lease_lost)],
    )


def _policy(chance: Random) -> dict[str, Any]:
    policy: dict[str, Any] = {"attempts_max": chance.randint(1, 4), "answer_grace_seconds": chance.choice((0, 60))}
    after = chance.choice((60, 900, 3_600))
    outcomes = [one for one in ("not_reached", "failed", "canceled", "originate_failed") if chance.random() < 0.7]
    policy["retry"] = {one: {"after_seconds": after} for one in outcomes}
    if chance.random() < 0.6:
        opens = chance.randrange(6, 12)
        policy["hours"] = {"every_day": [f"{opens:02}:00-{opens + chance.randrange(2, 12):02}:00"]}
    if chance.random() < 0.4:
        policy["caps"] = [{"attempts_max": chance.randint(1, 3), "period_hours": chance.choice((1, 24))}]
    if chance.random() < 0.3:
        policy["budget"] = {"calls_max": chance.randint(3, 30)}
    if chance.random() < 0.5:
        policy["probe"] = {"after_seconds": chance.choice((30, 300))}
    if chance.random() < 0.3:
        policy["opt_out_digits"] = "9"
    if chance.random() < 0.3:
        policy["breaker"] = {"window_attempts": 5, "failures_share_max": 0.9}
    return policy


def _acts(chance: Random, names: Sequence[str], count_max: int) -> list[Act]:
    some = [
        Act(
            at=chance.choice((60.0, 600.0, DAY_SECONDS * 0.8)) * chance.random(),
            what=chance.choice(names),
            value=chance.random(),
        )
        for _ in range(chance.randint(0, count_max))
    ]
    return sorted(some, key=lambda act: act.at)


def _faults(chance: Random) -> list[Act]:
    names = FAULTS if chance.random() < 0.7 else (*FAULTS, *RARE_FAULTS)
    return _acts(chance, names, FAULTS_MAX)
