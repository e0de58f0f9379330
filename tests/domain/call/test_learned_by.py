from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.call.state import CallState, learned_by
from tests.domain.given import at

AHEAD = at(0) + timedelta(days=365)


@pytest.mark.parametrize("field", ["proof_learned_at", "served_at"])
def test_times_of_ours_that_are_still_to_come_count_from_when_the_clock_was_set_right(field: str) -> None:
    ahead, past = (replace(CallState(), **{field: value}) for value in (AHEAD, at(5)))

    assert getattr(learned_by(ahead, at(10), at(60)), field) == at(10)
    assert learned_by(past, at(10), at(60)) == past
    assert learned_by(ahead, None, at(60)) == ahead
