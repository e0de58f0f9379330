"""What the dialer takes from outside."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from adapters.ledger import Ownership
from adapters.lookup_client import LookupClient
from application.unsound import BelievedSound, Soundness
from domain.pacing import AccountLimits


class DialerConfig(Struct, frozen=True, kw_only=True):
    """Two clocks, chance (0 to 1), the machine's boot, and the files of its marks.

    `account_limits` are what the operator set of the account's own; `usage_told_at` is when MiniVoice last said what was
    spent since a campaign began; `ownership` whether the ledger is this process's own; `soundness`
    whether its streams are read whole; `lookups` asks users' own systems about people. `high_water` are the files that say how far the ledger has come, none where nobody looks
    whether it was restored; `machine` tells this machine, and its boot, from others.
    """

    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    chance: Callable[[], float]
    new_id: Callable[[], str]
    boot_id: str
    marks: Path
    high_water: Sequence[Path] = ()
    machine: Mapping[str, str] = {}
    fingerprint: str
    only_numbers: Collection[str] | None
    answer_timeout_seconds: float
    account_limits: AccountLimits = AccountLimits()
    usage_told_at: Callable[[str], datetime | None] = lambda _: None
    ownership: Ownership = Ownership()
    soundness: Soundness = BelievedSound()
    lookups: LookupClient | None = None


def only_if_sound(config: DialerConfig) -> DialerConfig:
    """Nobody is called, either, while the ledger may not say all that it has."""
    given, soundness = config.ownership.trouble, config.soundness

    def trouble() -> str | None:
        unsound = soundness.unsound()
        return given() if unsound is None else f"{unsound.says}; {unsound.what_to_do}"

    return replace(config, ownership=replace(config.ownership, trouble=trouble))
