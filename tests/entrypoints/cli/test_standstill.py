import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import CAMPAIGN, FakeApi
from tests.entrypoints.cli.test_recipient_report import RECIPIENT

PATH = "/v1/campaigns/spring_followup"
NUMBER = "+15551230002"
SILENCE = {"says": "2 calls open for 15 min, no webhook has ever arrived", "what_to_do": "enter it"}
SAID = f"{SILENCE['says']}: {SILENCE['what_to_do']}"
NOTHING_RUNS = (
    r"nothing runs on this data folder: calls are placed, and webhooks taken in, once `dialtrail up` runs; "
    r"what is shown is as of the ledger's last event, \d{4}-\d{2}-\d{2}T[0-9:.]+Z"
)


@pytest.fixture
def stopped(dialtrail: Run, tmp_path: Path) -> None:
    """A data folder with a campaign and somebody in it, on which nothing runs."""
    (tmp_path / "spring.json").write_text('{"id": "spring_followup", "from": "+15551230001"}')
    (tmp_path / "people.csv").write_text(f"number\n{NUMBER}\n")
    assert dialtrail("campaign", "create", "spring.json").code == 0
    assert dialtrail("recipients", "import", "spring_followup", "people.csv").code == 0


@pytest.mark.usefixtures("stopped")
@pytest.mark.parametrize("whose", [(), (NUMBER,)])
def test_where_nothing_runs_status_says_so_and_from_when_its_data_is(dialtrail: Run, whose: tuple[str, ...]) -> None:
    code, data, _ = dialtrail("status", "spring_followup", *whose)

    assert code == 0
    assert len([line for line in data.splitlines() if re.fullmatch(NOTHING_RUNS, line)]) == 1
    [note] = json.loads(dialtrail("status", "spring_followup", *whose, "--json").data)["notes"]
    assert re.fullmatch(NOTHING_RUNS, note)


@pytest.mark.usefixtures("stopped")
def test_the_past_is_as_it_was_whatever_runs(dialtrail: Run) -> None:
    assert "nothing runs" not in dialtrail("status", "spring_followup", "--as-of", "1").data
    assert "nothing runs" not in dialtrail("status", "spring_followup", NUMBER, "--as-of", "2").data


def test_beside_a_server_nothing_is_said_of_that(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", PATH, {**CAMPAIGN, "notes": [SAID]})

    code, data, talk = dialtrail("status", "spring_followup")

    assert (code, talk, data.count(SAID), "nothing runs" in data) == (0, "", 1, False)


@pytest.mark.parametrize(
    ("status", "integrity", "notes"),
    [
        ("dialing", {"silence": SILENCE}, [SAID]),
        ("in_progress", {"silence": SILENCE}, [SAID]),
        ("dialing", {"silence": None}, None),
        ("dialing", {}, None),
        ("reached", {"silence": SILENCE}, None),
    ],
)
def test_somebody_who_is_being_called_for_long_is_told_of_with_the_silence(
    dialtrail: Run, api: FakeApi, status: str, integrity: dict[str, Any], notes: list[str] | None
) -> None:
    api.answers("GET", f"{PATH}/recipients/{NUMBER}", {**RECIPIENT, "status": status})
    api.answers("GET", "/v1/integrity", integrity)

    assert json.loads(dialtrail("status", "spring_followup", NUMBER, "--json").data).get("notes") == notes
    assert (SAID in dialtrail("status", "spring_followup", NUMBER).data) == (notes is not None)
