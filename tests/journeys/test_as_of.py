"""The past can be asked: what was answered while a campaign ran is answered again, as of the same position."""

from pathlib import Path

import pytest

from tests.journeys.asking_the_past import ask_the_past


@pytest.mark.timeout(200)
def test_snapshots_of_a_running_campaign_equal_the_later_answers_as_of_their_positions(tmp_path: Path) -> None:
    past = ask_the_past(tmp_path, recipients=60, calls_per_second=30, seed=7)

    assert past.differing == []
    assert past.snapshots >= 200
    assert past.positions >= 50
