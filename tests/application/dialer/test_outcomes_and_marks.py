"""A mark is taken away when the outcome is on disk, and never before: until then a kill must find it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.ledger.sqlite import SqliteRecorder
from adapters.sending_marks import MARKS_IN_MEMORY, LastCommit, MarksHeader, Witness, place_of_marks, read_witness
from application.dialer import attempts
from domain.errors import LedgerUnavailable
from entrypoints.process import boot_id
from tests.application.dialer.stage import Stage, numbers, play, stage

OUTCOMES = ("attempt.accepted", "attempt.refused", "attempt.abandoned", "attempt.unresolved")


class Found:
    """What a process that came after a kill would find now: the marks, and how far they say that the ledger had come."""

    def __init__(self, it: Stage, folder: Path) -> None:
        self.high_water = LastCommit()
        here = MarksHeader(boot_id=boot_id(), ledger=it.parts.ledger.identity(), epoch="")
        self.witness: Witness = read_witness(place_of_marks(MARKS_IN_MEMORY, folder), here, self._has)
        assert self.witness.doubt is None

    def _has(self, high_water: LastCommit) -> bool:
        self.high_water = high_water
        return True


@pytest.mark.parametrize(
    "provider",
    [
        {"answer_rate": 1.0},
        {"balance": "0.00"},
        {"lost_response_rate": 1.0},
        {"no_rate_prefixes": ["+1555200"]},
    ],
)
def test_each_mark_goes_after_the_commit_that_holds_its_outcome_and_the_high_water_mark_is_raised_before(
    tmp_path: Path, provider: Mapping[str, Any]
) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, **provider) as it:
            await it.until("it has begun", lambda: it.dialer.trouble is None)
            marks, seen = it.dialer._gates.account.marks, list[tuple[bool, bool]]()
            real = marks.clear

            def looked_at(attempt_id: str) -> None:
                outcomes = [
                    one
                    for one in it.events(*OUTCOMES)
                    if one.event.attempt_id == attempt_id  # type: ignore[union-attr]
                ]
                position = max((one.position for one in outcomes), default=0)
                # One that the verdict did not let start has a mark, and no outcome.
                if any(one.event.attempt_id == attempt_id for one in it.events("attempt.started")):  # type: ignore[union-attr]
                    seen.append((bool(outcomes), Found(it, tmp_path).high_water.position >= position))
                real(attempt_id)

            marks.clear = looked_at  # type: ignore[method-assign]
            await it.campaign(numbers(3))
            await it.until("some are settled", lambda: bool(seen))

            assert set(seen) == {(True, True)}

    play(scenario)


def test_while_the_ledger_refuses_an_outcome_a_kill_would_find_the_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "SETTLE_RETRY_SECONDS", 0.01)
    real = SqliteRecorder.writing

    def refuses(*_: object) -> object:
        raise LedgerUnavailable("disk full")

    async def scenario() -> None:
        async with stage(tmp_path, answer_delay=0.3, drop_rate=1.0) as it:
            await it.campaign(numbers(1))
            await it.until("on the wire", lambda: bool(it.sandbox.log.lines("arrived")))
            (attempt_id,) = it.parts.in_flight.attempts.started
            monkeypatch.setattr(SqliteRecorder, "writing", refuses)
            await it.until("it is said", lambda: "could not be recorded" in (it.dialer.trouble or ""))
            assert Found(it, tmp_path).witness.may_be_on_the_wire(attempt_id)

            monkeypatch.setattr(SqliteRecorder, "writing", real)
            await it.until("recorded", lambda: bool(it.events("attempt.accepted")))
            await it.until("and gone", lambda: not Found(it, tmp_path).witness.may_be_on_the_wire(attempt_id))
            assert not it.dialer._gates.account.marks.has(attempt_id)

    play(scenario)
