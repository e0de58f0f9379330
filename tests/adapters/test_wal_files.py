from pathlib import Path

from adapters.wal_files import WalFiles


def test_each_wal_beyond_the_limit_is_told_with_its_database_and_the_setting(tmp_path: Path) -> None:
    (tmp_path / "ledger.db-wal").write_bytes(bytes(3 * 1024**2))
    (tmp_path / "views.db-wal").write_bytes(bytes(1024**2))
    assert WalFiles(tmp_path, 1024**2).sizes() == {"ledger.db": 3 * 1024**2, "views.db": 1024**2}
    (said,) = WalFiles(tmp_path, 1024**2).long()
    assert said == (
        "ledger.db-wal has grown to 3.0 MiB, more than DIALTRAIL_WAL_BYTES_MAX=1048576 (1.0 MiB): "
        "some program reads ledger.db for very long"
    )


def test_where_there_are_no_files_nothing_is_long(tmp_path: Path) -> None:
    assert WalFiles(tmp_path, 0).sizes() == {"ledger.db": 0, "views.db": 0}
    assert (WalFiles(tmp_path, 0).long(), WalFiles(None, 0).sizes(), WalFiles(None, 0).long()) == ([], {}, [])
