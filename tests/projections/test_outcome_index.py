"""What is new since a position: each recipient at the place where they last changed, and nobody missed by whoever polls."""

from pathlib import Path

import pytest

from projections import recipient_status
from projections.changes import Standing
from projections.outcome import NOTHING_HEARD, Heard, heard_of
from projections.outcome_index import OUTCOME, Place, StoredOutcome, outcomes
from projections.store import ViewStore
from projections.views import snapshot
from tests.projections.chance import Random, small_history
from tests.projections.history import AUTUMN, ONE, SPRING, TWO, World, call_id_of, world
from tests.projections.kept_views import all_rows, catch_up, new_store, writer_on
from tests.projections.kept_world import KeptWorld
from tests.projections.recounted import Recounted

ROWS_MAX = 1_000
BEGIN: Place = (0, 0)


def stored(store: ViewStore, after: Place = BEGIN, rows_max: int = ROWS_MAX) -> list[StoredOutcome]:
    with snapshot(store) as taken:
        return outcomes(taken.connection, None, after, rows_max)


def told(tmp_path: Path, made: World) -> dict[str, tuple[int, str, Heard]]:
    """Of each number the position, the status as it is stored, and what was heard."""
    with new_store(tmp_path / f"views-{made.ledger.position}.db") as store:
        catch_up(store, made.ledger)
        return {
            row.recipient.enrollment.number: (row.position, row.recipient.standing.status, row.heard)
            for row in stored(store)
        }


def test_somebody_who_was_enrolled_is_there_and_moves_with_whatever_changes(tmp_path: Path) -> None:
    made = world(ONE, TWO)
    enrolled = made.ledger.position
    assert told(tmp_path, made) == {
        ONE: (enrolled - 1, "queued", NOTHING_HEARD),
        TWO: (enrolled, "queued", NOTHING_HEARD),
    }
    made.start(ONE, SPRING)
    assert told(tmp_path, made)[ONE] == (made.ledger.position, "dialing", NOTHING_HEARD)
    made.accept(ONE)
    call_id = call_id_of("a1")
    made.hear(ONE, "call.answered", 3)
    assert told(tmp_path, made)[ONE] == (
        made.ledger.position,
        "in_progress",
        Heard(call_id=call_id, answered=True),
    )
    made.hear(ONE, "call.completed", 9)
    assert told(tmp_path, made)[ONE] == (
        made.ledger.position,
        "reached",
        Heard(call_id=call_id, answered=True, seconds=6.0),
    )
    made.hear(ONE, "call.gathered", 5)
    late = Heard(call_id=call_id, answered=True, digits=("1",), seconds=6.0)
    assert told(tmp_path, made)[ONE] == (made.ledger.position, "reached", late)
    moved = made.ledger.position
    made.hear(ONE, "x.new", 6)
    made.hear(ONE, "call.gathered", 5)
    assert told(tmp_path, made) == {ONE: (moved, "reached", late), TWO: (enrolled, "queued", NOTHING_HEARD)}
    made.suppress(TWO, None)
    assert told(tmp_path, made)[TWO] == (made.ledger.position, "suppressed", NOTHING_HEARD)


def test_with_the_end_of_a_campaign_all_change_who_wait_in_it_and_nobody_else(tmp_path: Path) -> None:
    made = world(ONE, TWO)
    made.create(AUTUMN)
    made.enroll(TWO, AUTUMN)
    made.start(ONE, SPRING)
    made.refuse(ONE, "recipient", counts=False)
    before = made.ledger.position
    made.change(SPRING, "cancel")
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        rows = [(row.recipient.enrollment.number, row.campaign, row.position) for row in stored(store)]
    numbers = Recounted(made.ledger).numbers
    assert rows == [
        (TWO, numbers[AUTUMN], before - 2),
        (ONE, numbers[SPRING], before),
        (TWO, numbers[SPRING], before + 1),
    ]


def test_one_campaign_can_be_asked_for(tmp_path: Path) -> None:
    made = world(ONE, TWO)
    made.create(AUTUMN)
    made.enroll(TWO, AUTUMN)
    numbers = Recounted(made.ledger).numbers
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            found = {
                name: [row.recipient.enrollment.number for row in outcomes(taken.connection, number, BEGIN, ROWS_MAX)]
                for name, number in numbers.items()
            }
    assert found == {SPRING: [ONE, TWO], AUTUMN: [TWO]}


@pytest.mark.parametrize("seed", range(12))
def test_a_row_is_at_the_last_event_that_changed_it(tmp_path: Path, seed: int) -> None:
    made = small_history(Random(seed), 25)
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        rows = stored(store)
        assert [(row.position, row.recipient.enrollment.place) for row in rows] == sorted(
            (row.position, row.recipient.enrollment.place) for row in rows
        )
        assert {row.recipient.enrollment.place: row.position for row in rows} == _changed_last(made, store, rows)
        at = {one.position: one.recorded_at for one in made.ledger.feed}
        assert all(row.changed_at == at[row.position] for row in rows)


def _changed_last(made: KeptWorld, store: ViewStore, rows: list[StoredOutcome]) -> dict[int, int]:
    """Of each place the last position at which they stood otherwise than before it, or something else was heard of them."""
    seen: dict[int, tuple[Standing, Heard]] = {}
    last: dict[int, int] = {}
    recounted = Recounted(made.ledger)
    ids = {number: campaign_id for campaign_id, number in recounted.numbers.items()}
    with snapshot(store) as taken:
        for one in made.ledger.feed:
            then = Recounted(made.ledger, one.position)
            places = [row.recipient.enrollment.place for row in rows]
            standings = recipient_status.standings_at(taken.connection, places, one.position)
            for row in rows:
                place = row.recipient.enrollment.place
                if place not in standings:
                    continue
                heard = heard_of(then.whole(row.recipient.enrollment.stream), ids[row.campaign], then.calls)
                ended = one.name in {"campaign.canceled", "campaign.completed"} and one.stream.endswith(
                    f":{ids[row.campaign]}"
                )
                now = (standings[place], heard)
                if now != seen.get(place) or (ended and standings[place].status in {"queued", "held"}):
                    last[place] = one.position
                seen[place] = now
    return last


@pytest.mark.parametrize("seed", range(12))
def test_whoever_polls_at_any_moment_sees_everybody_as_they_are_in_the_end(tmp_path: Path, seed: int) -> None:
    rng = Random(seed)
    made = small_history(rng, 40)
    seen: dict[int, StoredOutcome] = {}
    with new_store(tmp_path / "views.db") as store, new_store(tmp_path / "at-once.db") as at_once:
        writer = writer_on(store, made.ledger)
        after: Place = BEGIN
        while writer.position < made.ledger.position or after != (writer.position + 1, 0):
            if writer.position < made.ledger.position and rng.random() < 0.6:
                writer.advance(made.ledger.read_feed(writer.position, rng.randint(1, 9)))
            rows_max = rng.randint(1, 4)
            rows = stored(store, after, rows_max)
            seen.update((row.recipient.enrollment.place, row) for row in rows)
            is_last = len(rows) < rows_max
            after = (writer.position + 1, 0) if is_last else (rows[-1].position, rows[-1].recipient.enrollment.place)
        catch_up(at_once, made.ledger)
        assert seen == {row.recipient.enrollment.place: row for row in stored(at_once)}
        assert all_rows(store)[OUTCOME.name] == all_rows(at_once)[OUTCOME.name]
