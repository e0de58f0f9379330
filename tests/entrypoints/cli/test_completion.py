import json
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
    api.answers("GET", "/v1/campaigns?limit=1000", CAMPAIGNS)

    assert tab(dialtrail, monkeypatch, "dialtrail res") == ["resolve"]
    assert tab(dialtrail, monkeypatch, "dialtrail campaign start spr") == ["spring_a", "spring_b"]
    assert tab(dialtrail, monkeypatch, "dialtrail resolve --campaign a") == ["autumn"]


def test_who_owns_the_folder_is_asked_with_its_token(
    api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DIALTRAIL_URL")
    api.answers("GET", "/v1/campaigns?limit=1000", CAMPAIGNS)
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


@pytest.mark.parametrize(
    "line",
    [
        "dialtrail status spring_a +1555123",
        "dialtrail explain spring_a +1555123",
    ],
)
def test_numbers_are_those_of_the_campaign_before_and_of_those_who_may_see_them(
    dialtrail: Run, api: FakeApi, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    masked, other = {"number": "+15…02"}, {"number": "+4930123456"}
    people = {"items": [{"number": "+15551230001"}, masked, {"number": "+15551230002"}, other], "next": None}
    api.answers("GET", "/v1/campaigns/spring_a/recipients?limit=1000", people)

    assert tab(dialtrail, monkeypatch, line) == ["+15551230001", "+15551230002"]


def test_calls_are_offered_wherever_one_is_named(dialtrail: Run, api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    api.answers("GET", "/v1/calls?limit=1000", {"items": [{"call_id": "call_1"}, {"call_id": "call_2"}], "next": "9"})
    of_one = {"items": [{"call_id": "call_2"}], "next": None}
    api.answers("GET", "/v1/calls?campaign=spring_a&limit=1000", of_one)

    for before in ("timeline ", "compare call_1 ", "recording stop ", "capture --call ", "replay "):
        assert tab(dialtrail, monkeypatch, f"dialtrail {before}call") == ["call_1", "call_2"]
    assert tab(dialtrail, monkeypatch, "dialtrail resolve --campaign spring_a --call ") == ["call_2"]


@pytest.mark.parametrize(
    "name", ["call_$(id)", "call_1; id", "call_`id`", "call_'", "call_\\", "call_ 1", "call_é", "call_*"]
)
def test_a_name_that_a_shell_could_take_for_more_than_a_word_is_not_offered(api: FakeApi, name: str) -> None:
    api.answers("GET", "/v1/campaigns?limit=1000", {"items": [{"id": name}, {"id": "call_1"}], "next": None})

    assert complete_campaign("") == ["call_1"]


def test_a_token_goes_to_no_server_that_stands_elsewhere_than_it(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    api.answers("GET", "/v1/campaigns?limit=1000", CAMPAIGNS)
    monkeypatch.delenv("DIALTRAIL_URL")
    monkeypatch.setenv("DIALTRAIL_TOKEN", "operators-token")
    (tmp_path / "dialtrail.env").write_text(f"DIALTRAIL_URL={api.url}\n")

    assert complete_campaign("") == []
    assert api.asked == []


@pytest.mark.parametrize("begin", ["ftp://", "http://user:word@", "//", ""])
def test_an_address_that_the_settings_would_refuse_is_not_asked(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, begin: str
) -> None:
    api.answers("GET", "/v1/campaigns?limit=1000", CAMPAIGNS)
    monkeypatch.setenv("DIALTRAIL_URL", begin + api.url.removeprefix("http://"))

    assert complete_campaign("") == []
    assert api.asked == []


def test_an_address_in_the_settings_file_is_asked_with_or_without_a_slash_at_its_end(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    api.answers("GET", "/v1/campaigns?limit=1000", CAMPAIGNS)
    monkeypatch.delenv("DIALTRAIL_URL")
    (tmp_path / "dialtrail.env").write_text(f"DIALTRAIL_URL={api.url}/\nDIALTRAIL_TOKEN=a-token\n")

    assert complete_campaign("au") == ["autumn"]
    assert [one.authorization for one in api.asked] == ["Bearer a-token"]


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b'{"items":[{}]}', b'{"items":1}', b""])
def test_what_is_no_answer_of_ours_offers_nothing(api: FakeApi, answer: bytes) -> None:
    api.answers("GET", "/v1/campaigns?limit=1000", answer)

    assert complete_campaign("") == []


def test_where_no_server_is_up_the_data_folder_itself_is_asked(dialtrail: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path("spring.json")
    file.write_text(json.dumps({"id": "spring_a", "from": "+15551230001"}))
    Path("people.csv").write_text("number\n+15551230002\n")
    assert dialtrail("campaign", "create", str(file)).code == 0
    assert dialtrail("recipients", "import", "spring_a", "people.csv").code == 0
    assert dialtrail("rebuild").code == 0  # which waits until the views have all of it

    assert tab(dialtrail, monkeypatch, "dialtrail status sp") == ["spring_a"]
    assert tab(dialtrail, monkeypatch, "dialtrail status spring_a ") == ["+15551230002"]
    assert tab(dialtrail, monkeypatch, "dialtrail timeline ") == []
