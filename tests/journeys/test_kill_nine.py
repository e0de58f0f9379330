"""A campaign whose process is killed: nobody is called twice, nothing acknowledged is lost. Twenty kills: scripts/proofs."""

from pathlib import Path

import pytest

from tests.journeys.kill_nine import faults_of, play

KILLS = 1
RECIPIENTS = 40


@pytest.mark.timeout(240)
def test_kills_call_nobody_twice_and_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    day = play(tmp_path, kills=KILLS, recipients=RECIPIENTS, seed=20, acceptors=1)

    assert faults_of(day, kills=KILLS, recipients=RECIPIENTS) == []
