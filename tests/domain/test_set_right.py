"""What an instant counts as, once it was acknowledged that the clock had been ahead."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.account import AccountResumed
from domain.events import Recorded, as_known_at
from domain.identity import account_stream
from domain.set_right import SetRight
from tests.projections.recording import at, recorded

AHEAD = replace(recorded(3, account_stream("f"), AccountResumed()), recorded_at=at(9_000))
FIRST, SECOND = SetRight(5, at(100)), SetRight(8, at(40))


def test_an_acknowledgement_is_one_by_whatever_account_and_only_with_a_position() -> None:
    event = AccountResumed(acknowledged_position=4)
    assert [recorded(5, account_stream(name), event, 100).set_right for name in ("f", "g")] == [FIRST, FIRST]
    assert recorded(5, account_stream("f"), AccountResumed(), 100).set_right is None


def test_an_instant_counts_at_the_latest_from_the_acknowledgements_that_came_after_it() -> None:
    def counts(one: Recorded) -> list[int]:
        return [round((one.believed(some).counts_from - at(0)).total_seconds()) for some in ((FIRST,), (FIRST, SECOND))]

    assert counts(AHEAD) == [100, 40]
    assert counts(replace(AHEAD, position=6)) == [9_000, 40]
    assert counts(replace(AHEAD, position=9)) == [9_000, 9_000]
    assert counts(replace(AHEAD, recorded_at=at(7))) == [7, 7]
    assert counts(replace(AHEAD, clock_at=at(7))) == [7, 7]


@given(position=st.integers(0, 10))
def test_what_was_known_at_a_position_counts_as_it_did_then(position: int) -> None:
    believed = [replace(AHEAD, position=p).believed((FIRST, SECOND)) for p in (3, 6, 9)]

    found = as_known_at(believed, position)

    assert [one.position for one in found] == [p for p in (3, 6, 9) if p <= position]
    for one in found:
        later = [ack.at for ack in (FIRST, SECOND) if one.position < ack.position <= position]
        assert one.counts_from == min([at(9_000), *later])
    assert all(one.recorded_at - at(9_000) == timedelta() for one in found)
