"""What a campaign does, and everything that happens to it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

from msgspec import UNSET, Struct, UnsetType

from domain.agents import Agent, AgentRules, AgentSource
from domain.caller_pool import CallerPool
from domain.campaign.lookup import Lookup
from domain.campaign.schedule import Schedule
from domain.policy import Policy

BY_SCHEDULE = "schedule"
ChangeKind = Literal["start", "revise"]
CALLS_PER_SECOND_DEFAULT = 1.0
CALLS_AT_ONCE_DEFAULT = 10


class Limits(Struct, frozen=True, kw_only=True):
    """How fast a campaign may dial, and how many of its calls may be open at once."""

    calls_per_second: float = CALLS_PER_SECOND_DEFAULT
    calls_at_once: int = CALLS_AT_ONCE_DEFAULT


class Plan(Struct, frozen=True, kw_only=True):
    """What a campaign does. `caller_number` is the E.164 number it calls from; `metadata` goes with every call.

    With `rules_kinds`, numbers of a kind of their own are not called unless its policy allows their kind. One that was made
    before there was that rule has no such word, and calls them; unset, nothing is stored of it. With `unique_references`
    no two recipients who are enrolled while it says so have the same reference. With a `pool` each call is
    from one of its numbers, and `caller_number` is the first that it was written with; unset, there is none. With a `schedule` it starts,
    pauses, resumes and stops by the clock. `inbound_script` is what
    somebody hears who rings back; unset, there is none. A `lookup` is asked about each
    person first; unset, nobody is. With `agents` no more of its calls are under way than for those who are free.
    """

    caller_number: str
    record: bool = False
    metadata: Mapping[str, str] = {}
    limits: Limits = Limits()
    policy: Policy | None = None
    script: Mapping[str, Any] | None = None
    rules_kinds: bool | UnsetType = UNSET
    unique_references: bool | UnsetType = UNSET
    pool: CallerPool | UnsetType = UNSET
    schedule: Schedule | UnsetType = UNSET
    inbound_script: Mapping[str, Any] | UnsetType = UNSET
    lookup: Lookup | UnsetType = UNSET
    agents: AgentRules | UnsetType = UNSET

    @property
    def caller_pool(self) -> CallerPool | None:
        """The pool that it calls from; None where it has one number."""
        return self.pool or None

    @property
    def asked_first(self) -> Lookup | None:
        """Who is asked about each person before they are called; None where nobody is."""
        return self.lookup if isinstance(self.lookup, Lookup) else None

    @property
    def agent_rules(self) -> AgentRules | None:
        """What its calls are held to by agents; None where it says nothing of them."""
        return self.agents or None


class CampaignCreated(Struct, frozen=True, kw_only=True):
    """A campaign exists, and does nothing yet."""

    NAME: ClassVar = "campaign.created"
    PERSONAL: ClassVar = frozenset({"plan"})
    campaign_id: str
    plan: Plan


class CampaignRevised(Struct, frozen=True, kw_only=True):
    """The plan was replaced, and why."""

    NAME: ClassVar = "campaign.revised"
    PERSONAL: ClassVar = frozenset({"plan"})
    plan: Plan
    reason: str | None = None


class CampaignStarted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """It began to dial. With a `canary` it stands still once so many calls are over; what was refused is no call.

    `cause` is `schedule` where the clock did it, for the instant `scheduled_for`; so it is in the events below.
    """

    NAME: ClassVar = "campaign.started"
    PERSONAL: ClassVar = frozenset[str]()
    canary: int | None = None
    cause: str | None = None
    scheduled_for: datetime | None = None


class CampaignPaused(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """It stands still. `cause` is `operator`, `provider`, `budget`, `breaker`, `canary` or `schedule`.

    A provider's `status`, `code` and full `body` say why; of a budget or a breaker `code` says which limit was met, and
    `evidence` by what. `probes` is how many single calls have tried a provider's pause: above 0 it is said again, because
    one more of them begins.
    """

    NAME: ClassVar = "campaign.paused"
    PERSONAL: ClassVar = frozenset({"body"})
    cause: str
    status: int | None = None
    code: str | None = None
    body: str | None = None
    evidence: Mapping[str, str] | None = None
    probes: int = 0
    scheduled_for: datetime | None = None


class CampaignResumed(Struct, frozen=True, kw_only=True):
    """It dials again; `cause` is `schedule` or `probe` where no person did it."""

    NAME: ClassVar = "campaign.resumed"
    PERSONAL: ClassVar = frozenset[str]()
    reason: str | None = None
    cause: str | UnsetType = UNSET
    scheduled_for: datetime | UnsetType = UNSET


class CampaignCanceled(Struct, frozen=True, kw_only=True):
    """It will dial nobody any more."""

    NAME: ClassVar = "campaign.canceled"
    PERSONAL: ClassVar = frozenset[str]()
    reason: str | None = None
    cause: str | UnsetType = UNSET
    scheduled_for: datetime | UnsetType = UNSET


class CampaignCompleted(Struct, frozen=True, kw_only=True):
    """Nobody is left to dial, and no call of it is open."""

    NAME: ClassVar = "campaign.completed"
    PERSONAL: ClassVar = frozenset[str]()


class CampaignChangeRequested(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody asked for a start (perhaps with a `canary`) or for another `plan`, which a second person has to approve.

    `requested_by` is the name of who asked; from `expires_at` on nobody can approve it any more.
    """

    NAME: ClassVar = "campaign.change_requested"
    PERSONAL: ClassVar = frozenset({"plan"})
    change_id: str
    change: ChangeKind
    requested_by: str
    expires_at: datetime
    canary: int | None = None
    plan: Plan | None = None
    reason: str | None = None


class CampaignChangeApproved(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A second person approved it; what it changes is recorded with it."""

    NAME: ClassVar = "campaign.change_approved"
    PERSONAL: ClassVar = frozenset[str]()
    change_id: str
    approved_by: str
    reason: str | None = None


class CampaignChangeDeclined(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """It will not come about: somebody declined it, or who had asked for it took it back."""

    NAME: ClassVar = "campaign.change_declined"
    PERSONAL: ClassVar = frozenset[str]()
    change_id: str
    declined_by: str
    reason: str | None = None


class CallerNumberRemoved(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Nobody is called from this number of the pool any more, until a revision puts it back. `cause` is `operator` or `breaker`.

    Of a breaker `code` says which share was beyond its limit, and `evidence` by what; `reason` is a person's.
    """

    NAME: ClassVar = "caller_number.removed"
    PERSONAL: ClassVar = frozenset({"number"})
    number: str
    cause: str
    reason: str | None = None
    code: str | None = None
    evidence: Mapping[str, str] | None = None


class AgentsTold(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So many agents are free; `agents` are all of them, where they were named. `source` is `told`, or `asked` of the plan's URL."""

    NAME: ClassVar = "agents.told"
    PERSONAL: ClassVar = frozenset({"agents"})
    free: int
    source: AgentSource
    agents: tuple[Agent, ...] = ()


CampaignEvent = (
    CampaignCreated
    | CampaignRevised
    | CampaignStarted
    | CampaignPaused
    | CampaignResumed
    | CampaignCanceled
    | CampaignCompleted
    | CampaignChangeRequested
    | CampaignChangeApproved
    | CampaignChangeDeclined
    | CallerNumberRemoved
    | AgentsTold
)
