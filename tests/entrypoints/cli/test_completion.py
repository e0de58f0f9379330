import socket
from pathlib import Path

import pytest

from adapters.folder_owner import FolderOwner
from entrypoints.cli.completion import complete_campaign
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import CAMPAIGN, FakeApi

CAMPAIGNS = {"items": [{**CAMPAIGN, "id": name} for name in ("spring_a", "spring_b", "autumn")], "next": None}


def tab(dialtrail: Run, monkeypatch: pytest.MonkeyPatch, line: str) -> list[str]:
    """What bash is offered for the last word of a line."""
    monkeypatch.setenv("_DIALTRAIL_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
    code, data, talk = dialtrail()
    assert (code, talk) == (0, "")
    return data.split()


def test_commands_and_campaigns_are_offered(dialtrail: Run, api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    api.answers("GET", "/v1/campaigns", CAMPAIGNS)

    assert tab(dialtrail, monkeypatch, "dialtrail res") == ["resolve"]
    assert tab(dialtrail, monkeypatch, "dialtrail campaign start spr") == ["spring_a", "spring_b"]
    assert tab(dialtrail, monkeypatch, "dialtrail resolve --campaign a") == ["autumn"]


def test_who_owns_the_folder_is_asked_with_its_token(
    api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DIALTRAIL_URL")
    api.answers("GET", "/v1/campaigns", CAMPAIGNS)
    owner = FolderOwner.take(tmp_path / "home", "up")
    assert complete_campaign("") == []
    owner.announce(api.url, "owner-token")

    assert complete_campaign("") == ["spring_a", "spring_b", "autumn"]
    assert [one.authorization for one in api.asked] == ["Bearer owner-token"]
    owner.release()


def test_where_nothing_answers_nothing_is_offered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert complete_campaign("") == []
    assert not (tmp_path / "home").exists()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("DIALTRAIL_URL", f"http://127.0.0.1:{free.getsockname()[1]}")
        assert complete_campaign("") == []
    monkeypatch.setenv("DIALTRAIL_PORT", "wrong")
    assert complete_campaign("") == []
