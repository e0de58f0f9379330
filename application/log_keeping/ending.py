"""A ledger is about to be left: its log is brought to the ledger's end and signed there, for nobody does it later."""

from collections.abc import Callable
from datetime import datetime

import structlog

from adapters.verifiable_log.store import LogHead
from application.log_keeping.keeper import LogKeeper
from application.log_keeping.signer import LogSigner
from domain.counted import counted
from domain.errors import DialtrailError, LedgerUnusable
from projections.follow import said_of

log = structlog.get_logger("dialtrail.log")


def end_log(keeper: LogKeeper, signer: LogSigner, clock: Callable[[], datetime]) -> str | None:
    """Take in all that the ledger has, sign it, and ask the witnesses; why the end could not be signed, None where it is.

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
    _have_cosigned(keeper.head, signer, clock)
    if signer.fork is not None:
        raise LedgerUnusable(signer.fork)
    return _unsigned(keeper, signer, "; ".join(signer.notes))


def _have_cosigned(head: LogHead, signer: LogSigner, clock: Callable[[], datetime]) -> None:
    """Nobody asks the witnesses later. What they cosign is published; the log ends without those who do not answer in time."""
    if signer.fork is not None:
        return
    try:
        silent = signer.witness_last(head)
        signer.tick(head, clock())
    except Exception as error:  # noqa: BLE001 - it is signed, and the ledger can be left
        silent = [f"the log's witnesses could not be asked: {said_of(error)}"]
    for why in silent:
        log.warning("the log's last checkpoint is without a cosignature", why=why)


def _unsigned(keeper: LogKeeper, signer: LogSigner, why: str) -> str | None:
    size = 0 if keeper.head is None else keeper.head.size
    missing = size - (0 if signer.newest is None else signer.newest.size)
    if not missing:
        return None
    return f"{counted(missing, 'event is', 'events are')} in the log, and under no checkpoint of it: {why}"
