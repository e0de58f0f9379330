"""The WAL files of a data folder: what SQLite writes ahead of each database, and what is said where one has grown long."""

from pathlib import Path

from msgspec import Struct

LEDGER_FILE = "ledger.db"
DATABASES = (LEDGER_FILE, "views.db")
MIB = 1024**2


def wal_bytes(database: Path) -> int:
    """How large the WAL beside a database's file is; 0 where there is none."""
    try:
        return database.with_name(f"{database.name}-wal").stat().st_size
    except OSError:
        return 0


class WalFiles(Struct, frozen=True):
    """Those of a data folder; one of more than `bytes_max` is long. `folder` is None where all is in PostgreSQL."""

    folder: Path | None
    bytes_max: int

    def sizes(self) -> dict[str, int]:
        """How large the WAL of each database is, in bytes."""
        return {} if self.folder is None else {name: wal_bytes(self.folder / name) for name in DATABASES}

    def long(self) -> list[str]:
        """Each that is long, in words."""
        return [
            f"{name}-wal has grown to {count / MIB:.1f} MiB, more than DIALTRAIL_WAL_BYTES_MAX={self.bytes_max} "
            f"({self.bytes_max / MIB:.1f} MiB): some program reads {name} for very long"
            for name, count in self.sizes().items()
            if count > self.bytes_max
        ]
