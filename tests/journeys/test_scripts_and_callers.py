"""Whatever the script and whoever is called: every call ends, and the ledger explains each word. Many more: scripts/proofs."""

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.journeys.scripts_and_callers import Evening, evenings, faults_of

SCRIPTS = 3
# An example plays three scripts in some seconds, so what fails is told as it is, and not made smaller.
bounded = settings(
    max_examples=2,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


def played(evening: Evening, *, trouble: bool) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(faults_of(evening, Path(folder), trouble=trouble))


@pytest.mark.timeout(180)
@bounded
@given(evening=evenings(SCRIPTS, trouble=False))
def test_every_call_says_what_its_script_says_to_what_was_pressed(evening: Evening) -> None:
    assert played(evening, trouble=False) == []


@pytest.mark.timeout(180)
@bounded
@given(evening=evenings(SCRIPTS, trouble=True))
def test_webhooks_that_are_late_lost_doubled_and_shuffled_lead_to_fallbacks_and_nothing_breaks(
    evening: Evening,
) -> None:
    assert played(evening, trouble=True) == []
