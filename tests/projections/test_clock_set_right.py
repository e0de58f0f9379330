"""A clock that was ahead for a while, and an acknowledgement: afterwards all is as if everything before had been recorded by then."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from domain.account import AccountResumed
from domain.instants import LATEST
from projections import attempt_index, call_hours, call_index, recipient_status
from projections.store import EPOCH, ViewStore
from projections.views import snapshot
from tests.examples import examples
from tests.projections.chance import Chance, Random
from tests.projections.feed_ledger import FeedLedger
from tests.projections.history import World
from tests.projections.in_flight.loading import known_of, loaded, pushed
from tests.projections.kept_views import emptied, new_store, writer_on
from tests.projections.kept_world import FINGERPRINT, OTHER_FINGERPRINT
from tests.projections.recounted import RecipientSays, Recounted

ROWS_MAX = 100_000
HELD_BY_THE_WRONG_CLOCK = 90
"""A history in which a held destination judged people of whom nothing else was recorded by the wrong clock."""
AHEAD = [timedelta(minutes=2), timedelta(hours=3), timedelta(days=1), timedelta(days=365)]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with new_store(tmp_path_factory.mktemp("views") / "views.db") as made:
        yield made


def set_right_history(rng: Random) -> World:
    """Some acts; some by a clock that is ahead; some after that was acknowledged with this account or another; perhaps twice."""
    world = World()
    chance = Chance(rng, world)
    chance.begin()
    for _ in range(rng.choice((1, 1, 2))):
        ahead = rng.choice(AHEAD)
        for move in (timedelta(), ahead):
            world.now += move
            for _ in range(rng.randint(1, 12)):
                chance.act()
        world.set_right(ahead, rng.choice((FINGERPRINT, OTHER_FINGERPRINT)))
    for _ in range(rng.randint(0, 12)):
        chance.act()
    return world


def as_if_right(ledger: FeedLedger) -> FeedLedger:
    """The same events, each recorded at the latest when that was acknowledged, and nothing acknowledged."""
    found = FeedLedger()
    for one in ledger.feed:
        [believed] = (
            r for r in ledger.read_streams([one.stream], ledger.position)[one.stream] if r.version == one.version
        )
        event = AccountResumed() if one.set_right is not None else one.event
        found.add(replace(one, event=event, recorded_at=believed.counts_from, clock_at=None, acknowledged=()))
    return found


@pytest.mark.parametrize("seed", [*range(examples(120)), HELD_BY_THE_WRONG_CLOCK])
def test_the_views_are_those_of_a_ledger_whose_clock_was_right(store: ViewStore, seed: int) -> None:
    made = set_right_history(Random(seed))
    emptied(store)
    writer_on(store, made.ledger).advance(made.ledger.feed)
    for expected in (Recounted(made.ledger), Recounted(as_if_right(made.ledger))):
        with snapshot(store) as taken:
            for campaign_id, number in expected.numbers.items():
                rules = expected.rules(campaign_id)
                rows = recipient_status.page(taken.connection, number, 0, ROWS_MAX, None)
                for now in (made.now, *(made.now + timedelta(seconds=s) for s in (5, 70, 7_000, 100_000, 40_000_000))):
                    assert [
                        RecipientSays(
                            number=row.enrollment.number,
                            shown=rules.shown(row.standing, row.enrollment.number, row.enrollment.zone_key, now),
                            attempts=row.standing.attempts,
                            call_id=row.standing.call_id,
                            code=row.standing.code,
                        )
                        for row in rows
                    ] == expected.recipients(campaign_id, now)
            assert {
                row.attempt_id: row for row in attempt_index.rows_of(taken.connection, list(expected.attempts))
            } == expected.attempts
            assert call_index.calls(taken.connection, 0, ROWS_MAX) == expected.call_rows()
            assert call_hours.hours(taken.connection, EPOCH, LATEST) == expected.hours(None)
            for campaign_id, number in expected.numbers.items():
                assert call_hours.hours(taken.connection, EPOCH, LATEST, number) == expected.hours(campaign_id)


@pytest.mark.parametrize("seed", range(examples(120)))
def test_what_is_in_flight_is_as_loaded_anywhere_and_as_if_the_clock_had_been_right(
    store: ViewStore, seed: int
) -> None:
    rng = Random(seed)
    made = set_right_history(rng)
    ever = pushed(made)
    emptied(store)
    position = rng.randint(1, made.ledger.position)
    right = World()
    right.ledger = as_if_right(made.ledger)
    views = [ever, loaded(store, made, position), pushed(right)]
    asked = [known_of(view, made.now) for view in views]
    assert asked[1:] == [asked[0]] * 2
