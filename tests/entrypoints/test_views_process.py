"""The process that keeps the views, started where it cannot."""

import subprocess
import sys
from pathlib import Path

import msgspec

from application.views.messages import Orders
from entrypoints.views_process import ROOT, GivesBack

# What only those need who read settings, serve, or ask witnesses: 8 MiB of a process that lives as long as `up`.
NOT_LOADED = {"httpcore", "httpx", "pydantic", "starlette", "typer"}


def test_while_the_database_is_away_it_says_so_in_a_line_and_ends_to_be_started_again(tmp_path: Path) -> None:
    away = f"postgresql://dialtrail@/dialtrail?host={tmp_path}"
    orders = Orders(folder=str(tmp_path), fingerprint=None, database_url=away, wal_bytes_max=1)
    ended = subprocess.run(
        [sys.executable, "-m", "entrypoints.views_process", "json"],
        cwd=ROOT,
        input=msgspec.json.encode(orders) + b"\n",
        capture_output=True,
        timeout=60,
        check=False,
    )
    (line,) = ended.stderr.splitlines()
    told = msgspec.json.decode(line)
    assert (ended.returncode, told["level"], told["event"]) == (1, "warning", "the views cannot be kept for now")
    assert told["why"].startswith("the ledger cannot be opened")


def test_it_loads_nothing_that_keeping_views_and_log_does_not_need() -> None:
    asked = "import sys, entrypoints.views_process; print(*{name.partition('.')[0] for name in sys.modules})"
    told = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert NOT_LOADED.isdisjoint(told.stdout.split())


class Rebuilt:
    """Made anew, or not, as the test says."""

    rebuilding: object | None = None


def test_what_a_rebuild_took_is_given_back_once_when_it_is_over() -> None:
    projector, given_back = Rebuilt(), []
    gives_back = GivesBack(projector, lambda: given_back.append(projector.rebuilding))
    for projector.rebuilding in (None, "begun", "half", None, None):
        gives_back(False)
    assert given_back == [None]
