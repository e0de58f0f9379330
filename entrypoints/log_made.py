"""What keeps the verifiable log, put together as ordered: a thread of the process that dials, or of the one that keeps its views.

That one is to be small, and so nothing here reads settings, nor loads a client for witnesses where there are none.
"""

from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from adapters.verifiable_log.key_file import LogKeys
from adapters.verifiable_log.note import VerifierKey
from adapters.verifiable_log.opening import open_log_store
from adapters.verifiable_log.store import LogStore
from application.log_keeping.keeper import LogKeeper, ReadRows
from application.log_keeping.keeping import LogKeeping
from application.log_keeping.publishing import CheckpointPlaces
from application.log_keeping.signer import AskWitnesses, LogSigner
from application.log_report import LogOrders, LogReport
from entrypoints.process import THIS_MACHINE, Outside


def made_log(
    orders: LogOrders,
    folder: Path,
    database_url: str | None,
    read_rows: ReadRows,
    told: Callable[[LogReport], None] = lambda _: None,
    outside: Outside = THIS_MACHINE,
) -> LogKeeping:
    """Keeps the log of a ledger; its key and its newest checkpoint lie in the folder."""
    store = open_log_store(folder, database_url)
    signer = made_signer(orders, folder, store, outside)
    keeper = LogKeeper(read_rows, store, orders.origin)
    return LogKeeping(keeper, signer, store.close, outside.clock, told, turns=outside.turns)


def made_signer(orders: LogOrders, folder: Path, store: LogStore, outside: Outside) -> LogSigner:
    """Signs the log that is kept in the store, under the key of the folder."""
    return LogSigner(
        store,
        LogKeys(folder, outside.new_bytes),
        CheckpointPlaces(folder, [Path(one) for one in orders.checkpoint_files]),
        timedelta(seconds=orders.checkpoint_seconds),
        _witnesses(orders, store) if orders.witnesses else None,
    )


def _witnesses(orders: LogOrders, store: LogStore) -> AskWitnesses:
    from adapters.verifiable_log.witness_client import WitnessPlace  # noqa: PLC0415 - an HTTP client, 3 MiB
    from application.log_keeping.witnesses import Witnesses  # noqa: PLC0415

    places = [WitnessPlace(url, VerifierKey.parse(vkey)) for url, vkey in orders.witnesses]
    return Witnesses(store, places, [ip_network(one) for one in orders.targets_allowed])
