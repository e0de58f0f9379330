"""`dialtrail subscriptions` on a data folder that no server owns: what is asked is there when one starts."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from entrypoints.cli.program import run
from tests.adapters.ledger.stage import Clock, open_ledger

URL = "http://127.0.0.1:9/hook"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dialtrail-data").mkdir(0o700)
    open_ledger(tmp_path / "dialtrail-data", Clock(datetime(2026, 5, 29, tzinfo=UTC))).close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIALTRAIL_HOME", str(tmp_path / "dialtrail-data"))
    monkeypatch.setenv("DIALTRAIL_TARGETS_ALLOWED", "127.0.0.1/32")


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    capsys.readouterr()
    assert run(["subscriptions", *words]) == code
    told = capsys.readouterr()
    return told.out + told.err


def test_a_subscription_from_its_creation_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert "there are no subscriptions" in said(capsys, "list")
    made = said(capsys, "create", "crm", URL, "--role", "auditor", "--event", "call.completed", "--campaign", "spring")
    assert "crm: is told at http://127.0.0.1:9/hook" in made
    assert "whsec_" in made
    assert "is so already" in said(
        capsys, "create", "crm", URL, "--role", "auditor", "--event", "call.completed", "--campaign", "spring"
    )
    [one] = json.loads(said(capsys, "list", "--json"))["items"]
    assert (one["id"], one["state"], one["events"], one["campaigns"]) == (
        "crm",
        "running",
        ["call.completed"],
        ["spring"],
    )
    rotated = said(capsys, "rotate", "crm", "--old-seconds", "3600")
    assert "crm: signed anew; the old one signs, too, until 20" in rotated
    assert "whsec_" in rotated
    assert "an old secret signs, too, until 20" in said(capsys, "show", "crm")
    given = said(capsys, "rotate", "crm", "--secret", "whsec_" + "B" * 44, "--old-seconds", "0")
    assert ("no old secret signs" in given, "whsec_" in given) == (True, False)
    assert "crm: paused" in said(capsys, "pause", "crm", "--reason", "moving house")
    assert "paused (moving house)" in said(capsys, "list")
    assert "of spring" in said(capsys, "show", "crm")
    assert "told again what came after position 0" in said(capsys, "replay", "crm", "--from", "1")
    assert "0 sent again" in said(capsys, "resend", "crm", "--all")
    assert "crm: running" in said(capsys, "resume", "crm")
    assert "nothing any more" in said(capsys, "delete", "crm")
    assert "there are no subscriptions" in said(capsys, "list")


def test_what_cannot_be_is_said_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert "url: 10.0.0.1 is private" in said(capsys, "create", "crm", "https://10.0.0.1/", code=2)
    assert "no subscription crm" in said(capsys, "show", "crm", code=1)
    assert "give one of --position" in said(capsys, "resend", "crm", code=2)
    assert "role" in said(capsys, "create", "crm", URL, "--role", "owner", code=2)
