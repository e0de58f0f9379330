"""The life of a ledger itself."""

from domain import ledger_life
from domain.ledger_life import LedgerClosed, LedgerRestored


def test_a_ledger_is_closed_once() -> None:
    [closed] = ledger_life.close(ledger_life.INITIAL, "c0ffee", "/data", 7)
    state = ledger_life.evolve(ledger_life.INITIAL, closed)

    assert closed == LedgerClosed(copy_id="c0ffee", copied_to="/data", last_position=7)
    assert state.closed == closed
    assert ledger_life.close(state, "another", "/elsewhere", 8) == []


def test_as_what_it_was_last_found_to_be_restored_is_known() -> None:
    first, last = LedgerRestored(why="mark_missing"), LedgerRestored(why="elsewhere")

    state = ledger_life.evolve(ledger_life.evolve(ledger_life.INITIAL, first), last)

    assert state.restored == last
    assert state.closed is None
