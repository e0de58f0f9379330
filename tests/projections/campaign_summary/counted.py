"""The figures of a campaign after a history."""

from pathlib import Path

from projections import campaign_summary
from projections.campaign_summary import Calls, CampaignSummary
from projections.views import snapshot
from tests.projections.history import World
from tests.projections.kept_views import catch_up, new_store

NO_CALLS = Calls(calls=0, measured=0, seconds_total=0.0, seconds_max=0.0)


def summary(tmp_path: Path, made: World, number: int = 1) -> CampaignSummary:
    """A campaign's figures now."""
    with new_store(tmp_path / f"views-{made.ledger.position}.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            return campaign_summary.counters_now(taken.connection, number).summary()
