"""The past by an instant, on each engine: whatever its clock is, an event is known from when it was recorded."""

from datetime import timedelta

from adapters.ledger import Ledger
from tests.adapters.ledger.stage import create, do, feed

CAMPAIGNS = 5
TICK = timedelta(microseconds=1)


def test_at_the_instant_of_an_event_it_is_the_last_and_a_tick_before_it_is_not_known(ledger: Ledger) -> None:
    for n in range(CAMPAIGNS):
        do(ledger, create(f"c{n}"))
    events = feed(ledger)
    now = events[-1].recorded_at + timedelta(seconds=1)

    found = [
        (ledger.position_at(one.recorded_at - TICK, now), ledger.position_at(one.recorded_at, now)) for one in events
    ]

    assert found == [(before, before + 1) for before in range(CAMPAIGNS)]
    assert ledger.position_at(now, now) == CAMPAIGNS


def test_what_a_stream_was_at_that_position_is_read_though_more_was_appended(ledger: Ledger) -> None:
    for n in range(CAMPAIGNS):
        do(ledger, create(f"c{n}"))
    streams = [f"campaign:c{n}" for n in range(CAMPAIGNS)]

    for one in feed(ledger):
        then = ledger.read_streams(streams, one.position)
        assert sorted(then) == streams[: one.position]
        assert ledger.read_stream(one.stream, one.position - 1) == []
        assert ledger.read_stream(one.stream, one.position) == [one]
