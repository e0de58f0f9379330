"""What became of each wish for a call: wished, moved, kept and given up, in order."""

import pytest

from domain.events import Event, Recorded
from domain.recipient import (
    INITIAL,
    RecipientCallbackDropped,
    RecipientCallbackSet,
    RecipientEvent,
    evolve,
)
from projections.callback_story import CallbackLine, callback_story
from tests.domain.given import NINE, SPRING, abandoned, at, enrolled, started
from tests.projections.recording import recorded

STREAM = "recipient:ada"


def wish(seconds: float) -> RecipientCallbackSet:
    return RecipientCallbackSet(campaign_id=SPRING, at=at(seconds), give_up_at=at(seconds + 60), source="operator")


def drop(seconds: float, why: str = "operator") -> RecipientCallbackDropped:
    return RecipientCallbackDropped(campaign_id=SPRING, at=at(seconds), why=why)


def told(*events: RecipientEvent) -> list[tuple[str, float]]:
    """The story of one spelling: each event is recorded ten seconds after the one before."""
    state = evolve(INITIAL, enrolled(), NINE)
    stream: list[Recorded] = []
    for place, event in enumerate(events, start=1):
        state = evolve(state, event, at(place * 10))
        stream.append(recorded(place, STREAM, event, place * 10))
    return [summed(one) for one in callback_story([stream], state.attempts)]


def summed(line: CallbackLine) -> tuple[str, float]:
    return line.act, (line.at - NINE).total_seconds()


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([wish(15), started("a1")], [("wished", 15), ("kept", 15)]),
        ([wish(25), started("a1")], [("wished", 25)]),
        ([wish(15), wish(25), started("a1"), started("a2")], [("wished", 15), ("moved", 25), ("kept", 25)]),
        ([wish(15), started("a1"), abandoned("a1")], [("wished", 15)]),
        ([wish(15), started("a1"), abandoned("a1"), drop(15)], [("wished", 15), ("given_up", 15)]),
        (
            [wish(15), started("a1"), wish(45), drop(45)],
            [("wished", 15), ("kept", 15), ("wished", 45), ("given_up", 45)],
        ),
        ([started("a1"), wish(5)], [("wished", 5), ("kept", 5)]),
        ([drop(5)], []),
    ],
)
def test_each_wish_is_followed_to_its_end(events: list[RecipientEvent], expected: list[tuple[str, float]]) -> None:
    assert told(*events) == expected


def test_of_two_spellings_there_is_one_wish_and_it_is_given_up_once() -> None:
    def of(stream: str, *events: tuple[int, Event]) -> list[Recorded]:
        return [recorded(position, stream, event) for position, event in events]

    ada = of("recipient:ada", (1, wish(100)), (4, drop(100, "suppressed")))
    again = of("recipient:ada_again", (2, wish(200)), (3, drop(200, "suppressed")))
    lines = callback_story([ada, again], [])
    assert [(*summed(one), one.why) for one in lines] == [
        ("wished", 100, None),
        ("moved", 200, None),
        ("given_up", 200, "suppressed"),
    ]
