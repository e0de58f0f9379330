"""A disk that is full, or breaks, at any call: webhooks are answered 503 or are stored, and it goes on once the disk takes them."""

from pathlib import Path

import pytest

from tests.crashes.recorded import RecordedDay, recorded_of

CALLS = 6
STATES_LOOKED_AT = 60


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> RecordedDay:
    made, said = recorded_of(tmp_path_factory.mktemp("refusing"), "tests.crashes.refusing", str(CALLS))
    refused, _, points, *wrong = said.split()
    assert (wrong, int(points)) == (["were", "refused;", "wrong:", "nothing"], 6 * CALLS)
    assert int(refused) >= 4 * CALLS
    return made


@pytest.mark.timeout(240)
def test_what_was_acknowledged_between_refusals_outlives_kill_nine(day: RecordedDay, tmp_path: Path) -> None:
    *_, as_it_was_left = (state for state in day.states(seed=1) if state.loss == "everything")

    assert day.faults_of(as_it_was_left, tmp_path) == []
    assert len(day.seen.acknowledged) >= 6 * CALLS


@pytest.mark.timeout(240)
def test_and_outlives_a_loss_of_power_though_syncs_failed(day: RecordedDay, tmp_path: Path) -> None:
    states = list(day.states(seed=1))
    step = max(1, len(states) // STATES_LOOKED_AT)

    assert [fault for state in states[::step] for fault in day.faults_of(state, tmp_path)] == []
    assert any(call.kind == "sync" and call.failed for call in day.calls)
