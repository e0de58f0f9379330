import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from adapters.folder_owner import FolderOwner
from adapters.ledger import open_ledger
from entrypoints.cli import sent_file
from entrypoints.cli.program import run
from entrypoints.process import utc_now
from entrypoints.settings import VARIABLES
from tests.entrypoints.cli.fake_api import CAMPAIGN, FakeApi
from tests.entrypoints.cli.sending import PATH
from tests.entrypoints.cli.told_deliveries import CAME, tells


class Ran(NamedTuple):
    """How a command line ended, and what it printed."""

    code: int
    data: str
    talk: str


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DIALTRAIL_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def dialtrail(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str) -> Ran:
        capsys.readouterr()
        code = run(arguments)
        return Ran(code, *capsys.readouterr())

    return command


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """The data folder with a ledger that has no event yet."""
    home = tmp_path / "home"
    owner = FolderOwner.take(home, "test")
    open_ledger(
        home,
        None,
        clock=utc_now,
        new_event_id=lambda: "no event",
        new_key=secrets.token_bytes,
    ).close()
    owner.release()
    return home


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeApi]:
    with FakeApi() as running:
        monkeypatch.setenv("DIALTRAIL_URL", running.url)
        yield running


@pytest.fixture
def told(api: FakeApi) -> FakeApi:
    tells(api, CAME)
    return api


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


@pytest.fixture
def campaign(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    """A campaign to which two rows go at once."""
    api.answers("GET", PATH, CAMPAIGN)
    monkeypatch.setattr(sent_file, "BATCH_ROWS", 2)
    monkeypatch.setattr("entrypoints.cli.api.BUSY_WAIT_SECONDS", 0.0)
    return api
