"""`dialtrail copy --seal`: who can be erased of a ledger that began without sealing."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path
from zipfile import ZipFile

import pytest

from adapters.ledger import open_reader
from entrypoints.log_made import made_log
from entrypoints.log_orders import log_name, log_orders
from entrypoints.settings import load_settings
from tests.application.copied_ledgers import is_closed, opened, table
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.test_erasing import NUMBER, begun


def test_somebody_is_erased_from_the_sealed_copy_and_its_log_begins_anew(
    tmp_path: Path, dialtrail: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DIALTRAIL_TEST_SEALED", raising=False)
    home, there = tmp_path / "home", tmp_path / "there"
    begun(tmp_path, dialtrail)

    ran = dialtrail("copy", "--to", str(there), "--seal")
    assert ran.code == 0, ran.talk
    assert "each sealed, and otherwise as it was here" in ran.data
    assert "its log begins anew" in ran.talk
    assert is_closed(home)
    assert NUMBER not in b"".join(row[4] for row in table(there)).decode()

    monkeypatch.setenv("DIALTRAIL_HOME", str(there))
    assert NUMBER in dialtrail("recipients", "list", "spring").data
    assert dialtrail("recipients", "erase", NUMBER, "--yes").code == 0
    assert NUMBER not in dialtrail("recipients", "list", "spring").data
    with closing(opened(there)) as ledger, closing(open_reader(there, None)) as reader:
        assert log_name(ledger) == f"{ledger.key_check}/sealed"
        assert reader.read_rows(-1, 1)[0][3] == "ledger.sealed"
    again = dialtrail("copy", "--to", str(tmp_path / "again"), "--seal")
    assert (again.code, "the ledger here is sealed already" in again.talk) == (1, True)


def test_what_the_sealed_copy_s_log_has_is_proven_by_bundles_and_verify(
    tmp_path: Path, dialtrail: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DIALTRAIL_TEST_SEALED", raising=False)
    there = tmp_path / "there"
    begun(tmp_path, dialtrail)
    assert dialtrail("copy", "--to", str(there), "--seal").code == 0
    monkeypatch.setenv("DIALTRAIL_HOME", str(there))
    with closing(opened(there)) as ledger:
        keeping = made_log(log_orders(load_settings(), log_name(ledger)), there, None, ledger.read_rows)
        keeping.round(at_once=True)
        keeping.stop_log()

    verified, made = dialtrail("verify"), dialtrail("evidence", NUMBER, "--out", str(tmp_path / "bundle.zip"))

    assert verified.data == "holds: 3 events up to position 2, 3 of them under the largest of 1 checkpoint that holds\n"
    assert made.code == 0, made.talk
    with ZipFile(tmp_path / "bundle.zip") as bundle:
        bundle.extractall(tmp_path / "bundle")
    ran = subprocess.run(
        [sys.executable, "-I", "verify.py"], cwd=tmp_path / "bundle", capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
