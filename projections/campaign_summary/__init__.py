"""What a campaign has come to: its funnel, its attempts and error codes, its calls and how long they were, its pace.

Counted along with the changes, and put away at every `CHECKPOINT_POSITIONS`th position: a moment of the past is the last
checkpoint before it with the changes since.
"""

from projections.campaign_summary.counters import CALL_ENDS, PHASES, CallEnd, Calls, CampaignSummary, Counters
from projections.campaign_summary.fold import CHECKPOINT_POSITIONS, SummaryFold, checkpoint_from, checkpoint_up_to, load
from projections.campaign_summary.reads import (
    PaceMinute,
    campaigns,
    counters_at_checkpoint,
    counters_now,
    ids_of,
    latest_campaigns,
    named_like,
    number_of,
    pace,
    under_way_before,
)
from projections.campaign_summary.shared import (
    MAKE_MOVES,
    MOVES,
    SummaryShare,
    campaigns_of_all,
    checkpoints_of_all,
    kept_of,
    paces_of_all,
)
from projections.campaign_summary.summed import SummedChanges
from projections.campaign_summary.tables import CAMPAIGN, CHECKPOINT, NAME, OF_ALL, PACE, VERSION
