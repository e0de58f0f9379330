"""What was under way as far as the views have come, from which the fold begins."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from projections import attempt_index, call_index, campaign_summary
from projections.attempt_index import AttemptRow
from projections.in_flight.attempt_counts import SENDS_KEPT_MAX, begun_of, placed_of
from projections.views import ViewsSnapshot


class LoadedInFlight(Struct, frozen=True, kw_only=True):
    """What the views know of what was under way at a position of the ledger."""

    position: int
    campaign_ids: Sequence[str]
    open_streams: Sequence[str]
    watched_calls: Sequence[str]
    sends: Mapping[str, Sequence[AttemptRow]]
    placed: Mapping[str, int]
    begun: Mapping[str, int] = {}
    fingerprint: str | None


def loaded_from(taken: ViewsSnapshot) -> LoadedInFlight:
    """What is under way by a read of the views."""
    connection = taken.connection
    campaigns = campaign_summary.campaigns(connection)
    attempts = {
        campaign_id: campaign_summary.counters_now(connection, number).summary().attempts
        for number, campaign_id in campaigns.items()
    }
    return LoadedInFlight(
        position=taken.position,
        campaign_ids=list(campaigns.values()),
        open_streams=sorted({row.stream for row in attempt_index.open_attempts(connection)}),
        watched_calls=list(call_index.calls_to_watch(connection)),
        sends={
            campaign_id: attempt_index.last_sent(connection, number, SENDS_KEPT_MAX)[::-1]
            for number, campaign_id in campaigns.items()
        },
        placed={campaign_id: placed_of(phases) for campaign_id, phases in attempts.items()},
        begun={campaign_id: begun_of(phases) for campaign_id, phases in attempts.items()},
        fingerprint=taken.fingerprint,
    )
