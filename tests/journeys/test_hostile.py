"""What nobody would write is answered in words; small, see scripts/proofs/hostile.py for millions."""

from pathlib import Path

import pytest

from tests.examples import examples
from tests.journeys.hostile.judge import play
from tests.journeys.hostile.surfaces import SURFACES

INPUTS = {"webhooks": 8_000, "csv": 4_000, "campaigns": 4_000, "workbooks": 1_000}
INPUTS_ELSE = 400
SEED = 0


@pytest.mark.no_cover  # many times the same
@pytest.mark.parametrize("name", SURFACES)
def test_no_input_breaks_what_reads_it_or_takes_long_or_much(tmp_path: Path, name: str) -> None:
    found = play(SURFACES[name], SEED, examples(INPUTS.get(name, INPUTS_ELSE)), tmp_path)

    assert found.broken == []
    assert len(found.answers) > ((name == "answers" and -1) or 1) - 1


@pytest.mark.no_cover
def test_a_forged_signature_that_is_believed_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrypoints.http.signature.verify_signature", lambda *_: True)

    found = play(SURFACES["webhooks"], SEED, 100, tmp_path)

    assert any("genuine is False, and it was answered None" in one for one in found.broken)
