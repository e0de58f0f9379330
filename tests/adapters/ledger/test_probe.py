from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any, NoReturn, cast

import pytest
from eventsourcing.persistence import OperationalError

from adapters.ledger import Ledger, writer
from adapters.ledger.transaction import Transaction
from tests.adapters.ledger.stage import (
    WAIT_SECONDS_MAX,
    ask,
    create,
    do,
    fail,
    feed,
    gathering,
    names,
    open_ledger,
    outcome,
    wait_for,
)
from tests.adapters.ledger.troubled import TroubledRecorder, open_troubled

FULL = "the ledger could not be written (database or disk is full); nothing was stored"


@pytest.fixture
def troubled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Ledger, TroubledRecorder]]:
    """A ledger that looks again without waiting for long."""
    monkeypatch.setattr(writer, "PROBE_SECONDS", 0.001)
    ledger, recorder = open_troubled(tmp_path)
    yield ledger, recorder
    ledger.close()


def refused(told: Event | None = None) -> Callable[[], NoReturn]:
    def refuse() -> NoReturn:
        if told is not None:
            told.set()
        raise OperationalError("no room")

    return refuse


def test_a_ledger_that_refused_is_well_again_once_it_takes_something_though_nobody_asks(
    troubled: tuple[Ledger, TroubledRecorder],
) -> None:
    ledger, recorder = troubled
    still = Event()
    recorder.before += [refused(), refused(), refused(still)]

    assert outcome(ask(ledger, create("lost"))).error is not None
    assert still.wait(WAIT_SECONDS_MAX)
    wait_for(lambda: ledger.trouble is None)

    assert feed(ledger) == []
    assert do(ledger, create("c0")) == "c0"
    assert [(r.position, r.stream) for r in feed(ledger)] == [(1, "campaign:c0")]


def test_a_commit_that_works_ends_the_trouble_and_the_probing(tmp_path: Path) -> None:
    ledger, recorder = open_troubled(tmp_path)
    try:
        recorder.before.append(refused())
        assert outcome(ask(ledger, create("lost"))).error is not None
        assert (ledger.trouble is None, ledger._writer._refused) == (False, True)
        do(ledger, create("c0"))
        assert (ledger.trouble, ledger._writer._refused) == (None, False)
    finally:
        ledger.close()


def test_while_it_still_refuses_the_trouble_stays_what_it_was(troubled: tuple[Ledger, TroubledRecorder]) -> None:
    ledger, recorder = troubled
    probed, release = Event(), Event()

    def hold() -> None:
        probed.set()
        assert release.wait(WAIT_SECONDS_MAX)
        raise OperationalError("something else")

    again = Event()
    recorder.before += [refused(), hold, refused(again)]
    assert outcome(ask(ledger, create("lost"))).error is not None
    assert probed.wait(WAIT_SECONDS_MAX)
    trouble = "the ledger could not be written (no room); nothing was stored"
    assert ledger.trouble == trouble
    recorder.before.append(refused())
    release.set()
    assert again.wait(WAIT_SECONDS_MAX)
    wait_for(lambda: ledger.trouble is None)


def test_a_full_disk_is_not_taken_for_a_ledger_that_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PROBE_SECONDS", 0.001)
    ledger = open_ledger(tmp_path)
    try:
        do(ledger, create("c0"))
        recorder = cast("Any", ledger)._recorder
        connection = recorder.datastore.writer
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")
        probes = counted_probes(ledger, monkeypatch)
        large = create("x" * 50_000)
        assert outcome(ask(ledger, large)).error is not None
        wait_for(lambda: len(probes) >= 3)
        assert ledger.trouble == FULL

        with recorder.datastore._writing:
            connection.execute("PRAGMA max_page_count=1073741823")
        wait_for(lambda: ledger.trouble is None)
        do(ledger, create("c1"))
        assert names(feed(ledger)) == ["campaign.created", "campaign.created"]
        assert recorder.read_meta("probe") is None
    finally:
        ledger.close()


def counted_probes(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> list[None]:
    probes: list[None] = []
    probe = ledger._writer._probe

    def counted() -> None:
        probe()
        probes.append(None)

    monkeypatch.setattr(ledger._writer, "_probe", counted)
    return probes


def test_a_ledger_that_is_well_is_not_probed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "PROBE_SECONDS", 0.0)
    ledger = open_ledger(tmp_path)
    try:
        probes = counted_probes(ledger, monkeypatch)
        for n in range(20):
            do(ledger, create(f"c{n}"))
        assert outcome(ask(ledger, fail("no"))).error is not None
        assert (ledger.trouble, probes) == (None, [])
    finally:
        ledger.close()


def test_a_commit_that_does_not_end_is_trouble_while_it_lasts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(writer, "monotonic", lambda: now[0])
    ledger = open_ledger(tmp_path)
    try:
        with gathering(ledger):
            now[0] += writer.A_COMMIT_SECONDS_MAX
            troubles = [ledger.trouble]
            now[0] += 5.0
            troubles.append(ledger.trouble)
        do(ledger, create("c0"))
        troubles.append(ledger.trouble)
        assert troubles == [None, "a commit has not ended for 20 s; look at the disk or the database", None]
    finally:
        ledger.close()


def test_observers_are_told_of_each_commit_s_commands_events_and_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(writer, "monotonic", lambda: now[0])
    ledger = open_ledger(tmp_path)
    told: list[tuple[int, int, float]] = []
    try:

        def crash(*_: object) -> None:
            raise ValueError("it cannot count")

        def slowly(transaction: Transaction) -> str:
            now[0] += 1.5
            return create("c0")(transaction)

        with gathering(ledger):
            ledger.add_observer(crash)
            ledger.add_observer(lambda *commit: told.append(commit))
            asked = [ask(ledger, slowly), ask(ledger, create("c1")), ask(ledger, fail("no"))]
        assert [outcome(a).result for a in asked] == ["c0", "c1", None]
        assert ledger.trouble == "an observer of the ledger failed: ValueError('it cannot count')"
        assert told == [(1, 0, 0.0), (3, 2, 1.5)]
    finally:
        ledger.close()
