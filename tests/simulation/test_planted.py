"""Five of the planted bugs are found by simulated days; all of them are looked for in scripts/proofs/all."""

import pytest

from tests.simulation.planting import look, planted_bugs

IN_THE_SUITE = (
    "14-redelivery-is-stored-again",
    "16-attempts-off-by-one",
    "17-retry-without-its-gap",
    "25-slots-off-by-one",
    "36-claimed-on-one-side-only",
)
SEEDS = range(1, 9)
BUGS = {bug.name: bug for bug in planted_bugs()}


@pytest.mark.timeout(600)  # a second or two of the processor's, but a process of its own on a machine that may be busy
@pytest.mark.parametrize("name", IN_THE_SUITE)
def test_a_planted_bug_is_found(name: str) -> None:
    looked = look(BUGS[name], SEEDS)

    assert looked.shows(BUGS[name]), looked.said
