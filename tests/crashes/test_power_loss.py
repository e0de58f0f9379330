"""After a loss of power, at any sync of a day: what was acknowledged and what was sent is in the ledger. At length: scripts/proofs."""

from pathlib import Path

import pytest

from tests.crashes.recorded import RecordedDay, played, recorded

RECIPIENTS = 4
STATES_LOOKED_AT = 120


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> RecordedDay:
    return played(tmp_path_factory.mktemp("day"), RECIPIENTS)


@pytest.mark.timeout(240)
def test_what_was_acknowledged_and_sent_is_there_after_any_loss_of_power(day: RecordedDay, tmp_path: Path) -> None:
    states = list(day.states(seed=1))
    step = max(1, len(states) // STATES_LOOKED_AT)

    faults = [fault for state in states[::step] for fault in day.faults_of(state, tmp_path)]

    assert faults == []
    assert len(day.seen.acknowledged) > RECIPIENTS
    assert len(day.seen.sent) == RECIPIENTS


@pytest.mark.timeout(240)
@pytest.mark.parametrize("of", ["ledger.db-wal", "data"])
def test_where_a_sync_is_left_out_that_is_found(day: RecordedDay, of: str, tmp_path: Path) -> None:
    hasty = recorded([call for call in day.calls if not (call.kind.startswith("sync") and call.path.endswith(of))])
    states = [state for state in hasty.states(seed=1) if state.loss == "nothing"]

    faults = {fault.partition(" (")[0] for state in states[-2:] for fault in hasty.faults_of(state, tmp_path)}

    assert {"what was acknowledged is stored", "what was sent has begun"} <= faults
