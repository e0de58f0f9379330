"""The ledger: every event of an installation, in one total order, on the eventsourcing library's persistence."""

from adapters.ledger.application import LedgerApplication
from adapters.ledger.key_tables import carry_keys
from adapters.ledger.lanes import LANES, Lane, LaneLimits
from adapters.ledger.ledger import Ledger
from adapters.ledger.opened import open_sqlite_ledger
from adapters.ledger.opening import (
    Ownership,
    alone_on,
    has_checksums,
    open_ledger,
    open_reader,
    open_side,
    owned_database,
    shown_place,
)
from adapters.ledger.reader import LedgerReader, open_sqlite_reader
from adapters.ledger.sealing import Sealing
from adapters.ledger.side import Side, resumable
from adapters.ledger.sqlite.index_check import IndexDamage, LookedThrough, look_through_indexes
from adapters.ledger.ticket import CommandOutcome, Committed, Waker
