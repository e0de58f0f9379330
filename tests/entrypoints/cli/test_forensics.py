import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from application.views import VIEWS_FILE
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi
from tests.entrypoints.serving import API_KEY, OTHER, TO, Serving, payload, play


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation in which one of two was called and reached."""
    monkeypatch.setenv("MINIVOICE_API_KEY", API_KEY)
    folder = tmp_path / "home"

    async def day(stage: Serving) -> None:
        await stage.campaign(TO, OTHER)
        await stage.dial(TO, "call_1")
        for name, seconds in (("call.answered", 3), ("call.completed", 9)):
            assert (await stage.deliver(payload(name, seconds=seconds))).status_code == 204
        assert await stage.parts.projector.wait_for(stage.ledger.position, 20)

    play(folder, day)
    return folder


def spoil(home: Path, *statements: str) -> None:
    with closing(sqlite3.connect(home / VIEWS_FILE)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_of_a_healthy_installation_nothing_is_listed(dialtrail: Run, home: Path) -> None:
    code, data, talk = dialtrail("forensics", "--campaign", "spring_followup")

    assert (code, talk) == (0, "")
    assert data == "nothing was shown wrong as of position 10, 2026-05-29T12:00:00.000006Z\n"


def test_who_was_shown_wrong_is_a_row_with_since_when_and_until_when(dialtrail: Run, home: Path) -> None:
    spoil(
        home,
        "UPDATE recipient_status SET status = 'not_reached' WHERE status = 'reached'",
        "UPDATE recipient_status_history SET status = 'queued', attempts = 0 WHERE status = 'in_progress'",
        "UPDATE call_index SET outcome = 'failed'",
    )

    code, data, talk = dialtrail("forensics", "--tz", "Europe/Berlin")

    assert (code, talk) == (1, "")
    answered = "9 2026-05-29T14:00:00.000005+02:00 call.answered"
    completed = "10 2026-05-29T14:00:00.000006+02:00 call.completed"
    assert [" ".join(line.split()) for line in data.splitlines()] == [
        "number campaign field view says ledger says since at event until at event",
        f"{TO} spring_followup status queued in_progress {answered} {completed}",
        f"{TO} spring_followup attempts 0 1 {answered} {completed}",
        f"{TO} spring_followup status not_reached reached {completed} still",
        "",
        "table row field view says ledger says",
        "call_index 7 outcome failed completed",
        "",
        "wrong: 2 spells of recipients (of those listed 1 still is), 1 other row",
        "as of position 10, 2026-05-29T14:00:00.000006+02:00",
    ]


def test_as_json_it_is_whole(dialtrail: Run, home: Path) -> None:
    spoil(home, "UPDATE recipient_status SET reason = 'spoilt' WHERE status = 'queued'")

    code, data, talk = dialtrail("forensics", "--json")

    assert data, talk
    found = json.loads(data)
    assert (code, talk, found["healthy"], found["position"]) == (1, "", False, 10)
    assert (found["statuses_wrong"], found["rows_wrong"], found["rows"], found["left_out"]) == (1, 0, [], [])
    [wrong] = found["statuses"]
    assert wrong == {
        "number": OTHER,
        "campaign_id": "spring_followup",
        "is_status": False,
        "since": wrong["since"],
        "until": None,
        "fields": {"reason": ["spoilt", None]},
    }
    assert (wrong["since"]["event"], wrong["since"]["position"]) == ("recipient.enrolled", 3)


def test_a_list_that_is_cut_says_so(dialtrail: Run, home: Path) -> None:
    spoil(home, "UPDATE recipient_status SET reason = 'spoilt'")

    code, data, _ = dialtrail("forensics", "--limit", "1")

    assert (code, data.splitlines()[-2]) == (1, "1 of 2 are listed; --limit lists more")


def test_views_of_another_version_are_compared_in_what_both_have(dialtrail: Run, home: Path) -> None:
    spoil(
        home,
        "UPDATE view_progress SET version = 1 WHERE view = 'recipient_status'",
        "ALTER TABLE recipient_status DROP COLUMN code",
    )

    code, _, talk = dialtrail("forensics")

    assert code == 0
    assert talk.startswith("the stored views are of another version (recipient_status 1 → ")


def test_it_reads_the_data_folder_itself(dialtrail: Run, api: FakeApi) -> None:
    said = "dialtrail: forensics reads the data folder itself: run it where that is, without DIALTRAIL_URL\n"
    assert dialtrail("forensics") == (1, "", said)


def test_a_campaign_or_a_folder_that_there_is_not_is_named(
    dialtrail: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "dialtrail: --campaign: there was no campaign summer yet where the stored views stand\n"
    assert dialtrail("forensics", "--campaign", "summer") == (2, "", said)
    monkeypatch.setenv("DIALTRAIL_HOME", str(home / "elsewhere"))
    said = f"dialtrail: DIALTRAIL_HOME: there is no ledger in {home}/elsewhere; say which folder it is in\n"
    assert dialtrail("forensics") == (2, "", said)


@pytest.mark.usefixtures("ledger")
def test_where_nothing_has_happened_yet_nothing_is_wrong(dialtrail: Run) -> None:
    assert dialtrail("campaign", "list").code == 0

    assert dialtrail("forensics") == (0, "nothing was shown wrong as of position 0\n", "")


def test_views_of_another_ledger_cannot_be_compared(dialtrail: Run, home: Path) -> None:
    spoil(home, "UPDATE view_progress SET event_id = 'of another'")

    said = "dialtrail: the stored views cannot be compared: the ledger is not the one that they were made from\n"
    assert dialtrail("forensics") == (1, "", said)
