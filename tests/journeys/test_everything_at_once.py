"""Every misbehaviour at once: in the end everybody is settled or explained, and nobody was called twice by us.

`scripts/proofs/everything_at_once.py` plays more people, more seeds, and a provider that echoes elsewhere or nowhere.
"""

from pathlib import Path

import pytest

from tests.journeys.everything_at_once import faults_of, play

RECIPIENTS = 40
SEED, ECHO = 2, "webhooks"


@pytest.mark.timeout(240)
def test_everybody_is_settled_or_explained(tmp_path: Path) -> None:
    day = play(tmp_path, recipients=RECIPIENTS, seed=SEED, echo=ECHO)

    assert faults_of(day, recipients=RECIPIENTS, echo=ECHO) == []
