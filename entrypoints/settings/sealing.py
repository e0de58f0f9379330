"""Whether a new ledger is sealed, and where its keys are kept."""

from pydantic import BaseModel

from entrypoints.settings.values import DatabaseSecret
from entrypoints.settings.wire import setting


class SealingSettings(BaseModel):
    """The keys of personal fields; part of `Settings`."""

    sealed: bool = setting(
        "DIALTRAIL_SEALED",
        False,
        "1: a ledger that begins seals personal fields, so that they can be erased; it stays sealed whatever is set later, and "
        "one that began without takes no 1",
        "1 or 0",
    )
    keys_database_url: DatabaseSecret | None = setting(
        "DIALTRAIL_KEYS_DATABASE_URL",
        None,
        "the keys of a sealed ledger in this PostgreSQL database instead of beside the ledger, so that no backup has both; needs "
        "the extra dialtrail[postgres]",
        "postgresql://user:password@host/database",
    )

    @property
    def keys_url(self) -> str | None:
        """The database that the keys are in, with its password; None where they are beside the ledger."""
        return None if self.keys_database_url is None else self.keys_database_url.get_secret_value()
