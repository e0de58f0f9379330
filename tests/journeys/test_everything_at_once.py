"""Every misbehaviour at once: in the end everybody is settled or explained, and nobody was called twice by us."""

from pathlib import Path

import pytest

from tests.journeys.everything_at_once import faults_of, play

RECIPIENTS = 100


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("seed", "echo"), [(1, "none"), (2, "webhooks"), (3, "both")])
def test_everybody_is_settled_or_explained(tmp_path: Path, seed: int, echo: str) -> None:
    day = play(tmp_path, recipients=RECIPIENTS, seed=seed, echo=echo)

    assert faults_of(day, recipients=RECIPIENTS, echo=echo) == []
