"""What is to change in a campaign's plan, as people and programs write it: what is left out stays as it is."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import UNSET, Struct, structs, to_builtins
from pydantic import Field

from adapters.documents.agents import AgentRulesInput, shown_agent_rules
from adapters.documents.callers import PoolInput, parse_callers, shown_callers
from adapters.documents.campaign import (
    CALLS_AT_ONCE_MAX,
    CALLS_PER_SECOND_MAX,
    CALLS_PER_SECOND_MIN,
    METADATA_KEYS_MAX,
    UNIQUE_REFERENCES,
    WITHOUT_OURS,
    MetadataKey,
    MetadataValue,
)
from adapters.documents.disclosure import disclosing
from adapters.documents.inbound_script import InboundScript, inbound_of
from adapters.documents.input import StrictInput, validated
from adapters.documents.lookup import TTL, LookupInput, TtlSeconds, revised_lookup, shown_lookup, shown_ttl
from adapters.documents.policy import PolicyInput
from adapters.documents.policy_shown import shown_policy
from adapters.documents.schedule import ScheduleInput
from adapters.documents.script import ScriptInput, shown_script, stored_script
from adapters.documents.texts import WHOLE
from domain.campaign import CampaignState, Limits, Plan
from domain.dialing import kinds_allowed
from domain.errors import InvalidInput
from domain.policy import NO_POLICY

REASON_CHARS_MAX = 1_000
FIXED = ("id",)
CALLERS = "from"


class LimitsChange(StrictInput):
    """`limits` of a revision."""

    calls_per_second: (
        Annotated[float, Field(ge=CALLS_PER_SECOND_MIN, le=CALLS_PER_SECOND_MAX, allow_inf_nan=False)] | None
    ) = None
    calls_at_once: Annotated[int, Field(ge=1, le=CALLS_AT_ONCE_MAX), WHOLE] | None = None


class RevisionInput(StrictInput):
    """The body of POST /v1/campaigns/{id}/revise."""

    reason: str = Field(min_length=1, max_length=REASON_CHARS_MAX)
    preview: bool = False
    from_: PoolInput | None = Field(
        default=None, alias="from", description="a pool in place of one number, or of another pool"
    )
    record: bool | None = None
    metadata: Annotated[dict[MetadataKey, MetadataValue], Field(max_length=METADATA_KEYS_MAX)] | None = Field(
        default=None, description="takes the place of all there is", json_schema_extra=WITHOUT_OURS
    )
    limits: LimitsChange | None = None
    policy: PolicyInput | None = None
    script: ScriptInput | None = None
    unique_references: bool | None = Field(default=None, description=UNIQUE_REFERENCES)
    schedule: ScheduleInput | None = None
    inbound_script: InboundScript | None = None
    lookup: LookupInput | None = None
    lookup_ttl_seconds: TtlSeconds | None = None
    agents: AgentRulesInput | None = None


class Revision(Struct, frozen=True):
    """What is to change, why, and whether that is only to be looked at."""

    reason: str
    is_preview: bool
    changes: Mapping[str, Any]
    fixed: Mapping[str, Any]
    callers: Mapping[str, Any] = {}

    def applied_to(self, state: CampaignState) -> Plan:
        """The plan that a campaign would have. Raises `InvalidInput` for what may not change, or does not fit together."""
        if self.fixed.get("id", state.campaign_id) != state.campaign_id:
            raise InvalidInput("id", f"may not change, it is {state.campaign_id}; make a new campaign for another one")
        changes = {**self.changes, **_callers(self.callers, state.plan)}
        limits: dict[str, Any] = changes.pop("limits", {})
        lookup = revised_lookup(state.plan, changes)
        limited = structs.replace(state.plan.limits, **limits)
        plan = structs.replace(state.plan, limits=limited, lookup=lookup, **changes)
        if plan.metadata.get("campaign_id", state.campaign_id) != state.campaign_id:
            raise InvalidInput("metadata.campaign_id", "is ours and must equal the campaign's id; leave it out")
        ramp = None if plan.policy is None else plan.policy.ramp
        if ramp is not None and ramp.calls_per_second_start > plan.limits.calls_per_second:
            raise InvalidInput("policy.ramp.calls_per_second_start", "must not be more than limits.calls_per_second")
        return disclosing(plan)


def parse_revision(given: object) -> Revision:
    """A revision. Raises `InvalidInput` naming the first field at fault."""
    if not isinstance(given, Mapping):
        raise InvalidInput("revision", 'must be an object such as {"limits": {"calls_per_second": 2}, "reason": "…"}')
    fixed = {name: given[name] for name in FIXED if name in given}
    callers = {} if given.get(CALLERS) is None else parse_callers(given[CALLERS])
    changed = {name: value for name, value in given.items() if name not in {*FIXED, CALLERS}}
    read = validated(RevisionInput, changed, "revision")
    if "attempt_id" in (read.metadata or {}):
        raise InvalidInput("metadata.attempt_id", "is ours, another for each call; leave it out")
    changes = {**_values_changed(read), **_parts_changed(read)}
    return Revision(read.reason, read.preview, changes, fixed, callers)


def _values_changed(read: RevisionInput) -> dict[str, Any]:
    """The single values that a revision names; one that is null stays as it is."""
    named = {
        "record": read.record,
        "unique_references": None if read.unique_references is None else read.unique_references or UNSET,
        "metadata": read.metadata,
        "limits": None if read.limits is None else read.limits.model_dump(exclude_none=True),
        TTL: read.lookup_ttl_seconds,
    }
    return {name: value for name, value in named.items() if value is not None}


def _parts_changed(read: RevisionInput) -> dict[str, Any]:
    """The parts of a plan that a revision puts in place of those there are; one that is null is taken out."""
    changes: dict[str, Any] = {}
    if "policy" in read.model_fields_set:
        changes["policy"] = None if read.policy is None else read.policy.policy()
        # A campaign from before there was that rule has it once somebody says so.
        if read.policy is not None and read.policy.allow_kinds is not None:
            changes["rules_kinds"] = True
    if "script" in read.model_fields_set:
        changes["script"] = None if read.script is None else stored_script(read.script)
    if "lookup" in read.model_fields_set:
        changes["lookup"] = read.lookup
    return changes | _left_out_by_null(read)


def _left_out_by_null(read: RevisionInput) -> dict[str, Any]:
    """What a plan may be without, and is where null is written."""
    given = {
        "inbound_script": inbound_of(read.inbound_script),
        "agents": UNSET if read.agents is None else read.agents.rules(),
        "schedule": UNSET if read.schedule is None else read.schedule.schedule(),
    }
    return {name: value for name, value in given.items() if name in read.model_fields_set}


def plan_changes(before: Plan, after: Plan, *, sees_numbers: bool = True) -> list[dict[str, Any]]:
    """Each field of the plan that differs, in the form in which it is written; null for one that has its default.

    Its numbers are masked for those who may not see any.
    """
    was, will_be = _fields(before), _fields(after)
    shown_before, shown_after = (was, will_be) if sees_numbers else (_fields(before, False), _fields(after, False))
    return [
        {"field": name, "before": shown_before.get(name), "after": shown_after.get(name)}
        for name in dict.fromkeys((*was, *will_be))
        if was.get(name) != will_be.get(name)
    ]


def _callers(given: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """What changes of the numbers that are called from. Raises `InvalidInput`."""
    if not given or (given == {"caller_number": plan.caller_number} and plan.caller_pool is None):
        return {}
    if plan.caller_pool is None and "pool" not in given:
        raise InvalidInput(
            "from",
            f"may not change, it is {plan.caller_number}; make a new campaign for another one",
        )
    return {"pool": UNSET, **given}


def _callers_shown(plan: Plan, sees_numbers: bool) -> dict[str, Any]:
    """Nothing of a plan with one number, which a revision does not change by itself."""
    given = shown_callers(plan.caller_number, plan.caller_pool, sees_numbers=sees_numbers)
    if isinstance(given, str):
        return {}
    return {f"from.{name}": value for name, value in given.items()}


def _agents_shown(plan: Plan, sees_numbers: bool) -> dict[str, Any]:
    given = shown_agent_rules(plan, sees_all=sees_numbers)
    return {f"agents.{name}": value for name, value in (given or {}).items()}


def _fields(plan: Plan, sees_numbers: bool = True) -> dict[str, Any]:
    limits: Limits = plan.limits
    # Without a policy nothing is waited for, as in one that was stored before there was something to wait for.
    policy = shown_policy(plan.policy or NO_POLICY, sees_numbers=sees_numbers) or {}
    return {
        **_callers_shown(plan, sees_numbers),
        "record": plan.record,
        "metadata": dict(plan.metadata),
        **{f"limits.{name}": value for name, value in structs.asdict(limits).items()},
        **{f"policy.{name}": value for name, value in policy.items()},
        **({"policy.allow_kinds": list(kinds_allowed(plan))} if plan.rules_kinds else {}),
        "lookup": shown_lookup(plan, sees_all=sees_numbers),
        TTL: shown_ttl(plan),
        **({"unique_references": True} if plan.unique_references is True else {}),
        **({} if plan.schedule is UNSET else {"schedule": to_builtins(plan.schedule)}),
        **_agents_shown(plan, sees_numbers),
        "script": shown_script(plan.script, sees_numbers=sees_numbers),
        "inbound_script": shown_script(plan.inbound_script or None, sees_numbers=sees_numbers),
    }
