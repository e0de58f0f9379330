import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.zone_files import ZoneFiles
from domain.script import SAFE_TEXT
from entrypoints.settings import VARIABLES
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import CAMPAIGN, FakeApi
from tests.entrypoints.cli.terminal import on_a_terminal, without_colours
from tests.entrypoints.doctor.answering import Answer, Answering

PAYLOADS = Path(__file__).parents[2] / "payloads"
TIMELINE = "/v1/calls/dialtrail-doctor/timeline"


@pytest.fixture(autouse=True)
def zone_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether this machine's own zone files are old is no matter of the tests."""
    found = ZoneFiles(used="2026b", machine="2026b", package="2026b")
    for examination in ("entrypoints.doctor.examination", "entrypoints.doctor.upgrade.examination"):
        monkeypatch.setattr(f"{examination}.use_newest_zone_files", lambda: found)


@pytest.fixture(autouse=True)
def any_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether somebody else here listens on the usual port is no matter of the tests either."""
    monkeypatch.setenv("DIALTRAIL_PORT", "0")


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    usage, call = ((PAYLOADS / name).read_bytes() for name in ("usage-response.json", "get-call-response.json"))
    with Answering(lambda request: Answer(200, usage if "/usage" in request.target else call)) as running:
        monkeypatch.setenv("MINIVOICE_BASE_URL", running.url)
        monkeypatch.setenv("MINIVOICE_API_KEY", "mv_live_s3cret")
        yield running


def test_where_all_is_well_it_exits_0(dialtrail: Run, provider: Answering, tmp_path: Path) -> None:
    (tmp_path / "dialtrail.env").write_text("MINIVOICE_WEBHOOK_SECRET=s3cret\nDIALTRAIL_PORT=0\n")
    (tmp_path / "dialtrail.env").chmod(0o600)

    code, data, talk = dialtrail("doctor", "--call", "call_123")

    lines = data.splitlines()
    assert (code, talk) == (0, "")
    assert (
        "ok       provider   knows the call call_123: completed, outbound, from +15551230001 to +15551230002" in lines
    )
    assert "warning  settings   DIALTRAIL_PUBLIC_URL is not set: nothing can be said about the way in" in lines
    assert lines[-1] == "dialling is safe: 1 warning"


def test_on_a_terminal_a_finding_goes_on_below_itself(api: FakeApi) -> None:
    shown = without_colours(on_a_terminal(api.url, 80, "doctor", code=1, DIALTRAIL_URL="", DIALTRAIL_PORT="0"))

    lines = shown.splitlines()[:-2]
    begins = [line for line in lines if line[:1] in "dwno"]
    assert max(map(len, lines)) <= 80
    assert len(begins) < len(lines)
    assert {line[:20] for line in lines if line not in begins} == {" " * 20}


def test_findings_come_first_and_the_worst_of_them_at_the_top(dialtrail: Run) -> None:
    code, data, _ = dialtrail("doctor")

    levels = [line.split()[0] for line in data.splitlines() if line.split(maxsplit=1)[:1] and line[0] in "dwno"]
    found = levels[:-1]
    assert (code, found[0], levels[-1]) == (1, "danger", "dialling")
    assert found == sorted(found, key=["danger", "warning", "note", "ok"].index)
    assert "DIALTRAIL_PORT" not in data


def test_settings_are_shown_on_request_after_the_findings_and_never_a_secret(
    dialtrail: Run, provider: Answering, tmp_path: Path
) -> None:
    (tmp_path / "dialtrail.env").write_text("MINIVOICE_WEBHOOK_SECRET=s3cret\nDIALTRAIL_PORT=0\n")
    (tmp_path / "dialtrail.env").chmod(0o600)

    code, data, _ = dialtrail("doctor", "--settings")

    lines = data.splitlines()
    begin = lines.index("dialling is safe: 1 warning") + 2
    assert code == 0
    assert lines[begin].split() == ["setting", "value", "from"]
    assert lines[begin + 1].split(maxsplit=2) == ["MINIVOICE_API_KEY", "set", "environment"]
    assert lines[begin + 2].split(maxsplit=2) == ["MINIVOICE_WEBHOOK_SECRET", "set", "dialtrail.env, line 1"]
    assert "s3cret" not in data


@pytest.mark.parametrize("what", ["--views", "--decisions"])
def test_settings_go_with_the_findings(dialtrail: Run, what: str) -> None:
    said = "dialtrail: --settings: goes with the findings, not with --decisions or --views\n"
    assert dialtrail("doctor", "--settings", what) == (2, "", said)


def test_a_danger_exits_1(dialtrail: Run) -> None:
    code, data, talk = dialtrail("doctor")

    assert (code, talk) == (1, "")
    assert "danger   settings   MINIVOICE_API_KEY is not set: nothing can be dialled\n" in data
    assert data.endswith("\ndialling is NOT safe: 1 danger, 2 warnings\n")


def test_settings_that_cannot_be_read_are_a_finding_too(dialtrail: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALTRAIL_PORT", "eighty")

    code, data, talk = dialtrail("doctor")

    assert (code, talk) == (1, "")
    assert data.startswith("danger   settings  DIALTRAIL_PORT: cannot be used; write a port from 0")


def test_json_has_every_setting_and_finding(dialtrail: Run, provider: Answering) -> None:
    code, data, talk = dialtrail("doctor", "--json")

    found = json.loads(data)
    assert (code, found["safe"], talk) == (0, True, "")
    assert [one["variable"] for one in found["settings"]] == list(VARIABLES)
    assert {name: found["settings"][1][name] for name in ("variable", "value", "from")} == {
        "variable": "MINIVOICE_WEBHOOK_SECRET",
        "value": None,
        "from": "default",
    }
    assert {"part", "level", "what", "what_to_do"} == set(found["findings"][0])


def test_without_an_owner_the_folder_is_taken_for_a_moment(dialtrail: Run, provider: Answering, tmp_path: Path) -> None:
    (tmp_path / "spring.json").write_text('{"id": "spring", "from": "+15551230001"}')
    dialtrail("campaign", "create", "spring.json")

    code, data, _ = dialtrail("doctor")

    assert code == 0
    assert "ledger     ledger.db is sound: 1 event, " in data
    assert "note     server     nothing runs on this data folder\n" in data
    assert "ok       pending    1 campaign, nothing waits for you\n" in data


def test_a_server_elsewhere_is_asked_over_http(
    dialtrail: Run, provider: Answering, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALTRAIL_TOKEN", "t0k3n")
    api.answers("GET", "/health/ready", {"status": "ready", "parts": {"ledger": "ready"}})
    api.answers("GET", "/v1/campaigns", {"items": [CAMPAIGN], "next": None})
    api.answers("GET", "/v1/quarantine?limit=100", {"items": [], "next": None})
    api.answers("GET", TIMELINE, {"entries": []})
    api.answers("GET", TIMELINE, {"entries": [{"deliveries": 1}]})
    api.answers("POST", "/webhooks/minivoice", b"", 204)
    api.answers("GET", "/v1/integrity", {"silence": {"says": "2 calls open for 15 min", "what_to_do": "look"}})
    api.answers("GET", "/answer?call_id=dialtrail-doctor", {"actions": [{"say": {"text": SAFE_TEXT}}]})

    code, data, talk = dialtrail("doctor")

    assert (code, talk) == (0, "")
    assert f"note     ledger     DIALTRAIL_URL: the ledger is at {api.url}, and was not looked at\n" in data
    assert f"ok       server     up at {api.url}, ready: ledger\n" in data
    assert f"ok       webhooks   a delivery to {api.url}/webhooks/minivoice is in the ledger" in data
    assert "ok       pending    1 campaign, nothing waits for you\n" in data
    assert "warning  webhooks   2 calls open for 15 min\n                    → look\n" in data
    assert f"ok       answers    {api.url}/answer says what a call says" in data
    asked = {(one.method, one.target): one.authorization for one in api.asked}
    assert asked["GET", "/v1/campaigns"] == "Bearer t0k3n"
    assert asked["POST", "/webhooks/minivoice"] is None


def test_an_upgrade_is_looked_at_without_asking_anybody_or_making_anything(dialtrail: Run, tmp_path: Path) -> None:
    (tmp_path / "dialtrail.env").write_text("DIALTRAIL_PUBLIC_URL=https://calls.example.org\nMINIVOICE_API_KEY=k3y\n")
    (tmp_path / "dialtrail.env").chmod(0o600)

    code, data, talk = dialtrail("doctor", "--upgrade")

    lines = data.splitlines()
    assert (code, talk) == (1, "")
    assert lines[0].startswith("danger   settings   DIALTRAIL_TOKENS: is not set, but DIALTRAIL_PUBLIC_URL=")
    assert lines[-1] == "do NOT upgrade yet: 3 dangers, 1 warning"
    assert [one.name for one in tmp_path.iterdir()] == ["dialtrail.env"]


def test_an_upgrade_that_can_begin_exits_0_and_says_so_as_json(
    dialtrail: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MINIVOICE_API_KEY", "k3y")
    monkeypatch.setenv("DIALTRAIL_MARKS_FOLDER", str(tmp_path))

    code, data, _ = dialtrail("doctor", "--upgrade", "--json")

    said = json.loads(data)
    assert (code, said["safe"]) == (0, True)
    assert {"part": "settings", "level": "ok", "what": "this version starts with these settings", "what_to_do": ""} in (
        said["findings"]
    )


def test_settings_that_cannot_be_read_stand_against_an_upgrade(dialtrail: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALTRAIL_PORT", "many")

    code, data, _ = dialtrail("doctor", "--upgrade")

    assert code == 1
    assert data.startswith("danger   settings  DIALTRAIL_PORT: ")


@pytest.mark.parametrize("more", [["--views"], ["--decisions"], ["--call", "call_1"], ["--all"], ["--settings"]])
def test_the_look_at_an_upgrade_goes_with_no_other(dialtrail: Run, more: list[str]) -> None:
    code, _, talk = dialtrail("doctor", "--upgrade", *more)

    assert code == 2
    assert "--upgrade: goes with --json only" in talk
