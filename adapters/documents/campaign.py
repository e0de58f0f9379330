"""A campaign as people and programs write it: checked field by field before it becomes a plan."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import UNSET
from pydantic import Field, field_validator
from pydantic.config import JsonDict

from adapters.documents.agents import AgentRulesInput
from adapters.documents.callers import CallerNumbers, as_planned
from adapters.documents.disclosure import disclosing
from adapters.documents.inbound_script import InboundScript, inbound_of
from adapters.documents.input import StrictInput, validated
from adapters.documents.lookup import LookupInput, TtlSeconds, stored_lookup
from adapters.documents.policy import PolicyInput
from adapters.documents.schedule import ScheduleInput
from adapters.documents.script import ScriptInput, stored_script
from adapters.documents.texts import WHOLE
from domain.campaign import CALLS_AT_ONCE_DEFAULT, CALLS_PER_SECOND_DEFAULT, Limits, Plan
from domain.errors import InvalidInput
from domain.identity import CAMPAIGN_ID_CHARS_MAX, parse_campaign_id

METADATA_KEYS_MAX = 16
METADATA_KEY_CHARS_MAX = 64
METADATA_VALUE_CHARS_MAX = 256
CALLS_PER_SECOND_MIN = 0.001
CALLS_PER_SECOND_MAX = 1_000
CALLS_AT_ONCE_MAX = 10_000

# What validators say in words, as far as a JSON schema can say it.
CAMPAIGN_ID_PATTERN = f"^[a-z0-9][a-z0-9_-]{{0,{CAMPAIGN_ID_CHARS_MAX - 1}}}$"
UNIQUE_REFERENCES = "whether a recipient is refused who has another's reference in this campaign"
OURS_IN_METADATA = ("campaign_id", "attempt_id")
WITHOUT_OURS: JsonDict = {"not": {"anyOf": [{"required": [name]} for name in OURS_IN_METADATA]}}

MetadataKey = Annotated[str, Field(min_length=1, max_length=METADATA_KEY_CHARS_MAX)]
MetadataValue = Annotated[str, Field(max_length=METADATA_VALUE_CHARS_MAX)]


class LimitsInput(StrictInput):
    """`limits` of a campaign."""

    calls_per_second: float = Field(
        default=CALLS_PER_SECOND_DEFAULT, ge=CALLS_PER_SECOND_MIN, le=CALLS_PER_SECOND_MAX, allow_inf_nan=False
    )
    calls_at_once: Annotated[int, Field(ge=1, le=CALLS_AT_ONCE_MAX), WHOLE] = CALLS_AT_ONCE_DEFAULT


class CampaignInput(StrictInput):
    """The body of POST /v1/campaigns, and a campaign file."""

    id: str = Field(json_schema_extra={"pattern": CAMPAIGN_ID_PATTERN})
    from_: CallerNumbers = Field(alias="from")
    record: bool = False
    metadata: dict[MetadataKey, MetadataValue] = Field(
        default_factory=dict,
        max_length=METADATA_KEYS_MAX,
        description=f"goes with every call; {' and '.join(OURS_IN_METADATA)} are ours, leave them out",
        json_schema_extra=WITHOUT_OURS,
    )
    limits: LimitsInput = Field(default_factory=LimitsInput)
    policy: PolicyInput | None = None
    script: ScriptInput | None = None
    unique_references: bool = Field(default=False, description=UNIQUE_REFERENCES)
    schedule: ScheduleInput | None = None
    inbound_script: InboundScript | None = None
    lookup: LookupInput | None = None
    lookup_ttl_seconds: TtlSeconds | None = None
    agents: AgentRulesInput | None = None

    @field_validator("id")
    @classmethod
    def _slug(cls, value: str) -> str:
        try:
            return parse_campaign_id(value)
        except InvalidInput as error:
            raise ValueError(error.message) from None


def parse_campaign(given: object) -> tuple[str, Plan]:
    """The campaign's id and plan. Raises `InvalidInput` naming the first field at fault."""
    if not isinstance(given, Mapping):
        raise InvalidInput("campaign", 'must be an object such as {"id": "spring_followup", "from": "+15551230001"}')
    campaign = validated(CampaignInput, given, "campaign")
    if campaign.metadata.get("campaign_id", campaign.id) != campaign.id:
        raise InvalidInput("metadata.campaign_id", "is ours and must equal the campaign's id; leave it out")
    if "attempt_id" in campaign.metadata:
        raise InvalidInput("metadata.attempt_id", "is ours, another for each call; leave it out")
    limits = Limits(calls_per_second=campaign.limits.calls_per_second, calls_at_once=campaign.limits.calls_at_once)
    policy = None if campaign.policy is None else campaign.policy.policy()
    if policy is not None and policy.ramp is not None and policy.ramp.calls_per_second_start > limits.calls_per_second:
        raise InvalidInput("policy.ramp.calls_per_second_start", "must not be more than limits.calls_per_second")
    plan = Plan(
        **as_planned(campaign.from_),
        record=campaign.record,
        metadata=campaign.metadata,
        limits=limits,
        policy=policy,
        script=None if campaign.script is None else stored_script(campaign.script),
        rules_kinds=True,
        unique_references=campaign.unique_references or UNSET,
        schedule=UNSET if campaign.schedule is None else campaign.schedule.schedule(),
        inbound_script=inbound_of(campaign.inbound_script),
        lookup=stored_lookup(campaign.lookup, campaign.lookup_ttl_seconds),
        agents=UNSET if campaign.agents is None else campaign.agents.rules(),
    )
    return campaign.id, disclosing(plan)
