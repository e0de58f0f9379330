"""A real standby of a real server, that is promoted without what was committed last."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.adapters.ledger.postgres_server import Server

WAIT_SECONDS_MAX = 60.0


class Standby:
    """It follows by streaming, until it hears no more; then it can be promoted. `socket` is what it is reached by."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server: Any = server._server
        self._data = folder / "data"
        self._said = folder / "said"
        self._sockets = folder / "sockets"
        self.socket = str(self._sockets / ".s.PGSQL.5432")
        self._url = server.url("postgres").partition("?")[0] + f"?host={self._sockets}"

    def make(self) -> None:
        """Copy the server, and follow it."""
        source = self._server.get_uri(database="postgres")
        self._run("pg_basebackup", "-D", str(self._data), "-d", source, "-R", "-X", "stream", "-c", "fast")
        self._sockets.mkdir(mode=0o777)
        self._sockets.chmod(0o777)
        where = f'-h "" -k {self._sockets}'
        self._run("pg_ctl", "-w", "-D", str(self._data), "-o", where, "-l", str(self._data / "log"), "start")

    def hear_no_more(self, position: int, name: str) -> None:
        """Once it has the event at that position of that database, it hears of nothing more."""
        url = self._url.replace("/postgres?", f"/{name}?")
        _until(url, f"SELECT count(*) FROM ledger_events WHERE notification_id={int(position)}", 1)
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET primary_conninfo = ''")
            connection.execute("SELECT pg_reload_conf()")
        _until(self._url, "SELECT count(*) FROM pg_stat_wal_receiver", 0)

    def promote(self) -> None:
        """It is the server from now on."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            assert connection.execute("SELECT pg_promote()").fetchone() == (True,)

    def stop(self) -> None:
        """At once."""
        self._run("pg_ctl", "-w", "-D", str(self._data), "-m", "immediate", "stop")

    def _run(self, name: str, *words: str) -> None:
        # Not by pipes: the server would keep them open.
        with self._said.open("a") as said:
            user = {} if self._server.system_user is None else {"user": self._server.system_user}
            done = subprocess.run([self._server.bin_path / name, *words], stdout=said, stderr=said, check=False, **user)
        assert done.returncode == 0, self._said.read_text()[-1_000:]


def _until(url: str, statement: str, wanted: int) -> None:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(statement).fetchone() != (wanted,):
            assert time.monotonic() < deadline, statement
            time.sleep(0.02)


@contextmanager
def standby_of(server: Server) -> Iterator[Standby]:
    """In the server's own folder, whose user may write there."""
    folder = Path(str(server._server.pgdata)).parent / "standby"
    folder.mkdir(mode=0o700)
    _give_to(folder, server._server.system_user)
    standby = Standby(server, folder)
    standby.make()
    try:
        yield standby
    finally:
        standby.stop()


def _give_to(folder: Path, user: str | None) -> None:
    if user is not None:
        subprocess.run(["chown", user, folder], check=True)
