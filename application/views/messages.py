"""What the process that serves and the process that keeps the views say to each other, a line of JSON each."""

from datetime import datetime

from msgspec import Struct

from application.log_report import LogOrders, LogReport
from application.views.rebuilding import Rebuilding
from projections.store import WAL_BYTES_MAX


class Orders(Struct, frozen=True, kw_only=True):
    """What the child is told first. `database_url` where the ledger is in PostgreSQL, else `wal_bytes_max` of the views' file.

    It keeps the verifiable log as well where `log` says how.
    `keys_url` is the database of the ledger's keys, where they have one.
    """

    folder: str
    database_url: str | None
    fingerprint: str | None
    wal_bytes_max: int = WAL_BYTES_MAX
    log: LogOrders | None = None
    keys_url: str | None = None

    def __repr__(self) -> str:
        return f"Orders(folder={self.folder!r})"


class Knock(Struct, frozen=True, omit_defaults=True):
    """What the child is told then: that there was a commit, that nobody reads any more, or to rebuild the views.

    `keeps_log` says whether the verifiable log is to be kept there from now on, where that is said.
    """

    committed: bool = False
    shut: bool = False
    rebuild: bool = False
    keeps_log: bool | None = None


class ProjectorReport(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the child stands. `wants_shut` asks that nobody read, `is_open` says that the views may be read (again).

    `rebuilds` is how many orders to rebuild it has heard.
    """

    position: int = 0
    behind_since: datetime | None = None
    trouble: str | None = None
    why_rebuilt: str | None = None
    rebuilding: Rebuilding | None = None
    left_out: str | None = None
    is_idle: bool = False
    is_open: bool = False
    wants_shut: bool = False
    opened: int = 0
    rebuilds: int = 0
    log: LogReport = LogReport()
