"""A ledger whose time is ahead of this machine's clock, in words."""

from datetime import datetime

from adapters.ledger import Ledger
from domain.dialing import CLOCK_AHEAD_MAX_SECONDS
from domain.instants import time_text


def clock_ahead(ledger: Ledger, now: datetime) -> str | None:
    """Why nobody is called, and what to do, where the ledger is further ahead than it may be; None where it is not."""
    clocks = ledger.clocks(now)
    if not clocks.is_ledger_ahead:
        return None
    database_at = ledger.database_clock(now)
    third = "" if database_at is None else f", PostgreSQL's clock {time_text(database_at)}"
    return (
        f"the ledger's time is {time_text(clocks.ledger)}, this machine's clock says {time_text(now)}{third}: the ledger is "
        f"{clocks.ahead.total_seconds():.0f} s ahead, more than {CLOCK_AHEAD_MAX_SECONDS:g} s, and nobody is called; "
        "set the clock that is wrong right, then `dialtrail account resume`"
    )
