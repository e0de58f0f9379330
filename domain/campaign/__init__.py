"""A campaign: who calls, how fast, whether it runs, and whose word that takes."""

from domain.campaign.agents import agent_rules, tell_agents
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
    BY_SCHEDULE,
    CALLS_AT_ONCE_DEFAULT,
    CALLS_PER_SECOND_DEFAULT,
    AgentsTold,
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
from domain.campaign.lookup import LOOKUP_TIMEOUT_SECONDS_DEFAULT, LOOKUP_TTL_SECONDS_DEFAULT, Lookup, OnFailure
from domain.campaign.schedule import (
    Schedule,
    Scheduled,
    ScheduledAct,
    acts_of,
    is_daily,
    next_scheduled,
    start_of,
    stop_of,
)
from domain.campaign.scheduled import due_by_schedule, ends_pause, follow_schedule, stands_still_by_schedule
from domain.campaign.state import CANARY, INITIAL, CampaignPause, CampaignState, Phase, evolve, existing
