"""A ledger is about to be left: its log is brought to the ledger's end and signed there, for nobody does it later."""

from collections.abc import Callable
from datetime import datetime

from application.log_keeping.keeper import LogKeeper
from application.log_keeping.signer import LogSigner
from domain.counted import counted
from domain.errors import DialtrailError, LedgerUnusable


def end_log(keeper: LogKeeper, signer: LogSigner, clock: Callable[[], datetime]) -> str | None:
    """Take in all that the ledger has, and sign it; why the end could not be signed, None where it is.

    Raises `LedgerUnusable` where the ledger is not the one that the log is about, or another process keeps the log.
    """
    while keeper.step():
        pass
    if keeper.fork is not None:
        raise LedgerUnusable(keeper.fork)
    if keeper.stood_back or keeper.head is None:
        raise LedgerUnusable("another process keeps the log of this ledger: stop it first")
    try:
        signer.tick(keeper.head, clock(), at_once=True)
    except DialtrailError as error:
        return _unsigned(keeper, signer, str(error))
    if signer.fork is not None:
        raise LedgerUnusable(signer.fork)
    return _unsigned(keeper, signer, "; ".join(signer.notes))


def _unsigned(keeper: LogKeeper, signer: LogSigner, why: str) -> str | None:
    size = 0 if keeper.head is None else keeper.head.size
    missing = size - (0 if signer.newest is None else signer.newest.size)
    if not missing:
        return None
    return f"{counted(missing, 'event is', 'events are')} in the log, and under no checkpoint of it: {why}"
