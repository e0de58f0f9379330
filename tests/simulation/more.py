"""What a day may have beside: people known by two spellings, holidays, consent, a canary, a ramp, agents, a lost lease.

Each by a chance of its own, so that what a seed was before it was there is still in it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

from msgspec import Struct

SHARE = 0.25
EVES = ("2026-05-24", "2026-05-25", "2026-07-02")
"""Before, and on, days that are holidays in the United States."""
BRITISH, BRITISH_INSIDE = "+4477009001", "+44077009001"
BRITISH_ZONE = "Europe/London"


class More(Struct, frozen=True, kw_only=True):
    """What is drawn beside; `began` takes the place of the day's beginning, all else is added."""

    began: datetime | None = None
    people: Sequence[tuple[str, str]] = ()
    policy: Mapping[str, Any] = {}
    habits: Mapping[str, float] = {}
    canary: int | None = None
    agents_free: int | None = None
    lease_lost: Sequence[tuple[float, float]] = ()
    """At which second, and a value from 0 to 1."""
    revoked: Sequence[tuple[float, float]] = ()


def drawn(chance: Random) -> More:
    """Those of one world."""

    def may_have() -> bool:
        return chance.random() < SHARE

    def moments() -> list[tuple[float, float]]:
        return [(chance.uniform(0, 600), chance.random()) for _ in range(2)]

    began = None
    policy: dict[str, Any] = {}
    if may_have():
        policy["holidays"] = ["US"]
        eve = datetime.fromisoformat(chance.choice(EVES))
        began = eve.replace(tzinfo=UTC, hour=chance.randrange(24), minute=chance.randrange(60))
    if may_have():
        policy["ramp"] = {"calls_per_second_start": 0.2, "seconds": chance.choice((30, 600))}
    consent = may_have()
    if consent:
        policy["consent"] = {"required": True, **({"max_age_days": 30} if chance.random() < 0.5 else {})}
    return More(
        began=began,
        people=spelled_twice(chance.randint(1, 3)) if may_have() else (),
        policy=policy,
        habits={name: chance.uniform(0, 0.5) for name in ("rewords", "twins", "listens_slowly") if may_have()},
        canary=chance.randint(1, 4) if may_have() else None,
        agents_free=chance.randint(1, 3) if may_have() else None,
        lease_lost=moments() if may_have() else (),
        revoked=moments() if consent else (),
    )


def spelled_twice(count: int) -> list[tuple[str, str]]:
    """So many people, each by two numbers that lead to the same telephone."""
    ends = [f"{23 + nth:02}" for nth in range(count)]
    return [(start + end, BRITISH_ZONE) for end in ends for start in (BRITISH, BRITISH_INSIDE)]
