"""A database whose clock is not this machine's: both times count, and both are said."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from adapters.ledger.ledger_time import LedgerTime
from application.clock_ahead import clock_ahead
from application.commands.account import resume_account
from domain.dialing import Clocks
from domain.errors import Conflict
from domain.instants import time_text
from tests.adapters.ledger.stage import T0

SECOND = timedelta(seconds=1)


def read_once(ahead: timedelta) -> LedgerTime:
    """The time of a ledger whose database's clock was so far ahead of the machine's when it was last read."""
    known = LedgerTime(None)
    session = SimpleNamespace(now=lambda: T0 + ahead, clock_is_ours=False)
    known.commit(cast("Any", session), lambda: T0)
    return known


@pytest.mark.parametrize("ahead", [-3600 * SECOND, -SECOND, 5 * SECOND, 6 * SECOND, timedelta(days=365)], ids=str)
def test_the_ledgers_time_goes_on_as_far_from_the_machines_as_it_was(ahead: timedelta) -> None:
    known = read_once(ahead)
    assert known.clocks(T0 + SECOND) == Clocks(T0 + SECOND, T0 + SECOND + ahead)
    said = clock_ahead(cast("Any", known), T0)
    assert (said is not None) is (ahead > 5 * SECOND)
    assert said is None or f"PostgreSQL's clock {time_text(T0 + ahead)}" in said


@pytest.mark.parametrize("ahead", [6 * SECOND, timedelta(hours=2), timedelta(days=365)], ids=str)
def test_a_database_whose_clock_is_still_ahead_is_not_acknowledged(ahead: timedelta) -> None:
    tx = SimpleNamespace(now=T0 + ahead, clocks=Clocks(T0, T0 + ahead))
    with pytest.raises(Conflict, match="set the one that is wrong right, then resume"):
        resume_account("f", 7)(cast("Any", tx))
