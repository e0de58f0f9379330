"""A stream folded at any positions, in any order of them, is what it is when it is folded by itself."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain import account
from domain.events import Recorded, as_known_at
from domain.set_right import SetRight
from projections.folded import account_after, account_of
from projections.folded_often import STATE_KEPT_EVERY, FoldedOften
from tests.domain.given import at
from tests.examples import examples

EVENTS = 3 * STATE_KEPT_EVERY + 5


def events() -> list[Recorded]:
    """Every third position is another stream's."""
    return [
        Recorded(
            position=3 * nth,
            event_id=f"e{nth}",
            stream="account:f",
            version=nth,
            recorded_at=at(nth),
            metadata={},
            event=account.LimitLearned(limit="calls_at_once", value=nth)
            if nth % 5
            else account.AccountPaused(cause="provider", code=str(nth)),
        )
        for nth in range(1, EVENTS + 1)
    ]


@given(st.lists(st.integers(0, 3 * EVENTS + 9), max_size=12))
@settings(max_examples=examples(60), deadline=None, database=None)
def test_any_positions_in_any_order(positions: list[int]) -> None:
    known = events()
    often = FoldedOften(known, account_of, account_after)

    for position in positions:
        assert often.at(position) == account_of(as_known_at(known, position)), position


def test_where_the_clock_was_set_right_each_position_is_as_it_was_then() -> None:
    right = SetRight(position=300, at=at(2))
    known = [replace(one, acknowledged=(right,)) if one.position < 300 else one for one in events()]
    often = FoldedOften(known, account_of, account_after)

    for position in (9, 200, 301, 15):
        assert often.at(position) == account_of(as_known_at(known, position)), position
