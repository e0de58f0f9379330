"""Do webhooks come in at all? What the ledger's own word on that is."""

from domain.errors import DialtrailError
from entrypoints.doctor.finding import Finding
from entrypoints.doctor.webhook_part import Ask


async def silence_findings(ask: Ask) -> list[Finding]:
    """The finding where calls are open and no webhook tells of them; none where the server is older, and cannot say it."""
    try:
        silence = (await ask("/v1/integrity")).get("silence")
    except DialtrailError:
        return []
    return [] if silence is None else [Finding("webhooks", "warning", silence["says"], silence["what_to_do"])]
