import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

import pytest

from adapters.ledger.unopened import StoredRow, UnopenedLedger, unopened_file
from domain.dial_outcome import Unresolved
from entrypoints.doctor.upgrade import scan as module
from entrypoints.doctor.upgrade.scan import scan
from tests.entrypoints.serving import FROM, OTHER, TO, Serving, accepted, play

MEXICAN_IN_ANOTHER_SPELLING = "+5215512345678"


def stopped() -> float:
    return 0.0


def seconds() -> Iterator[float]:
    yield from map(float, count())


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnopenedLedger]:
    folder = tmp_path_factory.mktemp("ledger")

    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER, FROM, MEXICAN_IN_ANOTHER_SPELLING)
        await stage.campaign(campaign_id="paused")
        assert (await stage.client.post("/v1/campaigns/paused/pause")).is_success
        await stage.settle(await stage.start(TO, "a1"), accepted("call_1", TO))
        await stage.settle(await stage.start(OTHER, "a2"), Unresolved(why="timeout"))
        await stage.start(FROM, "a3")

    play(folder, scene)
    with unopened_file(folder / "ledger.db") as found:
        yield found


def test_what_is_under_way_runs_or_is_spelled_otherwise_is_found(ledger: UnopenedLedger) -> None:
    found = scan(ledger, stopped)

    assert (found.events, found.is_all, found.unreadable) == (ledger.end(), True, ())
    assert (found.running, found.under_way, found.other_spellings) == (("spring_followup",), 1, 1)
    assert (found.zones_missing, found.later, found.plans) == ((), {}, ("paused", "spring_followup"))


def test_it_is_bounded_and_says_so(ledger: UnopenedLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 3)

    found = scan(ledger, seconds().__next__, seconds_max=1.5)

    assert (found.events, found.is_all) == (6, False)


class _Damaged:
    """Every other event is none."""

    notes: Sequence[str] = ()

    def __init__(self, whole: UnopenedLedger) -> None:
        self._whole = whole
        self.end, self.bytes_on_disk, self.meta = whole.end, whole.bytes_on_disk, whole.meta

    def rows_up_to(self, position: int, limit: int) -> Sequence[StoredRow]:
        return [(*row[:4], b"no event") if row[0] % 2 else row for row in self._whole.rows_up_to(position, limit)]


def test_events_that_cannot_be_read_are_counted_and_the_first_are_told(ledger: UnopenedLedger) -> None:
    found = scan(_Damaged(ledger), stopped)

    assert found.events == ledger.end()
    assert found.unreadable_count == (ledger.end() + 1) // 2
    assert len(found.unreadable) == module.UNREADABLE_TOLD_MAX


@pytest.mark.parametrize(
    "change",
    ["state='text'", "state=7", "state=NULL", "originator_id=x'00'", "rowid=9223372036854775807", "topic=x'ff'"],
)
def test_a_row_that_another_program_has_spoilt_ends_nothing(tmp_path: Path, change: str) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)

    play(tmp_path, scene)
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as spoilt, spoilt, suppress(sqlite3.IntegrityError):
        spoilt.execute(f"UPDATE stored_events SET {change} WHERE rowid=(SELECT max(rowid) FROM stored_events)")
    with unopened_file(tmp_path / "ledger.db") as found:
        scanned = scan(found, stopped)

    assert (scanned.is_all, scanned.unreadable_count <= 1) == (True, True)


def test_zones_that_the_data_does_not_have_are_named(
    ledger: UnopenedLedger, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign()
        rows = f"number,zone\n{TO},Europe/Berlin\n"
        sent = await stage.client.post(
            "/v1/campaigns/spring_followup/recipients", content=rows, headers={"content-type": "text/csv"}
        )
        assert sent.is_success

    play(tmp_path, scene)
    monkeypatch.setattr(module, "zone_info", lambda _: None)

    with unopened_file(tmp_path / "ledger.db") as found:
        assert scan(found, stopped).zones_missing == ("Europe/Berlin",)
