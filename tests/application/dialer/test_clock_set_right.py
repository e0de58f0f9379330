"""The clock of the machine was ahead while Dialtrail ran, and is set right: all of it says so, and an operator lets it go on."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from application.commands.account import resume_account
from application.queries.moments import moment_asked
from application.queries.standing import standing_now
from domain.policy import Policy, Retry
from entrypoints import process
from tests.application.dialer.stage import numbers, play, stage

ClockMaker = Callable[[timedelta], None]


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> ClockMaker:
    """Puts the clock of this machine ahead by so much."""
    utc_now = process.utc_now

    def put(by: timedelta) -> None:
        def now() -> datetime:
            return utc_now() + by

        monkeypatch.setattr("entrypoints.wiring.THIS_MACHINE", replace(process.THIS_MACHINE, clock=now))
        monkeypatch.setattr("entrypoints.process.utc_now", now)

    return put


@pytest.mark.parametrize("by", [timedelta(seconds=90), timedelta(hours=2), timedelta(days=366)], ids=str)
def test_nobody_is_called_before_an_operator_acknowledges_it_and_then_everybody_is(
    tmp_path: Path, ahead: ClockMaker, by: timedelta
) -> None:
    async def before() -> None:
        async with stage(tmp_path, answer_rate=0, busy_rate=1, canceled_rate=0) as it:
            await it.campaign(numbers(1), policy=Policy(attempts_max=2, retry={"failed": Retry(after_seconds=1)}))
            await it.until("tried once", lambda: bool(it.events("call.failed")))

    async def after() -> None:
        async with stage(tmp_path, answer_rate=1, busy_rate=0, canceled_rate=0) as it:
            await it.parts.follower.wait_live()
            await it.until("it has begun", lambda: it.dialer._gates.marks is not None)
            await it.campaign(numbers(3)[1:], "autumn")
            for _ in range(3):
                it.dialer._scheduler.tick(time.monotonic())
                await it.views()
            assert len(it.posts()) == 0
            said = it.parts.troubles()["clock"]
            assert said is not None
            assert "the ledger is" in said
            assert "`dialtrail account resume`" in said

            parts = cast("Any", it.parts.app._guarded._app).state.parts
            now = await moment_asked(parts, None)
            shown = standing_now(parts, "autumn", now)
            assert [(one.reason, one.recipients) for one in shown.held_by] == [("clock_ahead", 2)]
            assert (await moment_asked(parts, process.utc_now().isoformat())).position == it.parts.ledger.position

            await it.do(resume_account(it.parts.in_flight.fingerprint, it.parts.ledger.position))
            assert it.parts.troubles()["clock"] is None
            await it.until("autumn is called", lambda: it.counts("autumn") == {"reached": 2})
            await it.until("the retry comes", lambda: it.counts("spring") == {"reached": 1})
            await it.until("both end", lambda: {it.phase("spring"), it.phase("autumn")} == {"completed"})

    ahead(by)
    play(before)
    ahead(timedelta(0))
    play(after)
