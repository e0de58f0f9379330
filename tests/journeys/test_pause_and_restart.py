"""Pauses, kills, revisions, imports and suppressions in any order: nobody is called twice or against a rule, and nobody is skipped.

`scripts/proofs/pause_and_restart.py` plays many more, with kill -9 of real processes.
"""

import asyncio
from pathlib import Path

import pytest

from tests.examples import are_all_tried
from tests.journeys.in_process import in_process
from tests.journeys.pause_and_restart import ENVIRON, SANDBOX, drawn, faults_of, play

FIRST, AT_ONCE = 1, 4 if are_all_tried() else 2


async def broken_by(folder: Path, seeds: range) -> dict[str, list[str]]:
    """Which of these sequences, played beside each other, broke what."""

    async def one(seed: int) -> tuple[str, list[str]]:
        steps, canceled = drawn(seed)
        async with in_process(folder / str(seed), ENVIRON, seed=seed, **SANDBOX) as world:
            story = await play(world, steps, canceled=canceled)
        return f"seed {seed}: {steps}", faults_of(story, canceled=canceled)

    return {sequence: faults for sequence, faults in await asyncio.gather(*map(one, seeds)) if faults}


@pytest.mark.timeout(240)
def test_nobody_is_called_twice_or_against_a_rule_and_nobody_is_skipped(tmp_path: Path) -> None:
    assert asyncio.run(broken_by(tmp_path, range(FIRST, FIRST + AT_ONCE))) == {}
