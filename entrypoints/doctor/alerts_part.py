"""Would somebody be told? Nothing is sent to find out."""

from domain.counted import counted
from domain.errors import DialtrailError
from entrypoints.doctor.finding import Finding
from entrypoints.doctor.webhook_part import Ask

TRY = "`dialtrail alerts test` sends a message that tries it"


async def alerts_findings(ask: Ask) -> list[Finding]:
    """Whether alerts leave by e-mail; nothing where no e-mail is set, or the server is older."""
    try:
        mail = (await ask("/v1/alerts"))["mail"]
    except (DialtrailError, KeyError):
        return []
    if mail is None:
        return []
    if mail["failing"] is not None:
        what = f"{mail['server']} takes no alerts since {mail['failing']['since']}: {mail['failing']['last']}"
        return [Finding("alerts", "warning", what, f"mend it; {TRY}")]
    what = f"alerts go to {counted(mail['recipients'], 'address', 'addresses')} through {mail['server']}; nothing was sent now"
    return [Finding("alerts", "ok", what, "" if mail["sent_at"] else TRY)]
