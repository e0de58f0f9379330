"""When a delivery that failed is tried again: further and further apart, for three days."""

from datetime import datetime, timedelta

RETRY_AFTER_SECONDS = (5, 30, 120, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800)
"""The wait after the first failure, the second and so on; the last one for all that follow."""
JITTER = 0.2
GIVEN_UP_AFTER = timedelta(days=3)


def next_try_at(
    tries: int, first_try_at: datetime, failed_at: datetime, chance: float, asked_seconds: float = 0.0
) -> datetime | None:
    """When to try again after so many failures, the latest at `failed_at`; None where three days are over by then.

    `chance` is from 0 to 1, and moves the wait by up to a fifth to either side, so that not all come back at once.
    `asked_seconds` is for how long the subscriber asked to be left alone; no longer than the longest wait.
    """
    wait = RETRY_AFTER_SECONDS[min(tries, len(RETRY_AFTER_SECONDS)) - 1] * (1 + JITTER * (2 * chance - 1))
    wait = max(wait, min(asked_seconds, RETRY_AFTER_SECONDS[-1]))
    again = failed_at + timedelta(seconds=wait)
    return again if again - first_try_at <= GIVEN_UP_AFTER else None
