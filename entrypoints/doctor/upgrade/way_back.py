"""Whether the release before this one can still go on with the ledger, and what it would not do as it is meant."""

from collections.abc import Mapping

from domain.counted import counted
from entrypoints.doctor.finding import Finding
from entrypoints.doctor.upgrade.scan import Scanned

TOLD_MAX = 5
MEANT_OTHERWISE = "pause them before the old version is started, and look at whom it would call"
KEEP_OPEN = (
    "back up first; DIALTRAIL_DIVERGENCE_REQUESTS_A_DAY_MAX=0 keeps the way back open until something new is used"
)
BACK = "stop this version, start the old one on the same ledger: it makes its own views and marks, and nothing has to be deleted"
BACKUP = "the way back is the backup from before the first start; what came since is not in it"
NOT_SURE = f"{BACKUP}; that 0.1.0 can go on with this ledger is not certain"
UNSEALED_BACKUP = "the way back is a backup that is not sealed"


def way_back_findings(scanned: Scanned, *, is_dialled: bool, divergence_requests: int) -> list[Finding]:
    """What stands against going back. `is_dialled`: this version has begun to dial on it; `divergence_requests` are a day's."""
    if scanned.later:
        return [_found(f"0.1.0 cannot go on with this ledger: it does not know {_told(scanned.later)}", BACKUP)]
    what, hint = "0.1.0 can read all of the ledger, and go on with it", BACK
    if not scanned.is_all:
        what, hint = (
            f"0.1.0 can read the newest {counted(scanned.events, 'event')}; the rest was not looked at",
            NOT_SURE,
        )
    if not is_dialled and divergence_requests:
        what, hint = (
            f"{what}; the first start of this version records divergence.observed, which it does not know",
            KEEP_OPEN,
        )
    return [_found(what, hint), *_plans(scanned.plans)]


def sealed_finding() -> Finding:
    """Of a ledger whose personal fields are encrypted."""
    return _found("0.1.0 cannot go on with this ledger: it is sealed", UNSEALED_BACKUP)


def _plans(campaigns: tuple[str, ...]) -> list[Finding]:
    if not campaigns:
        return []
    names = ", ".join(campaigns[:TOLD_MAX])
    told = names if len(campaigns) <= TOLD_MAX else f"{names} and {len(campaigns) - TOLD_MAX} more"
    what = f"0.1.0 passes over rules that it does not know, of the plans that were made since: {told}"
    return [_found(what, MEANT_OTHERWISE)]


def _told(later: Mapping[str, int]) -> str:
    first = sorted(later.items(), key=lambda one: (-one[1], one[0]))[:TOLD_MAX]
    told = ", ".join(f"{count:,} {name}" for name, count in first)
    return told if len(later) <= TOLD_MAX else f"{told} and {len(later) - TOLD_MAX} other kinds"


def _found(what: str, what_to_do: str) -> Finding:
    return Finding("ledger", "note", what, what_to_do)
