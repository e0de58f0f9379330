"""`dialtrail copy` and the log: what was recorded last is signed before the ledger is left."""

from contextlib import closing
from pathlib import Path

import pytest

from entrypoints.log_made import made_log
from entrypoints.log_orders import log_orders
from entrypoints.settings import load_settings
from tests.application.copied_ledgers import is_closed, opened
from tests.application.log_keeping.ledgers import alter
from tests.entrypoints.cli.conftest import Run

PLAN = '{"id": "spring", "from": "+15559870000"}'


@pytest.fixture
def home(tmp_path: Path, dialtrail: Run) -> Path:
    """A data folder with a campaign, whose log is signed up to there."""
    (tmp_path / "spring.json").write_text(PLAN)
    assert dialtrail("campaign", "create", "spring.json").code == 0
    home = tmp_path / "home"
    with closing(opened(home)) as ledger:
        keeping = made_log(log_orders(load_settings(), ledger.key_check), home, None, ledger.read_rows)
        keeping.round(at_once=True)
        keeping.stop_log()
    return home


def test_the_log_is_brought_to_its_end_before_the_ledger_is_left(home: Path, dialtrail: Run, tmp_path: Path) -> None:
    (tmp_path / "autumn.json").write_text(PLAN.replace("spring", "autumn"))
    assert dialtrail("campaign", "create", "autumn.json").code == 0
    assert "1 event is not in the log yet" in dialtrail("verify").talk

    ran = dialtrail("copy", "--to", str(tmp_path / "there"))
    told = dialtrail("verify")

    assert ran.code == told.code == 0
    assert told.data == "holds: 2 events up to position 2, 2 of them under the largest of 2 checkpoints that hold\n"
    assert "the ledger was closed at position 3" in told.talk
    assert "not in the log" not in told.talk


def test_a_ledger_that_is_not_its_log_s_is_not_moved(home: Path, dialtrail: Run, tmp_path: Path) -> None:
    alter(home, "UPDATE stored_events SET state=replace(state, 'spring', 'autumn')")

    ran = dialtrail("copy", "--to", str(tmp_path / "there"))

    assert ran.code == 1
    assert "the ledger is not the one that the log" in ran.talk
    assert not is_closed(home)


def test_without_the_log_s_key_it_is_moved_and_that_is_said(home: Path, dialtrail: Run, tmp_path: Path) -> None:
    (tmp_path / "autumn.json").write_text(PLAN.replace("spring", "autumn"))
    assert dialtrail("campaign", "create", "autumn.json").code == 0
    (home / "keys" / "log.key").unlink()

    ran = dialtrail("copy", "--to", str(tmp_path / "there"))

    assert ran.code == 0
    assert "1 event is in the log, and under no checkpoint of it: the log's key is not in" in ran.talk
