"""Does this machine's clock agree with MiniVoice's?"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from msgspec import Struct

from entrypoints.doctor.finding import Finding

SKEW_SECONDS_WARNING = 5.0
SKEW_SECONDS_DANGER = 300.0
TODO = "set this machine's clock, and let it follow a time server (timedatectl set-ntp true)"


class DateSeen(Struct, frozen=True):
    """A `Date` header, and our clock just before the request and just after its answer."""

    before: datetime
    after: datetime
    header: str


def skew_seconds(seen: DateSeen) -> float | None:
    """How far our clock is ahead of theirs, at least; negative: behind. None where their header is no date.

    Their clock was somewhere within the header's second while ours went from before to after.
    """
    try:
        theirs = parsedate_to_datetime(seen.header)
    except (ValueError, OverflowError):
        return None
    theirs = theirs.replace(tzinfo=theirs.tzinfo or UTC)
    ahead, behind = seen.before - theirs - timedelta(seconds=1), theirs - seen.after
    if ahead > timedelta():
        return ahead.total_seconds()
    return -behind.total_seconds() if behind > timedelta() else 0.0


def clock_findings(seen: DateSeen | None, tolerance_seconds: float) -> list[Finding]:
    """What the provider's answer says about our clock."""
    skew = None if seen is None else skew_seconds(seen)
    if skew is None:
        return [Finding("clock", "note", "not compared: MiniVoice gave no time")]
    if abs(skew) <= SKEW_SECONDS_WARNING:
        return [Finding("clock", "ok", f"agrees with MiniVoice's to within {SKEW_SECONDS_WARNING:g} s")]
    what = f"this machine's clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} MiniVoice's"
    if tolerance_seconds and abs(skew) >= tolerance_seconds:
        what += f": every webhook is refused, with MINIVOICE_WEBHOOK_TOLERANCE_SECONDS={tolerance_seconds:g}"
        return [Finding("clock", "danger", what, TODO)]
    return [Finding("clock", "danger" if abs(skew) >= SKEW_SECONDS_DANGER else "warning", what, TODO)]
