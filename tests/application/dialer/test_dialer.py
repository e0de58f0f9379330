"""The dialer as a whole, against the sandbox: from its start to its end."""

from collections import Counter
from pathlib import Path

import pytest

from domain.recipient import AttemptAbandoned, AttemptAccepted, AttemptStarted
from tests.application.dialer.stage import numbers, play, stage


def test_a_campaign_runs_to_its_end_with_one_request_for_each_recipient(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, answer_rate=1.0) as it:
            await it.campaign(numbers(20))
            await it.until("completed", lambda: it.phase() == "completed")

            assert it.counts() == {"reached": 20}
            assert Counter(line["request_body"]["to"] for line in it.posts()) == Counter(numbers(20))

    play(scenario)


def test_stopping_sends_nothing_more_and_leaves_no_attempt_open(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, answer_delay=0.3) as it:
            await it.campaign(numbers(40), per_second=50)
            await it.until("some are on the wire", lambda: len(it.events("attempt.started")) >= 8)
            await it.dialer.stop()
            started = {e.event.attempt_id for e in it.events("attempt.started") if isinstance(e.event, AttemptStarted)}
            accepted = {
                e.event.attempt_id for e in it.events("attempt.accepted") if isinstance(e.event, AttemptAccepted)
            }
            abandoned = {
                e.event.attempt_id for e in it.events("attempt.abandoned") if isinstance(e.event, AttemptAbandoned)
            }

            assert started == accepted | abandoned
            assert {line["request_body"]["metadata"]["attempt_id"] for line in it.posts()} == accepted

    play(scenario)


def test_a_mistake_while_looking_for_whom_to_call_is_shown_and_does_not_end_the_dialer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistake(*_: object) -> None:
        raise KeyError("mistake")

    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.until("it has begun", lambda: it.dialer.trouble is None)
            with monkeypatch.context() as patch:
                patch.setattr(it.dialer._scheduler, "_try_one", mistake)
                await it.campaign(numbers(1))
                await it.until("it is said", lambda: "KeyError" in (it.dialer.trouble or ""))
            await it.until("and goes on", lambda: it.phase() == "completed")

    play(scenario)
