"""How far the verifiable log is, told by whichever process keeps it; and what that process has to know."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

LAG_SECONDS_MAX = 30.0


class LogOrders(Struct, frozen=True, kw_only=True):
    """The name of the log, how often it is signed, and where the checkpoint goes beside the data folder.

    `witnesses` are asked to cosign it: URL and verifier key. They may lie in networks that are `targets_allowed`.
    """

    origin: str
    checkpoint_seconds: float
    checkpoint_files: list[str] = []
    witnesses: list[tuple[str, str]] = []
    targets_allowed: list[str] = []


class LogReport(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far the log is: events in it, the position of the last, how many of them are signed since when (unix seconds).

    `at_end_at` is when it last had all that was stored, `trouble` what keeps it from going on.
    """

    size: int = 0
    position: int = 0
    signed_size: int = 0
    signed_at: float | None = None
    at_end_at: datetime | None = None
    trouble: str | None = None
    notes: list[str] = []

    def lag(self, since: datetime, now: datetime) -> list[str]:
        """That it is behind for long, in words, where it is kept `since` then; nothing where it is not."""
        seconds = (now - max(self.at_end_at or since, since)).total_seconds()
        if seconds <= LAG_SECONDS_MAX:
            return []
        return [f"the log has not been at the ledger's end for {seconds:.0f} s: it is at position {self.position}"]


class KeptLog(Protocol):
    """What keeps the log: a thread of this process, or of another one."""

    @property
    def log_report(self) -> LogReport:
        """How far it is."""

    def start_log(self) -> None:
        """Begin, where it is a thread of this process."""

    def keep_log(self, *, keeps: bool) -> None:
        """Keep it from now on, or stand by while another process does. Told again and again: it may have begun anew."""

    def stop_log(self) -> None:
        """Sign what there is by now, and end, where it is a thread of this process."""
