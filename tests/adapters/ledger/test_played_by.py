import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from adapters.ledger import Ledger, open_sqlite_ledger
from domain.errors import SettingsError
from tests.adapters.ledger.stage import Clock, create, do, event_ids

REAL_ONES_STAY_OUT = "^DIALTRAIL_HOME: the ledger there holds calls that the sandbox played.* set it to a new folder"
THE_SANDBOX_STAYS_OUT = "^DIALTRAIL_HOME: the ledger there was not begun with the sandbox.* set it to a new folder"


def opened(folder: Path) -> Ledger:
    folder.mkdir(exist_ok=True)
    return open_sqlite_ledger(folder, clock=Clock(), new_event_id=event_ids(), new_key=bytes)


def copied(folder: Path, to: Path) -> Path:
    to.mkdir()
    with closing(sqlite3.connect(folder / "ledger.db")) as here, closing(sqlite3.connect(to / "ledger.db")) as there:
        here.backup(there)
    return to


def test_an_empty_ledger_is_either_ones(tmp_path: Path) -> None:
    for sandbox in (False, True):
        with closing(opened(tmp_path / str(sandbox))) as ledger:
            ledger.keep_apart(sandbox=sandbox)
            do(ledger, create("spring"))
        with closing(opened(tmp_path / str(sandbox))) as ledger:
            ledger.keep_apart(sandbox=sandbox)


def test_one_that_was_looked_at_only_may_become_the_sandboxs(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as ledger:
        ledger.keep_apart(sandbox=False)
        ledger.keep_apart(sandbox=True)


@pytest.mark.parametrize("copy", [False, True])
def test_the_sandboxs_ledger_and_each_copy_of_it_lets_no_real_calls_in(tmp_path: Path, copy: bool) -> None:
    folder = tmp_path / "sandbox"
    with closing(opened(folder)) as ledger:
        ledger.keep_apart(sandbox=True)
        do(ledger, create("spring"))
        with pytest.raises(SettingsError, match=REAL_ONES_STAY_OUT):
            ledger.keep_apart(sandbox=False)
    with (
        closing(opened(copied(folder, tmp_path / "copy") if copy else folder)) as ledger,
        pytest.raises(SettingsError, match=REAL_ONES_STAY_OUT),
    ):
        ledger.keep_apart(sandbox=False)


def test_a_ledger_that_has_anything_else_lets_the_sandbox_not_in(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as ledger:
        do(ledger, create("spring"))
        with pytest.raises(SettingsError, match=THE_SANDBOX_STAYS_OUT):
            ledger.keep_apart(sandbox=True)
        ledger.keep_apart(sandbox=False)
