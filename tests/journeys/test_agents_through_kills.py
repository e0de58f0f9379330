"""Calls that are transferred to agents, through a kill: never more at once than agents. Ten kills: scripts/proofs."""

from pathlib import Path

import pytest

from tests.journeys.agents_through_kills import faults_of, play

AGENTS, RECIPIENTS = 2, 6


@pytest.mark.timeout(240)
def test_a_kill_neither_calls_more_than_there_are_agents_nor_anybody_twice(tmp_path: Path) -> None:
    evening = play(tmp_path, agents=AGENTS, kills=1, recipients=RECIPIENTS, seed=17, is_silent=False)

    assert faults_of(evening, agents=AGENTS, recipients=RECIPIENTS) == []
