"""What was erased takes nothing from statuses, figures and journeys: the views of a history are the same without the keys.

Left out is what only a number can say, and what is judged by it while somebody waits to be called: who waits is taken out of
their campaigns before they are erased.
"""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Table, select

from adapters.event_mapper import EventMapper, Stamp
from domain.call import CallState
from domain.events import Recorded
from domain.growing import Growing
from projections.call_journey import journey
from projections.campaign_summary.tables import CAMPAIGN
from projections.recipient_status import STATUS
from projections.store import ViewStore
from projections.views import TABLES
from tests.adapters.mapped import KeystreamCipher
from tests.examples import examples
from tests.projections.chance import Chance, Random
from tests.projections.feed_ledger import FeedLedger
from tests.projections.history import NUMBERS, World
from tests.projections.kept_views import catch_up, new_store

OF_PEOPLE = ("recipient:", "call:", "quarantine:")
SAYS_WHO = frozenset({"number", "variables", "reference", "from_number", "to_number", "digits"})
TOLD = ("status", "reason", "attempts", "call_id")
WAITING = frozenset({"queued", "held"})


def erased(feed: list[Recorded]) -> list[Recorded]:
    """As they are read once the keys of all that is about people are destroyed."""
    cipher = KeystreamCipher()
    mapper = EventMapper(cipher)
    states = [_state(mapper, one) for one in feed]
    cipher.forget([key for key in cipher.keys if key.split("-of-")[1].startswith(OF_PEOPLE)])
    return [
        mapper.decode(one.position, one.stream, one.version, one.name, state)
        for one, state in zip(feed, states, strict=True)
    ]


def _state(mapper: EventMapper, one: Recorded) -> bytes:
    stamp = Stamp(recorded_at=one.recorded_at, clock_at=one.clock_at, passed_at=one.passed_at)
    return mapper.encode(one.stream, one.version, one.event_id, stamp, one.metadata, one.event)


def history(seed: int, acts: int = 40) -> World:
    """Acts by chance on people with one spelling each."""
    world = World()
    chance = Chance(Random(seed), world, numbers=(*NUMBERS[:2], "+12125550100"))
    chance.begin()
    for _ in range(acts):
        chance.act()
    return world


def rows(store: ViewStore, table: Table) -> dict[Any, dict[str, Any]]:
    """What a view's table says but for who and where it is, by the keys."""
    with store.reading() as connection:
        found = connection.execute(select(table)).mappings().all()
    keys = [column.name for column in table.primary_key.columns]
    return {
        tuple(row[key] for key in keys): {name: value for name, value in row.items() if name not in SAYS_WHO}
        for row in found
    }


def _but_for_who(state: CallState) -> CallState:
    return replace(state, parties=None, gathers=Growing())


def waits(row: dict[str, Any]) -> bool:
    """Whether somebody is yet to be called, now or once what holds until then is over."""
    return row["status"] in WAITING or row["then_status"] in WAITING


def figures(store: ViewStore) -> dict[Any, dict[str, int]]:
    """A campaign's counts, but for those of who waits, and of zones."""
    of_waiting = ("zone:", "enrolled_in:", "status:queued", "status:held", "status:suppressed", "timed")
    return {
        key: {name: n for name, n in json.loads(row["counters"]).items() if not name.startswith(of_waiting)}
        for key, row in rows(store, CAMPAIGN).items()
    }


@settings(max_examples=examples(40), deadline=None, database=None)
@given(seed=st.integers(0, 2**32))
def test_views_without_the_keys_say_the_same_but_who_it_is(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    world = history(seed)
    feed = erased(world.ledger.feed)
    assert any(one.erased for one in feed)
    folder = tmp_path_factory.mktemp("views")
    with new_store(folder / "one.db") as one, new_store(folder / "other.db") as other:
        catch_up(one, world.ledger)
        catch_up(other, FeedLedger(feed))

        for name in ("attempt_index", "call_index", "call_hours"):
            for table in TABLES[name]:
                if table.name != "call_zones":  # which zone a call is in, only the number says
                    assert rows(other, table) == rows(one, table), table.name
        before, after = rows(one, STATUS), rows(other, STATUS)
        assert before.keys() == after.keys()
        for key, row in before.items():
            assert waits(after[key]) == waits(row)
            if not waits(row):
                assert {n: after[key][n] for n in TOLD} == {n: row[n] for n in TOLD}
        assert figures(other) == figures(one)


@settings(max_examples=examples(40), deadline=None, database=None)
@given(seed=st.integers(0, 2**32))
def test_journeys_without_the_keys_are_the_same_and_say_that_something_was_erased(seed: int) -> None:
    world = history(seed)
    feed = erased(world.ledger.feed)
    for call_id in world.calls:
        own = [one for one in world.ledger.feed if one.stream == f"call:{call_id}"]
        whole, left = (
            journey(call_id, [one for one in some if one.stream == f"call:{call_id}"])
            for some in (world.ledger.feed, feed)
        )
        assert (whole is None) == (left is None)
        if whole is None or left is None:
            continue
        assert _but_for_who(left.state) == _but_for_who(whole.state)
        assert [(e.position, e.event, e.deliveries, e.at) for e in left.entries] == [
            (e.position, e.event, e.deliveries, e.at) for e in whole.entries
        ]
        sealed = {one.position for one in own if one.event.PERSONAL & {"body", "request"}}
        assert {e.position for e in left.entries if "erased" in e.notes} >= sealed & {e.position for e in left.entries}
