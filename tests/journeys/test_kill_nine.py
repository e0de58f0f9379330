"""A campaign whose process is killed: nobody is called twice, nothing acknowledged is lost. Twenty kills: scripts/proofs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.kill_nine import faults_of, play
from tests.journeys.processes import ROOT

KILLS = 1
RECIPIENTS = 40
DAY = {"seed": 20, "kills": 12, "requests": 300, "acknowledged": 2000, "unresolved": 7, "broken": []}


@pytest.mark.timeout(240)
def test_kills_call_nobody_twice_and_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    day = play(tmp_path, kills=KILLS, recipients=RECIPIENTS, seed=20, acceptors=1)

    assert (day.kills, faults_of(day, recipients=RECIPIENTS)) == (KILLS, [])


def test_the_kills_of_many_runs_add_up_and_what_broke_stays(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("".join(json.dumps(day) + "\n" for day in (DAY, DAY | {"seed": 21, "broken": ["a promise"]})))
    command = [sys.executable, "scripts/proofs/kill_nine.py", "--kills", "24", "--kept", str(kept)]

    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout.splitlines()) == (
        1,
        [
            "24 kills in 2 days, 600 dial requests, 4000 webhooks acknowledged, 14 people unresolved in the end",
            "  broken: a promise (seed 21)",
        ],
    )
