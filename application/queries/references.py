"""Which references a campaign has already: asked before an import into one whose references are unique."""

import asyncio
from collections.abc import Iterable

from adapters.recipient_file import RecipientRow
from application.commands.unique_references import ReferencesTaken
from application.installation import Installation
from application.queries.moments import AT_LEAST_SECONDS_MAX
from domain.errors import ViewsBehind
from domain.recipient import reference_of
from projections.recipient_status import references_taken


async def references_before(
    parts: Installation, campaign_id: str, rows: Iterable[RecipientRow]
) -> ReferencesTaken | None:
    """Those of these rows that are taken, as far as the views have come; None where they may repeat.

    Raises `ViewsBehind` where the views do not come as far as the ledger is now.
    """
    state = await asyncio.to_thread(parts.reads.known_campaigns.at, campaign_id, parts.ledger.position)
    if state is None or state.plan.unique_references is not True:
        return None
    if not await parts.projector.wait_for(parts.ledger.position, AT_LEAST_SECONDS_MAX):
        raise ViewsBehind("the views do not know yet who was enrolled before, and references are unique; try again")
    return await asyncio.to_thread(_taken, parts, campaign_id, rows)


def _taken(parts: Installation, campaign_id: str, rows: Iterable[RecipientRow]) -> ReferencesTaken:
    wanted = {reference for row in rows if (reference := reference_of(row.variables)) is not None}
    with parts.reads.reading() as taken:
        number, _ = parts.reads.campaign_in(taken, campaign_id, taken.position)
        return ReferencesTaken(taken.position, references_taken(taken.connection, number, sorted(wanted)))
