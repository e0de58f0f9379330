"""The past can be asked: what was answered while a campaign ran is answered again, as of the same position."""

from pathlib import Path

import pytest

from tests.journeys.asking_the_past import ask_the_past

SNAPSHOTS_MIN, POSITIONS_MIN = 100, 30


@pytest.mark.timeout(200)
def test_snapshots_of_a_running_campaign_equal_the_later_answers_as_of_their_positions(tmp_path: Path) -> None:
    past = ask_the_past(
        tmp_path,
        recipients=30,
        calls_per_second=15,
        seed=7,
        snapshots_min=SNAPSHOTS_MIN,
        positions_min=POSITIONS_MIN,
    )

    assert past.differing == []
    assert past.snapshots >= SNAPSHOTS_MIN
    assert past.positions >= POSITIONS_MIN
