"""What keeps the verifiable log, put together from the settings: a thread of the process that dials, or of the one that keeps its views."""

import secrets
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from adapters.ledger import Ledger
from adapters.verifiable_log.key_file import LogKeys
from adapters.verifiable_log.note import VerifierKey
from adapters.verifiable_log.opening import open_log_store
from adapters.verifiable_log.store import LogStore
from adapters.verifiable_log.witness_client import WitnessPlace
from application.evidence.making import BundleMaker, EvidencePlaces
from application.log_keeping.ending import end_log
from application.log_keeping.keeper import LogKeeper, ReadRows
from application.log_keeping.keeping import LogKeeping
from application.log_keeping.publishing import CheckpointPlaces
from application.log_keeping.signer import LogSigner
from application.log_keeping.witnesses import Witnesses
from application.log_report import LogOrders, LogReport
from entrypoints.process import THIS_MACHINE, Outside
from entrypoints.settings import Settings

ORIGIN_BEGINS = "dialtrail/"


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
    signer = _signer(orders, folder, store, outside)
    keeper = LogKeeper(read_rows, store, orders.origin)
    return LogKeeping(keeper, signer, store.close, outside.clock, told, turns=outside.turns)


def end_log_of(settings: Settings, name: str, read_rows: ReadRows) -> str | None:
    """Bring the log of a ledger that is left to its end, if one was begun; why that is not signed, None where it is.

    Raises `LedgerUnusable` where the ledger is not what the log has.
    """
    with closing(open_log_store(settings.home, settings.ledger_url)) as store:
        if store.head() is None:
            return None
        orders = log_orders(settings, name)
        return end_log(
            LogKeeper(read_rows, store, orders.origin),
            _signer(orders, settings.home, store, THIS_MACHINE),
            THIS_MACHINE.clock,
        )


def log_name(ledger: Ledger) -> str:
    """What its log is called by default: copies have the same one, but for a sealed copy, whose log begins anew."""
    sealed = ledger.sealed
    return f"{ledger.key_check}/sealed" if sealed is not None and sealed.is_copy else ledger.key_check


def log_orders(settings: Settings, name: str) -> LogOrders:
    """What the settings say of the log of a ledger; without a name it has that of the ledger, whose copies have the same."""
    return LogOrders(
        origin=settings.log_origin or f"{ORIGIN_BEGINS}{name}",
        checkpoint_seconds=settings.log_checkpoint_seconds,
        checkpoint_files=[str(one.absolute()) for one in settings.log_checkpoint_files],
        witnesses=[(one.url, one.vkey) for one in settings.log_witnesses],
        targets_allowed=[str(one) for one in settings.targets_allowed],
    )


def bundle_maker(settings: Settings, folder: Path) -> BundleMaker:
    """Makes bundles of evidence for whoever asks this process for one."""
    return BundleMaker(
        EvidencePlaces(
            folder=folder, database_url=settings.ledger_url, keys_url=settings.keys_url, chance=secrets.token_bytes
        )
    )


def _signer(orders: LogOrders, folder: Path, store: LogStore, outside: Outside) -> LogSigner:
    return LogSigner(
        store,
        LogKeys(folder, outside.new_bytes),
        CheckpointPlaces(folder, [Path(one) for one in orders.checkpoint_files]),
        timedelta(seconds=orders.checkpoint_seconds),
        _witnesses(orders, store) if orders.witnesses else None,
    )


def _witnesses(orders: LogOrders, store: LogStore) -> Witnesses:
    places = [WitnessPlace(url, VerifierKey.parse(vkey)) for url, vkey in orders.witnesses]
    return Witnesses(store, places, [ip_network(one) for one in orders.targets_allowed])
