"""A pooler that gives one session of the server to many clients is recognised, and refused by name."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from domain.errors import LedgerUnusable
from tests.adapters.ledger.postgres.pooler import Pooler
from tests.adapters.ledger.postgres_ledger import open_ledger
from tests.adapters.ledger.stage import create, do

PGBOUNCER = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/bin:/usr/bin")
START_SECONDS_MAX = 20.0


def test_one_in_transaction_mode_is_refused(url: str) -> None:
    with TemporaryDirectory(prefix="pool") as folder, closing(Pooler(url, Path(folder))) as pooler:
        with psycopg.connect(pooler.url) as asked:
            assert asked.execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(
            LedgerUnusable, match="a pooler in transaction mode stands before the server, such as PgBouncer"
        ):
            open_ledger(pooler.url)


@pytest.mark.skipif(PGBOUNCER is None, reason="there is no pgbouncer")
@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_pgbouncer_is_refused_but_in_session_mode(url: str, mode: str) -> None:
    with pgbouncer(url, mode) as pooled:
        if mode == "session":
            with closing(open_ledger(pooled)) as ledger:
                assert do(ledger, create("c0")) == "c0"
            return
        with pytest.raises(LedgerUnusable, match="pool_mode = session"):
            open_ledger(pooled)


@contextmanager
def pgbouncer(url: str, mode: str) -> Iterator[str]:
    """The database behind a pgbouncer that plays no other role."""
    assert PGBOUNCER is not None
    named = conninfo_to_dict(url)
    with TemporaryDirectory(prefix="pgb") as name:
        folder = Path(name)
        (folder / "ini").write_text(
            f"[databases]\n{named['dbname']} = host={named['host']} port=5432 user=postgres\n"
            f"[pgbouncer]\nlisten_addr =\nlisten_port = 5432\nunix_socket_dir = {folder}\nauth_type = any\n"
            f"pool_mode = {mode}\nuser = {Path(str(named['host'])).owner()}\n"
        )
        folder.chmod(0o777)
        with (folder / "said").open("w") as said:
            process = subprocess.Popen([PGBOUNCER, str(folder / "ini")], stdout=said, stderr=said)
        try:
            deadline = time.monotonic() + START_SECONDS_MAX
            while not (folder / ".s.PGSQL.5432").exists():
                assert process.poll() is None, (folder / "said").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield f"{url.partition('?')[0]}?host={folder}"
        finally:
            process.terminate()
            process.wait(START_SECONDS_MAX)
