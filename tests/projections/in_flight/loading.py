"""What is in flight after a history, pushed or loaded."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest

from domain.events import Recorded
from projections.in_flight import InFlight, loaded_from
from projections.store import ViewStore
from projections.views import snapshot
from tests.projections.history import World
from tests.projections.kept_views import writer_on
from tests.projections.kept_world import FINGERPRINT
from tests.projections.recording import T0


def pushed(made: World, fingerprint: str | None = FINGERPRINT, from_position: int = 0) -> InFlight:
    """What is in flight after all events, or those after a position, were pushed."""
    view = InFlight(made.ledger.read_streams, fingerprint)
    for one in made.ledger.feed[from_position:]:
        view.apply(one)
    return view


def loaded(store: ViewStore, made: World, position: int, fingerprint: str | None = FINGERPRINT) -> InFlight:
    """The same, loaded from views that have come to a position, and pushed the rest."""
    writer_on(store, made.ledger, fingerprint).advance(made.ledger.read_feed(0, position))
    view = InFlight(made.ledger.read_streams, fingerprint)
    with snapshot(store) as taken:
        view.load(loaded_from(taken))
    for one in made.ledger.feed[position:]:
        view.apply(one)
    return view


def known_of(view: InFlight, now: datetime) -> dict[str, Any]:
    """All that anybody asks of it."""
    return {
        "position": view.position,
        "fingerprint": view.fingerprint,
        "account": view.account,
        "campaigns": view.campaigns,
        "open": view.attempts.open,
        "started": view.attempts.started,
        "calls": view.calls.watched,
        "open_calls": view.calls.open,
        "echoing": {call_id: set(echoed) for call_id, echoed in view.calls.echoing.items()},
        "unresolved": view.attempts.unresolved(),
        "slots": {i: (view.attempts.slots_held(i, now), view.attempts.slots_overdue(i, now)) for i in view.campaigns},
        "sends": {i: view.counts.sends_since(i, T0) for i in view.campaigns},
        "calls_placed": {i: view.counts.calls_placed(i) for i in view.campaigns},
        "attempts_under_way": {i: view.attempts.started_in(i) for i in view.campaigns},
        "is_anything_open": {i: view.attempts.is_anything_open(i, now) for i in view.campaigns},
    }


def read_beside(
    made: World, let_go_max: int, monkeypatch: pytest.MonkeyPatch, fingerprint: str | None = FINGERPRINT
) -> InFlight:
    """The same, where no event is applied before what it needs was read."""
    monkeypatch.setattr("projections.in_flight.watched_calls.LET_GO_KEPT_MAX", let_go_max)
    is_applying = False

    def read(streams: Collection[str], position: int) -> Mapping[str, Sequence[Recorded]]:
        assert not is_applying, streams
        return made.ledger.read_streams(streams, position)

    view = InFlight(read, fingerprint)
    for one in made.ledger.feed:
        while view.must_read(one) or view.must_read_first(one):
            view.know(one.stream, view.read(one))
        is_applying = True
        view.apply(one)
        is_applying = False
    return view
