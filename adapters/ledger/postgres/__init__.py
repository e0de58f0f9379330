"""The ledger in PostgreSQL."""

from adapters.ledger.postgres.alone import alone_on
from adapters.ledger.postgres.checksums import has_checksums
from adapters.ledger.postgres.factory import PostgresFactory
from adapters.ledger.postgres.lease import Lease
from adapters.ledger.postgres.opening import (
    open_postgres_ledger,
    open_postgres_reader,
    open_postgres_side,
    shown_url,
)
from adapters.ledger.postgres.recorder import PostgresRecorder
from adapters.ledger.postgres.session import PostgresSession
