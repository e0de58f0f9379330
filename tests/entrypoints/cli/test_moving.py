"""`dialtrail copy`: into PostgreSQL and back, refused where somebody is at work, and what is left behind only read."""

import asyncio
import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from adapters.folder_owner import FolderOwner
from adapters.ledger import open_side
from adapters.outbox import Outbox
from adapters.outbox_rows import Letter, SubscriberPlace
from entrypoints.settings import load_settings
from entrypoints.shared import Shared
from entrypoints.wiring import running_system
from tests.adapters.ledger.postgres_server import Server
from tests.application.copied_ledgers import table
from tests.application.dialer.looked import begun
from tests.application.dialer.test_restored_ledger import backed_up, written_over
from tests.entrypoints.cli.conftest import Run

PLAN = '{"id": "spring", "from": "+15559870000"}'
PLACE = SubscriberPlace(subscription_id="crm", secret="whsec_a", position=1, event_id="e1")
WAITING = Letter(position=1, nth=0, lane="a", tries=2)
DEAD = Letter(position=1, nth=1, lane="b", tries=9, dead_at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
ALERTS = b'{"given_up": 2}'
UNTIL = 4_000_000_000
WEBHOOK = '{"event": "call.created", "call": {"id": "call_1"}}'


@pytest.fixture
def home(tmp_path: Path, dialtrail: Run) -> Path:
    """A data folder with a campaign, an outbox and alerts."""
    (tmp_path / "spring.json").write_text(PLAN)
    assert dialtrail("campaign", "create", "spring.json").code == 0
    home = tmp_path / "home"
    with closing(Outbox(home)) as outbox:
        outbox.put_place(PLACE)
        outbox.write(PLACE, [WAITING, DEAD], [], [])
    (home / "alerts.json").write_bytes(ALERTS)
    (home / "ended-sessions").write_text(f"s1 {UNTIL}\n")
    return home


def lies_beside(folder: Path, url: str | None = None) -> tuple[object, ...]:
    """What is kept beside a ledger."""
    with closing(Shared(folder, url, lambda: 0)) as kept:
        place = kept.outbox.place("crm")
        assert place is not None
        letters = (kept.outbox.waiting("crm"), kept.outbox.dead("crm"))
        return (replace(place, changes=0), letters, kept.alerts.read(), kept.ended.all())


BESIDE = (PLACE, ([WAITING], [DEAD]), ALERTS, {"s1": UNTIL})
SAID = "with 1 subscription, 2 deliveries that wait or were given up, the memory of alerts, and 1 session that was signed out of"


def test_into_postgresql_and_back_into_a_folder(
    home: Path, dialtrail: Run, postgres: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url, back = postgres.new_database(), tmp_path / "back"
    before = table(home)

    there = dialtrail("copy", "--to", url, "--json")
    monkeypatch.setenv("DIALTRAIL_DATABASE_URL", url)
    assert "spring" in dialtrail("campaign", "list").data
    again = dialtrail("copy", "--to", str(back))
    monkeypatch.delenv("DIALTRAIL_DATABASE_URL")
    monkeypatch.setenv("DIALTRAIL_HOME", str(back))

    assert there.code == 0
    assert json.loads(there.data)["events"] == len(before)
    assert "password" not in there.data
    assert again.code == 0, again.talk
    assert f"{len(before)} event" in again.data
    assert json.loads(there.data)["beside"] == {"subscriptions": 1, "letters": 2, "alerts": 1, "sign_outs": 1}
    assert SAID in again.talk
    assert table(back)[: len(before)] == before
    assert "spring" in dialtrail("campaign", "list").data
    assert [lies_beside(home, url), lies_beside(back)] == [BESIDE, BESIDE]


def test_what_lies_beside_goes_along_between_folders(home: Path, dialtrail: Run, tmp_path: Path) -> None:
    there = tmp_path / "there"

    ran = dialtrail("copy", "--to", str(there))

    assert SAID in ran.talk
    assert lies_beside(there) == BESIDE
    assert (there / "outbox.db").stat().st_mode & 0o077 == 0


def test_what_was_left_is_read_and_neither_dials_nor_takes_commands_or_webhooks(
    home: Path, dialtrail: Run, tmp_path: Path
) -> None:
    assert dialtrail("copy", "--to", str(tmp_path / "there")).code == 0

    assert "spring" in dialtrail("campaign", "list").data
    refused = dialtrail("campaign", "start", "spring")
    asked = asyncio.run(asked_of_up(home))

    assert (refused.code, "when it was copied to" in refused.talk) == (1, True)
    assert asked == {"workers": 0, "ready": 503, "webhook": 503, "campaigns": 200}
    found = dialtrail("doctor", "--json")
    assert found.code == 1
    assert "was closed when it was copied to" in found.data


def test_a_backup_of_what_was_left_calls_nobody(home: Path, dialtrail: Run, tmp_path: Path) -> None:
    """It was made when nobody dialled any more, so that nothing but its end is missing in it."""
    there = tmp_path / "there"
    assert begun(home) is None
    kept = backed_up(home / "ledger.db").replace(tmp_path / "kept.db")
    assert dialtrail("copy", "--to", str(there)).code == 0
    written_over(kept, home / "ledger.db")

    assert begun(home) == "events_missing"
    assert begun(there) == "copied"


def test_a_backup_of_before_a_command_is_noticed(home: Path, dialtrail: Run, tmp_path: Path) -> None:
    """Nobody dialled since, so that only the command could say how far the ledger had come."""
    assert begun(home) is None
    kept = backed_up(home / "ledger.db").replace(tmp_path / "kept.db")
    (tmp_path / "autumn.json").write_text(PLAN.replace("spring", "autumn"))
    assert dialtrail("campaign", "create", "autumn.json").code == 0
    written_over(kept, home / "ledger.db")
    assert begun(home) == "events_missing"


def test_what_is_copied_is_known_as_that_beside_the_marks_of_what_was_left(
    home: Path, dialtrail: Run, postgres: Server
) -> None:
    url = postgres.new_database()
    assert begun(home) is None
    assert dialtrail("copy", "--to", url).code == 0

    assert [begun(home, url), begun(home, url)] == ["copied", None]


def test_where_it_ended_before_the_marks_were_raised_the_same_command_raises_them(
    home: Path, dialtrail: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "there"
    assert begun(home) is None
    kept = backed_up(home / "ledger.db").replace(tmp_path / "kept.db")
    with monkeypatch.context() as patch:
        patch.setattr("adapters.high_water.HighWaterMarks", _ends_there)
        assert dialtrail("copy", "--to", str(there)).code != 0
    assert table(home)[-1][3] == "ledger.closed"
    assert dialtrail("copy", "--to", str(there)).code == 0
    written_over(kept, home / "ledger.db")

    assert begun(home) == "events_missing"


def _ends_there(*_: object) -> None:
    raise OSError("it ends there")


async def asked_of_up(home: Path) -> dict[str, int]:
    """What an `up` answers, without its own server."""
    settings = load_settings({"DIALTRAIL_HOME": str(home), "MINIVOICE_API_KEY": "key"})
    owner = FolderOwner.take(home, "up")
    try:
        async with (
            running_system(settings, owner, dials=True) as parts,
            httpx.AsyncClient(transport=httpx.ASGITransport(parts.app), base_url="http://127.0.0.1") as client,
        ):
            headers = {"authorization": f"Bearer {parts.owner_token}"}
            webhook = await client.post("/webhooks/minivoice", content=WEBHOOK)
            return {
                "workers": len(parts.workers),
                "ready": (await client.get("/health/ready")).status_code,
                "webhook": webhook.status_code,
                "campaigns": (await client.get("/v1/campaigns", headers=headers)).status_code,
            }
    finally:
        owner.release()


def test_where_the_copy_is_lost_the_same_ledger_goes_to_another_place(
    home: Path, dialtrail: Run, tmp_path: Path
) -> None:
    lost, second = tmp_path / "lost", tmp_path / "second"
    too_early = dialtrail("copy", "--to", str(second), "--again")
    assert dialtrail("copy", "--to", str(lost)).code == 0

    refused = dialtrail("copy", "--to", str(second))
    ran = dialtrail("copy", "--to", str(second), "--again")

    assert "--again: the ledger here was closed by no copy; leave it out" in too_early.talk
    assert "where that is lost for good, copy again with --again" in refused.talk
    assert (ran.code, SAID in ran.talk) == (0, True)
    assert table(second) == table(lost)
    assert lies_beside(second) == BESIDE
    assert begun(second) == "copied"


def test_it_is_refused_while_somebody_has_the_folder(home: Path, dialtrail: Run, tmp_path: Path) -> None:
    owner = FolderOwner.take(home, "up")
    try:
        ran = dialtrail("copy", "--to", str(tmp_path / "there"))
    finally:
        owner.release()

    assert ran.code == 1
    assert "is in use by `dialtrail up`" in ran.talk
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("home", "--to: is where the ledger is already"),
        ("mysql://db/x", "--to: mysql:// is no place for a ledger"),
        ("postgresql://127.0.0.1:1/nothing", "--to: the database cannot be reached"),
    ],
)
def test_a_place_that_is_none(home: Path, dialtrail: Run, to: str, said: str) -> None:
    ran = dialtrail("copy", "--to", to)

    assert ran.code != 0
    assert said in ran.talk
    assert len(table(home)) == 1


def test_another_ledgers_outbox_is_not_written_over(home: Path, dialtrail: Run, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    others = replace(PLACE, secret="whsec_of_others")
    with closing(Outbox(there)) as outbox:
        outbox.put_place(others)

    refused = dialtrail("copy", "--to", str(there))
    with closing(open_side(there, is_source=False)) as side:
        side.put([(1, "campaign:x", 1, "campaign.created", table(home)[0][4])])
    ran = dialtrail("copy", "--to", str(there))

    assert (refused.code, "has subscriptions of another ledger already; empty it" in refused.talk) == (1, True)
    assert "there is a ledger with events already" in ran.talk
    with closing(Outbox(there)) as outbox:
        assert outbox.places() == [others]


def test_what_cannot_be_carried_is_found_before_anything_is_closed(home: Path, dialtrail: Run, tmp_path: Path) -> None:
    before = table(home)
    (home / "outbox.db").write_bytes(b"no database " * 100)

    ran = dialtrail("copy", "--to", str(tmp_path / "there"))

    assert ran.code == 1
    assert "outbox.db, with what subscriptions are still to be told, could not be read" in ran.talk
    assert table(home) == before


def test_a_sealed_ledger_takes_its_keys_along(
    dialtrail: Run, postgres: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url, back = postgres.new_database(), tmp_path / "back"
    (tmp_path / "spring.json").write_text(PLAN)
    (tmp_path / "people.csv").write_text("number,name\n+15550100042,Ada\n")
    monkeypatch.setenv("DIALTRAIL_SEALED", "1")
    assert dialtrail("campaign", "create", "spring.json").code == 0
    assert dialtrail("recipients", "import", "spring", "people.csv").code == 0
    assert b"Ada" not in (tmp_path / "home" / "ledger.db").read_bytes()

    assert dialtrail("copy", "--to", url).code == 0
    monkeypatch.setenv("DIALTRAIL_DATABASE_URL", url)
    assert "+15550100042" in dialtrail("status", "spring", "+15550100042").data
    again = dialtrail("copy", "--to", str(back))
    monkeypatch.delenv("DIALTRAIL_DATABASE_URL")
    monkeypatch.delenv("DIALTRAIL_SEALED")
    monkeypatch.setenv("DIALTRAIL_HOME", str(back))

    assert again.code == 0, again.talk
    assert "+15550100042" in dialtrail("status", "spring", "+15550100042").data
    assert (back / "keys" / "keys.db").stat().st_mode & 0o777 == 0o600
