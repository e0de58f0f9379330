"""Two clocks: this machine's and the ledger's. Whoever is dialled may be by both, and nobody is where they are too far apart."""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from domain.dialing.verdict import Reason, Verdict
from domain.instants import time_text

CLOCK_AHEAD_MAX_SECONDS = 5.0
CLOCK_AHEAD = "clock_ahead"
_AHEAD_MAX = timedelta(seconds=CLOCK_AHEAD_MAX_SECONDS)


class Clocks(Struct, frozen=True):
    """What this machine's clock says, and the ledger's time: the latest that its clock has said since it was set right (UTC)."""

    machine: datetime
    ledger: datetime

    @classmethod
    def agreeing(cls, now: datetime) -> "Clocks":
        """Where both say the same."""
        return cls(now, now)

    @property
    def ahead(self) -> timedelta:
        """How far the ledger is ahead of the machine; negative where it is behind."""
        return self.ledger - self.machine

    @property
    def is_ledger_ahead(self) -> bool:
        """Whether the ledger is further ahead than it may be: one of the two clocks is wrong, or was."""
        return self.ahead > _AHEAD_MAX

    @property
    def ends_at(self) -> datetime:
        """When the machine's clock comes close enough by itself."""
        return self.ledger - _AHEAD_MAX


def judge_by(clocks: Clocks, judge: Callable[[datetime], Verdict]) -> Verdict:
    """The verdict by both clocks: what stands against a call by either, and `clock_ahead` where they are too far apart."""
    verdict = judge(clocks.machine)
    if clocks.ledger == clocks.machine:
        return verdict
    known = {reason.rule for reason in verdict.reasons}
    found = [reason for reason in judge(clocks.ledger).reasons if reason.rule not in known]
    if clocks.is_ledger_ahead:
        found.append(_clock_ahead(clocks))
    return replace(verdict, reasons=(*verdict.reasons, *found), ledger_at=clocks.ledger)


def _clock_ahead(clocks: Clocks) -> Reason:
    return Reason(
        rule=CLOCK_AHEAD,
        scope="account",
        until=clocks.ends_at,
        inputs={
            "machine_at": time_text(clocks.machine),
            "ledger_at": time_text(clocks.ledger),
            "ahead_seconds": int(clocks.ahead.total_seconds()),
            "clock_ahead_max_seconds": int(CLOCK_AHEAD_MAX_SECONDS),
        },
    )
