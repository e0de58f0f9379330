"""May this recipient be dialled now? A verdict with its reasons, so that every call and every silence can be explained."""

from domain.dialing.agent_rules import agents_looked_at, agents_reason, with_agents
from domain.dialing.callback_rules import CALLBACK_WAITS
from domain.dialing.caller_rules import caller_gone, caller_reason, callers_looked_at, with_caller
from domain.dialing.clock_rules import (
    SEARCHED_DAYS_MAX,
    barred_dates,
    campaign_clock_reasons,
    judged_zones,
    next_clock_opening,
    only_list_reason,
    recipient_clock_reasons,
)
from domain.dialing.clocks import CLOCK_AHEAD, CLOCK_AHEAD_MAX_SECONDS, Clocks, judge_by
from domain.dialing.consent_rules import (
    consent_held,
    consent_judged_by,
    consent_rules,
    consent_runs_out,
    held_consent_ends_at,
    purposes_accepted,
)
from domain.dialing.declined_rules import DECLINED, declines_counted
from domain.dialing.explained import RuleExplained, explain, zones_judged
from domain.dialing.judge import ATTEMPTS_WITHOUT_POLICY_MAX, judge, judge_person
from domain.dialing.lookup_rules import LOOKUP_FAILED, SENT_WITHIN_SECONDS, due_reason
from domain.dialing.number_rules import kind_reason, kinds_allowed
from domain.dialing.purpose_rules import (
    PURPOSE_WAITS,
    Beside,
    beside,
    calls_by_itself,
    is_not_waited_for,
    purpose_of,
    waits_for,
    with_purposes,
)
from domain.dialing.rules import RULES, RULES_KEPT, RULES_NUMBER
from domain.dialing.verdict import CONSENT_MISSING, DATA_MISSING, Reason, RuleData, Scope, Verdict
