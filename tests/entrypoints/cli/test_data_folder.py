"""In a folder without data no command makes any by looking, and each says where it looked."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.folder_owner import FolderOwner
from entrypoints.cli.lazy import loaded
from entrypoints.cli.places import PLACES
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import CAMPAIGN, FakeApi

NEEDS_NONE = {
    "demo",
    "init",
    "up",
    "serve",
    "dial",
    "project",
    "sandbox",
    "sandbox-set",
    "campaign create",
    "script check",
    "script preview",
    "witness",
}
SAYS_ITSELF = {"doctor", "forensics"}
FILES = {"campaign revise": "plan.json", "recipients import": "people.csv", "capture": "captured.jsonl"}
VALUES = {
    "caller": "+15551230001",
    "number": "+15551230002",
    "prefix": "+4420",
    "version": "1",
    "reason": "a reason",
    "policy": "plan.json",
    "kind": "body",
    "before": "2026-01-01",
}
MORE = {
    "resolve": ["att_1", "--none"],
    "replay": ["call_1"],
    "agents set": ["3"],
    "try": ["--yes"],
    "quarantine read": ["--all"],
    "recipients suppress": ["+15551230002"],
    "recipients callback": ["--drop"],
    "recipients decline": [],
    "recipients consent": ["--revoke"],
    "subscriptions resend": ["--all"],
}


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, list[str]]]:
    """Every command of the program that looks at data, with words that it takes."""
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))
    name = " ".join(path)
    if hasattr(command, "commands") or name in NEEDS_NONE | SAYS_ITSELF:
        return
    words = list(path)
    for one in command.params:
        if not one.required:
            continue
        value = FILES.get(name, "") if one.name == "file" else VALUES.get(one.name, "call_1")
        words += [one.opts[0], value] if one.param_type_name == "option" else [value]
    yield name, words + MORE.get(name, [])


EVERYTHING = SimpleNamespace(commands={name: loaded(name, place) for name, place in PLACES.items()})
LOOKING = dict(commands(EVERYTHING))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "plan.json").write_text('{"limits": {"calls_per_second": 2}, "policy": {}}')
    (tmp_path / "people.csv").write_text("number\n+15551230002\n")
    return tmp_path


@pytest.mark.parametrize("name", LOOKING)
def test_where_there_is_no_data_it_says_where_it_looked_and_makes_nothing(
    name: str, dialtrail: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DIALTRAIL_HOME")
    before = sorted(place.rglob("*"))

    code, data, talk = dialtrail(*LOOKING[name])

    assert (code, data, talk.count("\n")) == (1, "", 1)
    assert talk.startswith(f"dialtrail: there is no data in {place}/dialtrail-data (DIALTRAIL_HOME is not set), ")
    assert "set DIALTRAIL_HOME to the data folder" in talk
    assert sorted(place.rglob("*")) == before


@pytest.mark.parametrize("name", sorted(SAYS_ITSELF))
def test_what_looks_by_itself_makes_nothing_either(name: str, dialtrail: Run, place: Path) -> None:
    before = sorted(place.rglob("*"))

    code, data, talk = dialtrail(name)

    assert code != 0
    assert f"no ledger in {place}/home" in data + talk
    assert sorted(place.rglob("*")) == before


def test_an_empty_folder_has_no_data_and_stays_empty(dialtrail: Run, place: Path) -> None:
    (place / "home").mkdir(mode=0o700)

    code, _, talk = dialtrail("status", "spring_followup")

    assert code == 1
    assert talk.startswith(f"dialtrail: there is no data in {place}/home (DIALTRAIL_HOME comes from environment), ")
    assert list((place / "home").iterdir()) == []


def test_a_setting_in_the_file_is_named_with_its_line(
    dialtrail: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DIALTRAIL_HOME")
    (place / "dialtrail.env").write_text("# mine\nDIALTRAIL_HOME=elsewhere\n")
    (place / "dialtrail.env").chmod(0o600)

    code, _, talk = dialtrail("campaign", "list")

    assert code == 1
    assert f"there is no data in {place}/elsewhere (DIALTRAIL_HOME comes from dialtrail.env, line 2)" in talk


def test_what_a_killed_owner_left_before_it_had_a_ledger_is_no_data(dialtrail: Run, place: Path) -> None:
    killed = FolderOwner.take(place / "home", "up")
    said = (place / "home" / "owner.json").read_bytes()
    killed.release()
    (place / "home").mkdir()
    (place / "home" / "owner.json").write_bytes(said)

    code, _, talk = dialtrail("campaign", "list")

    assert (code, "there is no data in" in talk) == (1, True)
    assert [one.name for one in (place / "home").iterdir()] == ["owner.json"]


def test_a_server_elsewhere_needs_no_folder(dialtrail: Run, place: Path, api: FakeApi) -> None:
    api.answers("GET", "/v1/campaigns/spring_followup", CAMPAIGN)

    assert dialtrail("status", "spring_followup").code == 0
    assert not (place / "home").exists()


def test_what_makes_data_makes_it(dialtrail: Run, place: Path) -> None:
    (place / "spring.json").write_text('{"id": "spring", "from": "+15551230001"}')

    assert dialtrail("campaign", "create", "spring.json").code == 0
    assert (place / "home" / "ledger.db").exists()
