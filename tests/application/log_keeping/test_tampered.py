"""What somebody puts where the log does not look by itself is found all the same."""

import pytest

from tests.application.copied_ledgers import Place
from tests.application.log_keeping.ledgers import alter
from tests.application.log_keeping.test_verified import MADE_UP, found, kept, verified

__all__ = ["kept"]


@pytest.mark.parametrize("position", [0, -5, -(2**63)])
def test_an_event_below_the_first_position_is_named(kept: Place, position: int) -> None:
    alter(kept, MADE_UP.format(position))

    assert found(verified(kept)) == [("inserted", position)]
    assert found(verified(kept, since=520)) == [("inserted", position)]
