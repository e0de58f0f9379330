"""`dialtrail copy --seal`: who can be erased of a ledger that began without sealing."""

from contextlib import closing
from pathlib import Path

import pytest

from adapters.ledger import open_reader
from entrypoints.log_orders import log_name
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
