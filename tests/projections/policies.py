"""Policies by chance: small gaps and windows that begin and end around the hours at which the histories happen."""

import random  # noqa: TID251 - the caller seeds it
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from domain.policy import (
    WEEKDAYS,
    Cap,
    ConsentRules,
    ConversationGap,
    Hours,
    Per,
    Policy,
    Retry,
    RetryOutcome,
    Window,
    parse_window,
)

Random = random.Random
POLICIES_SHARE = 0.7
HOURS: Sequence[Hours | None] = (
    None,
    None,
    {},
    {"tuesday": (parse_window("09:00-20:00"),)},
    dict.fromkeys(WEEKDAYS, (parse_window("08:00-21:00"),)),
    dict.fromkeys(WEEKDAYS, (parse_window("03:00-04:05"), parse_window("10:02-10:03"), Window(15 * 60, 60))),
    dict.fromkeys(WEEKDAYS, (parse_window("00:00-24:00"),)),
)
ZONES = (None, None, "Europe/Berlin", "America/New_York")
ENROLLED_ZONES = (None, None, None, "Europe/Vienna", "America/Los_Angeles", "No/Such_Zone")
HOLIDAYS: Sequence[tuple[str, ...]] = ((), (), (), ("US",), ("US-FL", "DE-BE"))
GAPS = (0, 0, 5, 60, 900, 20_000)
PERIODS = (10, 120, 3_000, 90_000)
OUTCOMES: Sequence[RetryOutcome] = ("not_reached", "failed", "canceled", "originate_failed")
PERS: Sequence[Per] = ("person", "purpose")
PURPOSES = (None, None, "care")
CONSENTS: Sequence[ConsentRules | None] = (
    *(None,) * 8,
    ConsentRules(required=True),
    ConsentRules(required=True),
    ConsentRules(required=True, purposes=("care", "spring")),
    ConsentRules(required=True, max_age_days=1),
)


def policy_by_chance(rng: Random, numbers: Sequence[str], now: datetime) -> Policy | None:
    """A campaign's policy, or none."""
    if rng.random() > POLICIES_SHARE:
        return None
    return Policy(
        hours=rng.choice(HOURS),
        default_zone=rng.choice(ZONES),
        excluded_dates=rng.choice(((), (), (), (now.date(),), (now.date() + timedelta(days=1),))),
        holidays=rng.choice(HOLIDAYS),
        starts_at=rng.choice((None, None, now + timedelta(seconds=rng.choice((-10, 20, 4_000))))),
        ends_at=rng.choice((None, None, None, now + timedelta(seconds=rng.choice((5, 40, 600, 200_000))))),
        attempts_max=rng.choice((1, 2, 3, 4, 5)),
        attempt_gap_seconds=rng.choice(GAPS),
        retry=_retry(rng),
        caps=tuple(
            Cap(attempts_max=rng.randint(1, 3), period_seconds=rng.choice(PERIODS), per=rng.choice(PERS))
            for _ in range(rng.choice((0, 0, 1, 2)))
        ),
        conversation_gaps=tuple(
            ConversationGap(seconds=rng.choice(PERIODS), per=rng.choice(PERS)) for _ in range(rng.choice((0, 0, 1, 1)))
        ),
        purpose=rng.choice(PURPOSES),
        allow_kinds=rng.choice(((), (), ("premium",), ("satellite", "short"))),
        only=rng.choice((None, None, None, None, tuple(rng.sample(numbers, rng.randint(0, len(numbers)))))),
        answer_grace_seconds=rng.choice(GAPS),
        consent=rng.choice(CONSENTS),
    )


def _retry(rng: Random) -> Mapping[RetryOutcome, Retry]:
    outcomes = rng.sample(OUTCOMES, rng.choice((0, 2, 4, 4, 4)))
    return {outcome: Retry(after_seconds=rng.choice(GAPS)) for outcome in outcomes}
