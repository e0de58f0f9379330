"""A campaign that began with a few calls only: no more of them than it may, and what became of them once they are over."""

from collections.abc import Mapping
from datetime import datetime

from application.views.reads import CampaignRead
from projections.in_flight import InFlight


class Canaries:
    """Looks at what is in flight; it keeps nothing, so that a restart changes nothing."""

    def __init__(self, in_flight: InFlight) -> None:
        self._in_flight = in_flight

    def keeps_back(self, campaign_id: str, starting: int) -> bool:
        """Whether a campaign has begun all its canary's calls, `starting` of which are on their way to the ledger."""
        most = self._in_flight.campaigns[campaign_id].canary
        return most is not None and self._in_flight.counts.calls_begun(campaign_id) + starting >= most

    def is_over(self, campaign_id: str, starting: int, now: datetime) -> bool:
        """Whether all of them are settled, and their calls have ended."""
        return (
            not starting
            and self.keeps_back(campaign_id, 0)
            and not self._in_flight.attempts.is_anything_open(campaign_id, now)
        )


def outcomes(read: CampaignRead) -> Mapping[str, str]:
    """What became of the attempts, for the pause to say."""
    summary, counts = read.summary, read.counts
    if summary is None or counts is None:
        return {}
    told = {f"attempts_{phase}": count for phase, count in summary.attempts.items()}
    told |= {f"calls_{end}": calls.calls for end, calls in summary.calls.items()}
    return {name: str(count) for name, count in {"reached": counts["reached"], **told}.items() if count}
