"""Does MiniVoice count more calls than the ledger? A hint, as of a ledger that was put back, and never more."""

from urllib.parse import urlencode

from adapters.minivoice_answers import LookupFailed
from domain.account import UsageObserved
from domain.counted import counted
from domain.errors import DialtrailError
from domain.instants import time_text
from entrypoints.doctor.finding import Finding
from entrypoints.doctor.webhook_part import Ask


async def usage_findings(ask: Ask, usage: UsageObserved | LookupFailed) -> list[Finding]:
    """The hint, where there is any. The ledger's hours count whole, so that it never knows too few by this."""
    if not isinstance(usage, UsageObserved) or usage.calls is None:
        return []
    window = urlencode({"since": time_text(usage.window_from), "until": time_text(usage.window_to)})
    try:
        known = int((await ask(f"/v1/figures?{window}"))["total"]["calls"])
    except (DialtrailError, KeyError):  # the server is older, or its views are not there yet
        return []
    if usage.calls <= known:
        return []
    what = (
        f"MiniVoice counts {counted(usage.calls, 'call')} in the last 24 hours, the ledger knows {known:,} of them: others may "
        "use the key, or this ledger is not the one that placed them"
    )
    return [Finding("provider", "note", what, "if nobody else uses the key: was an earlier ledger put back?")]
