"""`dialtrail recipients erase`, `hold` and `unhold`."""

import json
from pathlib import Path

import pytest

from tests.entrypoints.cli.conftest import Run

PLAN = '{"id": "spring", "from": "+15559870000"}'
NUMBER = "+15550100042"


def begun(folder: Path, dialtrail: Run) -> None:
    (folder / "spring.json").write_text(PLAN)
    (folder / "people.csv").write_text(f"number,name\n{NUMBER},Ada\n")
    assert dialtrail("campaign", "create", "spring.json").code == 0
    assert dialtrail("recipients", "import", "spring", "people.csv").code == 0


def test_it_says_what_would_go_and_does_it_only_when_told_to(
    tmp_path: Path, dialtrail: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALTRAIL_SEALED", "1")
    begun(tmp_path, dialtrail)

    would = dialtrail("recipients", "erase", NUMBER)
    assert would.data == (
        "would erase: known in 1 spelling, with 0 calls, 0 deliveries in quarantine; keys: 1 number, 1 variables\n"
    )
    assert "give the same command with --yes" in would.talk
    assert dialtrail("recipients", "hold", NUMBER, "--reason", "case 7").code == 0
    assert "but a legal hold stands" in dialtrail("recipients", "erase", NUMBER).data
    refused = dialtrail("recipients", "erase", NUMBER, "--yes")
    assert refused.code == 1
    assert "lift it first with: dialtrail recipients unhold" in refused.talk
    assert dialtrail("recipients", "unhold", NUMBER).data == f"{NUMBER} may be erased again\n"

    done = dialtrail("recipients", "erase", NUMBER, "--yes", "--json")
    assert (done.code, json.loads(done.data)["erased"]) == (0, True)
    assert "Ada" not in dialtrail("status", "spring", NUMBER).data
    shown = dialtrail("recipients", "list", "spring", "--json").data  # the command waited for the views
    assert "erased" in shown
    assert NUMBER not in shown


def test_in_a_ledger_that_is_not_sealed_nothing_is_erased(tmp_path: Path, dialtrail: Run) -> None:
    begun(tmp_path, dialtrail)
    refused = dialtrail("recipients", "erase", NUMBER, "--yes")
    assert refused.code == 1
    assert "this ledger was begun without sealing" in refused.talk


def test_where_the_views_cannot_be_made_anew_it_is_told_as_done_and_that_lists_may_show_it(
    tmp_path: Path, dialtrail: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALTRAIL_SEALED", "1")
    begun(tmp_path, dialtrail)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("application.views.rebuilding.apply_batch", full)
        done = dialtrail("recipients", "erase", NUMBER, "--yes")
    assert done.code == 0
    assert done.data.startswith("erased: ")
    assert "a rebuild failed, the views stayed as they were: " in done.talk
    assert "lists may still show it: dialtrail rebuild" in done.talk
