"""In which time zone the people of a campaign mostly are."""

from collections import Counter

from application.installation import Installation
from application.moment import Moment
from domain.zones import zones_in
from projections import recipient_status

PEOPLE_READ_MAX = 100


def usual_zone(parts: Installation, campaign_id: str, moment: Moment) -> str | None:
    """The zone of most of the first who were enrolled; None where none is known. Raises `NotFound`."""
    with parts.reads.reading() as taken:
        number, state = parts.reads.campaign_in(taken, campaign_id, moment.position)
        keys = recipient_status.first_zone_keys(taken.connection, number, moment.position, PEOPLE_READ_MAX)
    policy = state.plan.policy
    default = None if policy is None else policy.default_zone
    # Who may be in several zones is judged by the default, where there is one.
    zones = (found[0] if len(found := zones_in(key)) == 1 or (found and not default) else default for key in keys)
    known = Counter(zone for zone in zones if zone)
    return known.most_common(1)[0][0] if known else default
