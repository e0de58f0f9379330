"""The account: what is known of its limits, and what of it is held; each command reads, decides and appends in one commit."""

from adapters.ledger.transaction import Transaction
from application.commands.command import Command
from domain import account
from domain.account import UsageObserved
from domain.identity import account_stream


def release_destinations(fingerprint: str | None, prefix: str) -> Command[int]:
    """Let all that is held and begins with this prefix be dialled again; how many holds that were."""

    def decide(tx: Transaction) -> int:
        if fingerprint is None:
            return 0
        events = account.release_destinations(tx.account(fingerprint), prefix)
        tx.append(account_stream(fingerprint), events)
        return len(events)

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
