"""Whether a campaign that begins to run calls people whom another one calls, too."""

import asyncio

import structlog

from application.actor import Actor
from application.installation import Installation
from application.preflight.warnings import shared_says
from application.queries.moments import moment_in_views
from application.queries.preflight import others_that_run
from domain.errors import DialtrailError
from projections import campaign_summary
from projections.shared_people import shared_people

log = structlog.get_logger("dialtrail.queries")


async def shared_notes(parts: Installation, actor: Actor, campaign_id: str) -> list[str]:
    """A sentence with the figure, or nothing where there are none. It never fails: the campaign has begun to run."""
    if not others_that_run(parts, campaign_id):
        return []
    try:
        await moment_in_views(parts, None)
        with parts.dear_reads.one(actor):
            people = await asyncio.to_thread(_shared, parts, campaign_id)
    except DialtrailError as error:
        log.warning("who is called by two campaigns could not be counted", campaign_id=campaign_id, error=str(error))
        return [f"how many are called by another campaign, too, could not be counted: {error}"]
    return [shared_says(people)] if people else []


def _shared(parts: Installation, campaign_id: str) -> int:
    others = others_that_run(parts, campaign_id)
    with parts.reads.reading() as taken:
        number, _ = parts.reads.campaign_in(taken, campaign_id, taken.position)
        names = campaign_summary.campaigns(taken.connection).items()
        return shared_people(taken.connection, number, [one for one, name in names if name in others])
