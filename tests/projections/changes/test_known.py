"""The calls of somebody's attempts are gathered once, and are those that there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from msgspec import Raw

from domain import recipient
from projections.changes.known import KnownSoFar
from tests.projections.history import CAMPAIGNS, NUMBERS, World, world
from tests.projections.kept_views import catch_up, new_store, writer_on
from tests.projections.kept_world import stream_of

ONE = NUMBERS[0]
SPRING = CAMPAIGNS[0]


def attempt(made: World, attempt_id: str) -> None:
    """One that is answered and has ended."""
    events = recipient.start_attempt(
        made.whole(ONE), attempt_id, SPRING, request="{}", epoch="e", verdict=Raw(b"{}"), purpose=None
    )
    made.record_all(stream_of(ONE), events)
    made.accept(ONE)
    for name in ("call.answered", "call.completed"):
        made.hear(ONE, name, 1)


@contextmanager
def counted_looks() -> Iterator[list[str | None]]:
    """Which calls are looked at within."""
    looked: list[str | None] = []
    look = KnownSoFar.call_state

    def counting(known: KnownSoFar, call_id: str | None) -> object:
        looked.append(call_id)
        return look(known, call_id)

    with patch.object(KnownSoFar, "call_state", counting):
        yield looked


def looks_for_one_more(path: Path, attempts: int) -> int:
    made = world(ONE)
    for nth in range(attempts):
        attempt(made, f"b{nth}")
    with new_store(path) as store:
        writer = catch_up(store, made.ledger)
        before = made.ledger.position
        attempt(made, "last")
        with counted_looks() as looked:
            for recorded in made.ledger.read_feed(before, 100):
                writer.advance([recorded])
        return len(looked)


def test_one_more_attempt_does_not_look_at_all_calls_of_those_before(tmp_path: Path) -> None:
    few, many = (looks_for_one_more(tmp_path / f"{attempts}.db", attempts) for attempts in (3, 30))
    assert many == few


@pytest.mark.parametrize("batch", [1, 3, 1_000])
def test_they_are_those_that_there_are_after_each_event(tmp_path: Path, batch: int) -> None:
    made = world(ONE)
    for nth in range(3):
        attempt(made, f"b{nth}")
    with new_store(tmp_path / "views.db") as store:
        writer = writer_on(store, made.ledger)
        for begin in range(0, made.ledger.position, batch):
            writer.advance(made.ledger.read_feed(begin, batch))
        known = writer._tracker._known
        person = known.person(stream_of(ONE))
        calls = {one.call_id: known.call_state(one.call_id) for one in person.state.attempts}
        assert len(calls) == 3
        assert person.calls == calls
        assert all(call.reached and call.outcome == "completed" for call in calls.values())
