"""The account: what is known of its limits, and what of it is held; each command reads, decides and appends in one commit."""

from msgspec import Struct

from adapters.ledger.transaction import Transaction
from application.commands.command import Command
from domain import account
from domain.account import RESTORED, UsageObserved
from domain.dialing import Clocks
from domain.divergence import DivergenceObserved
from domain.errors import Conflict
from domain.identity import LEDGER_STREAM, account_stream
from domain.instants import time_text
from domain.ledger_life import LedgerRestored


class Resumption(Struct, frozen=True, kw_only=True):
    """What held the account up and does not any more: a pause (its code or cause), and a clock that was so far ahead.

    Up to the position that was acknowledged, no time that is still to come is believed.
    """

    lifted: str | None
    acknowledged_position: int | None
    ahead_seconds: int | None


def begin_with(fingerprint: str) -> Command[bool]:
    """Begin to dial with this key: where the account that was used before is paused, this one is, too; whether that is new."""

    def decide(tx: Transaction) -> bool:
        return carry_pause(tx, fingerprint)

    return decide


def pause_restored(fingerprint: str, found: LedgerRestored) -> Command[None]:
    """Nobody is called on this ledger, which is not the one that was dialled on last, before an operator says so."""

    def decide(tx: Transaction) -> None:
        carry_pause(tx, fingerprint)
        known = tx.account(fingerprint)
        if tx.ledger().restored == found and known.pause is not None and known.pause.cause == RESTORED:
            return  # it was found before, and what was to be written beside the ledger could not be
        tx.append(LEDGER_STREAM, [found])
        tx.append(account_stream(fingerprint), account.pause(known, RESTORED, code=found.why))

    return decide


def carry_pause(tx: Transaction, fingerprint: str) -> bool:
    """Pause this account if the one that was used before is another one, and paused; whether that is new."""
    known, last = tx.account(fingerprint), tx.last_account()
    if last is None or last == fingerprint:
        return False
    events = account.carry_over(known, tx.account(last), last)
    tx.append(account_stream(fingerprint), events)
    return bool(events)


def release_destinations(fingerprint: str | None, prefix: str) -> Command[int]:
    """Let all that is held and begins with this prefix be dialled again; how many holds that were."""

    def decide(tx: Transaction) -> int:
        if fingerprint is None:
            return 0
        events = account.release_destinations(tx.account(fingerprint), prefix)
        tx.append(account_stream(fingerprint), events)
        return len(events)

    return decide


def resume_account(fingerprint: str | None, position: int) -> Command[Resumption]:
    """Lift the account's pause, and acknowledge what is on record, up to a position, where the clock was ahead and is right again.

    Raises `Conflict` where it is not right, or no account is known.
    """

    def decide(tx: Transaction) -> Resumption:
        if fingerprint is None:
            raise Conflict("no account is known yet: set MINIVOICE_API_KEY, and start")
        now = Clocks(tx.clocks.machine, tx.now)
        if now.is_ledger_ahead:
            raise Conflict(
                f"the database's clock says {time_text(now.ledger)} and this machine's {time_text(now.machine)}: "
                "set the one that is wrong right, then resume"
            )
        before = tx.account(fingerprint)
        was = Clocks(tx.now, tx.clocks.ledger)
        acknowledged = position if was.is_ledger_ahead else None
        tx.append(account_stream(fingerprint), account.resume_and_acknowledge(before, acknowledged, "account resume"))
        return Resumption(
            lifted=None if before.pause is None else before.pause.code or before.pause.cause,
            acknowledged_position=acknowledged,
            ahead_seconds=None if acknowledged is None else int(was.ahead.total_seconds()),
        )

    return decide


def record_limit(fingerprint: str, limit: str, value: float, code: str) -> Command[None]:
    """Record what was found out of one of the account's limits, so that a restart begins from it."""

    def decide(tx: Transaction) -> None:
        tx.append(account_stream(fingerprint), account.learn(tx.account(fingerprint), limit, value, code))

    return decide


def observe_usage(fingerprint: str, observed: UsageObserved) -> Command[None]:
    """Record what MiniVoice says was spent, if it says anything new."""

    def decide(tx: Transaction) -> None:
        tx.append(account_stream(fingerprint), account.observe_usage(tx.account(fingerprint), observed))

    return decide


def observe_divergence(fingerprint: str, observed: DivergenceObserved) -> Command[None]:
    """Record one part of a look at what the provider says of earlier calls, also where it found nothing."""

    def decide(tx: Transaction) -> None:
        tx.account(fingerprint)
        tx.append(account_stream(fingerprint), [observed])

    return decide
