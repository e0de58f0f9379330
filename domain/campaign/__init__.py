"""A campaign: who calls, how fast, whether it runs, and whose word that takes."""

from domain.campaign.approval import (
    Operator,
    Proposal,
    approve,
    carried_out,
    change_of,
    decline,
    propose,
    revise,
    start,
)
from domain.campaign.callers import RemovedCaller, pool_numbers, without_number
from domain.campaign.changes import CHANGE_WAITS_MAX, CHANGES_KEPT_MAX, CampaignChange, ChangeStatus
from domain.campaign.decisions import (
    accept_recipients,
    begin_probe,
    cancel,
    complete,
    create,
    pause,
    remove_caller,
    resume,
)
from domain.campaign.events import (
    CALLS_AT_ONCE_DEFAULT,
    CALLS_PER_SECOND_DEFAULT,
    CallerNumberRemoved,
    CampaignCanceled,
    CampaignChangeApproved,
    CampaignChangeDeclined,
    CampaignChangeRequested,
    CampaignCompleted,
    CampaignCreated,
    CampaignEvent,
    CampaignPaused,
    CampaignResumed,
    CampaignRevised,
    CampaignStarted,
    ChangeKind,
    Limits,
    Plan,
)
from domain.campaign.state import CANARY, INITIAL, CampaignPause, CampaignState, Phase, evolve, existing
