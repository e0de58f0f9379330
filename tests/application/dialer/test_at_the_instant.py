"""Between the commit of an attempt and its request the hours may close: then nothing leaves, for a retry as for a first attempt."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from domain.policy import WEEKDAYS, Policy, Retry, Window
from domain.recipient import AttemptAbandoned
from entrypoints.process import utc_now
from tests.application.dialer.stage import Stage, numbers, play, stage

CLOSED_IN = timedelta(days=3)


def open_today(attempts_max: int = 1) -> Policy:
    """Hours that are open now and tomorrow, and are closed in three days."""
    today = utc_now().weekday()
    hours = {WEEKDAYS[day % len(WEEKDAYS)]: (Window(0, 24 * 60),) for day in (today, today + 1)}
    return Policy(
        hours=hours, default_zone="Etc/UTC", attempts_max=attempts_max, retry={"failed": Retry(after_seconds=0)}
    )


def let_the_hours_close(it: Stage, after_requests: int) -> None:
    """From then on it is three days later whenever an attempt is on disk whose outcome is not."""

    def clock() -> datetime:
        is_between = it.parts.in_flight.attempts.started and len(it.posts()) >= after_requests
        return utc_now() + CLOSED_IN if is_between else utc_now()

    it.dialer._attempts._last_check._config = replace(it.dialer._config, clock=clock)


@pytest.mark.parametrize("back", [timedelta(seconds=6), timedelta(hours=1), timedelta(days=400)], ids=str)
def test_an_attempt_after_whose_commit_the_clock_was_set_back_is_abandoned_and_not_sent(
    tmp_path: Path, back: timedelta
) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:

            def clock() -> datetime:
                is_between = it.parts.in_flight.attempts.started and not it.events("attempt.abandoned")
                return utc_now() - back if is_between else utc_now()

            it.dialer._attempts._last_check._config = replace(it.dialer._config, clock=clock)
            await it.campaign(numbers(1))
            await it.until("reached", lambda: it.counts() == {"reached": 1})

            [first] = [one.event for one in it.events("attempt.abandoned")]
            assert isinstance(first, AttemptAbandoned)
            assert first.why == "at the last moment: clock_ahead"
            assert len(it.posts()) == 1

    play(scenario)


@pytest.mark.parametrize("before", [0, 1])
def test_an_attempt_whose_hours_closed_after_its_commit_is_abandoned_and_not_sent(tmp_path: Path, before: int) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, answer_rate=0, busy_rate=1, canceled_rate=0) as it:
            let_the_hours_close(it, after_requests=before)
            await it.campaign(numbers(1), policy=open_today(attempts_max=2))
            await it.until("abandoned", lambda: bool(it.events("attempt.abandoned")))

            (first, *_) = [one.event for one in it.events("attempt.abandoned")]
            assert isinstance(first, AttemptAbandoned)
            assert first.why == "at the last moment: outside_hours"
            assert len(it.posts()) == before
            assert it.person(it.events("attempt.abandoned")[0].stream).attempts_counted("spring") == before

    play(scenario)
