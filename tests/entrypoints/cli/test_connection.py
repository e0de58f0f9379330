from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.folder_owner import OWNER_FILE, FolderOwner, read_owner
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import CAMPAIGN, FakeApi


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def owned(home: Path) -> Iterator[FolderOwner]:
    owner = FolderOwner.take(home, "up")
    yield owner
    owner.release()


def test_who_owns_the_folder_and_listens_is_asked_with_its_own_token(
    dialtrail: Run, api: FakeApi, owned: FolderOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DIALTRAIL_URL")
    monkeypatch.setenv("DIALTRAIL_TOKEN", "for-another-server")
    owned.announce(api.url, "owner-token")
    api.answers("GET", "/v1/campaigns/spring_followup", CAMPAIGN)

    assert dialtrail("status", "spring_followup").code == 0
    assert [one.authorization for one in api.asked] == ["Bearer owner-token"]


def test_an_owner_that_never_listens_is_named(
    dialtrail: Run, owned: FolderOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entrypoints.cli.connection.ANNOUNCE_WAIT_SECONDS_MAX", 0.1)

    code, _, talk = dialtrail("campaign", "list")

    assert (code, talk.count("\n")) == (1, 1)
    assert "is in use by `dialtrail up`" in talk


def test_an_owner_that_is_done_in_a_moment_is_waited_for(
    dialtrail: Run, ledger: Path, owned: FolderOwner, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def read_and_be_done(folder: Path) -> None:
        asked.append(folder)
        owned.release()

    monkeypatch.setattr("entrypoints.cli.connection.read_owner", read_and_be_done)

    assert dialtrail("campaign", "list", "--json") == (0, '{"items":[],"next":null}\n', "")
    assert asked == [home]


def test_a_folder_that_cannot_be_made_is_told_at_once(
    dialtrail: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DIALTRAIL_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("entrypoints.cli.connection.ANNOUNCE_POLL_SECONDS", 3600)

    code, _, talk = dialtrail("campaign", "list")

    assert (code, talk) == (
        1,
        f"dialtrail: DIALTRAIL_HOME: the folder {tmp_path / 'file'} cannot be used (File exists); set it to one that you may write\n",
    )


def test_where_nobody_owns_the_folder_the_command_does_it_itself(
    dialtrail: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "spring.toml"
    file.write_text('id = "spring_followup"\nfrom = "+15551230001"\n')
    monkeypatch.setenv("DIALTRAIL_TOKENS", "ann:operator:t0k3n")

    assert dialtrail("campaign", "create", str(file)) == (
        0,
        "spring_followup: created\n",
        "next: dialtrail recipients import spring_followup FILE\n",
    )
    code, data, talk = dialtrail("campaign", "start", "spring_followup")

    assert (code, data) == (0, "spring_followup: running\n")
    warned, script, secret, *rest = talk.splitlines(keepends=True)
    assert warned == "warning: nobody_enrolled: nobody is enrolled; import recipients first\n"
    assert script.startswith('warning: no_script: the campaign has no script: whoever answers hears "We are sorry, ')
    assert secret.startswith("warning: no_webhook_secret: ")
    assert rest == [
        "it has no recipients yet; next: dialtrail recipients import spring_followup FILE\n",
        "nothing runs on this data folder at present: calls are placed once `dialtrail up` runs\n",
    ]
    assert (home / OWNER_FILE).exists()
    assert read_owner(home) is None
    FolderOwner.take(home, "test").release()


def test_a_ledger_that_cannot_be_opened_leads_to_the_doctor(dialtrail: Run, home: Path) -> None:
    home.mkdir(mode=0o700)
    (home / "ledger.db").write_bytes(b"no database" * 1000)

    code, data, talk = dialtrail("campaign", "list")

    assert (code, data) == (1, "")
    assert talk == (
        "dialtrail: the ledger cannot be opened (file is not a database); look closer with: dialtrail doctor\n"
    )
