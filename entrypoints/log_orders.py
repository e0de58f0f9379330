"""What the settings say of the verifiable log, and of the bundles that are made with it."""

import secrets
from contextlib import closing
from pathlib import Path

from adapters.ledger import Ledger
from adapters.verifiable_log.opening import open_log_store
from application.evidence.making import BundleMaker, EvidencePlaces
from application.log_keeping.ending import end_log
from application.log_keeping.keeper import LogKeeper, ReadRows
from application.log_report import LogOrders
from entrypoints.log_made import made_signer
from entrypoints.process import THIS_MACHINE
from entrypoints.settings import Settings

ORIGIN_BEGINS = "dialtrail/"


def end_log_of(settings: Settings, name: str, read_rows: ReadRows) -> str | None:
    """Bring the log of a ledger that is left to its end, if one was begun; why that is not signed, None where it is.

    Raises `LedgerUnusable` where the ledger is not what the log has.
    """
    with closing(open_log_store(settings.home, settings.ledger_url)) as store:
        if store.head() is None:
            return None
        orders = log_orders(settings, name)
        signer = made_signer(orders, settings.home, store, THIS_MACHINE)
        return end_log(LogKeeper(read_rows, store, orders.origin), signer, THIS_MACHINE.clock)


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
