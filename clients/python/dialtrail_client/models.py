"""What requests send and get. Made by scripts/client from the API's description: do not edit."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class Callback(TypedDict):
    """A call that is wished, and that nobody has made yet."""

    at: str
    local: str | None
    zone: str | None
    source: Literal["import", "keypress", "operator"]
    set_at: str
    give_up_at: str
    is_due: bool
    earliest: str | None
    reason: str | None


class CallbackInput(TypedDict):
    """The body of PUT /v1/campaigns/{id}/recipients/{number}/callback: an instant, or a local time with its zone."""

    at: str
    zone: NotRequired[str | None]


class CallbackNow(TypedDict):
    """How it is with a person's callback now, and whether that is a change."""

    campaign_id: str
    number: str
    recipient: str
    status: Literal[
        "canceled",
        "dialing",
        "failed",
        "held",
        "in_progress",
        "not_reached",
        "queued",
        "reached",
        "refused",
        "suppressed",
        "unresolved",
        "withdrawn",
    ]
    callback: Callback | None
    changed: bool
    position: int


class CallbackTold(TypedDict):
    """One thing that happened to a wished call: it was wished, moved, kept or given up."""

    position: int
    recorded_at: str
    campaign_id: str
    act: Literal["given_up", "kept", "moved", "wished"]
    at: str
    local: str | None
    zone: str | None
    source: Literal["import", "keypress", "operator"] | None
    give_up_at: str | None
    why: str | None
    actor: str | None
    attempt_id: str | None
    call_id: str | None


class CampaignRecipients(TypedDict):
    """null in a command's answer whose figures the views do not have yet"""

    queued: int
    held: int
    dialing: int
    in_progress: int
    reached: int
    not_reached: int
    failed: int
    canceled: int
    refused: int
    unresolved: int
    withdrawn: int
    suppressed: int


class Complaint(TypedDict):
    """
    Why a row cannot be used. `field` is the column at fault, or `row`; `reason` says what to do.

    `cell` is what stands there, masked; None where it is not about one cell.
    """

    line: int
    field: str
    reason: str
    cell: NotRequired[str | None]


class EndedCalls(TypedDict):
    """Calls that ended one way; seconds are from answer to end."""

    calls: int
    measured: int
    seconds_total: float
    seconds_max: float
    seconds_mean: float | None


class EnrolmentRecipients(TypedDict):
    """a row that cannot be used is a complaint in the answer, and the others are enrolled"""

    line: NotRequired[int]
    number: str
    zone: NotRequired[str | None]
    reference: NotRequired[str | None]
    callback_at: NotRequired[str | None]
    callback_zone: NotRequired[str | None]
    consent_basis: NotRequired[str | None]
    consent_by: NotRequired[str | None]
    consent_given_at: NotRequired[str | None]
    consent_purpose: NotRequired[str | None]
    consent_source: NotRequired[str | None]
    consent_text: NotRequired[str | None]
    consent_text_version: NotRequired[str | None]
    consent_until: NotRequired[str | None]
    variables: NotRequired[dict[str, Any] | None]


Enrolment = TypedDict(
    "Enrolment",
    {
        "import": NotRequired[str | None],
        "recipients": list[EnrolmentRecipients | Any],
    },
)


class FieldChanged(TypedDict):
    """A field of a plan or a script before and after, as it is written; null where it has its default or is not there."""

    field: str
    before: Any
    after: Any


class Limits(TypedDict):
    """How fast it may call, and how many calls may be under way."""

    calls_per_second: float
    calls_at_once: int


class LookupTold(TypedDict):
    """What the campaign's lookup said before an attempt; `failed` is why it said nothing, where the campaign went on without."""

    host: str
    at: str
    reason: str | None
    failed: str | None
    variables: dict[str, str] | None


class Minute(TypedDict):
    """What was recorded within one minute: requests that left, calls answered, calls ended; and the most calls at once."""

    minute: str
    sent: int
    answered: int
    ended: int
    at_once: int


class OddNumbers(TypedDict):
    """What is odd about some numbers: the first line with it, and how many rows have it."""

    line: int
    field: str
    reason: str
    rows: int


class Outcome(TypedDict):
    """Where a recipient of a campaign stands, and what was heard of them."""

    campaign_id: str
    number: str
    recipient: str
    reference: str | None
    status: Literal[
        "canceled",
        "dialing",
        "failed",
        "held",
        "in_progress",
        "not_reached",
        "queued",
        "reached",
        "refused",
        "suppressed",
        "unresolved",
        "withdrawn",
    ]
    reason: str | None
    attempts: int
    call_id: str | None
    answered: bool
    digits: list[str] | None
    seconds: float | None
    code: str | None
    changed_at: str
    position: int


class OutcomesPage(TypedDict):
    """Some outcomes in the order in which they last changed."""

    items: list[Outcome]
    next: str | None
    position: int


class Pause(TypedDict):
    """Why a campaign stands still, and since when."""

    scope: Literal["account", "campaign"]
    cause: Literal["operator", "provider", "budget", "breaker", "canary", "schedule"]
    code: str | None
    status: int | None
    body: str | None
    at: str
    reason: str
    evidence: dict[str, str] | None
    probes: int
    probe_at: str | None
    what_to_do: str


class Reason(TypedDict):
    """A rule that stands against a call."""

    rule: str
    scope: Literal["account", "campaign", "recipient"]
    final: bool
    until: str | None
    inputs: dict[str, str | int | bool | None]


class Remark(TypedDict):
    """
    What was read otherwise than it is written, or is not heeded, in a row that is used all the same, or of all rows.

    `cell` is what stands there, masked; None where that is not about one cell.
    """

    line: int
    field: str
    reason: str
    cell: NotRequired[str | None]


class ScheduledNext(TypedDict):
    """What the clock does next."""

    act: Literal["pause", "resume", "start", "stop"]
    at: str


class SummaryAttempts(TypedDict):
    """where each attempt stands"""

    started: int
    accepted: int
    refused: int
    abandoned: int
    unresolved: int
    settled_without_call: int


class SummaryCalls(TypedDict):
    """by how they ended"""

    completed: EndedCalls
    failed: EndedCalls
    canceled: EndedCalls
    open: EndedCalls


class Summary(TypedDict):
    """A campaign's figures."""

    enrolled: int
    dialled: int
    reached: int
    attempts: SummaryAttempts
    codes: dict[str, int]
    calls: SummaryCalls
    pace: list[Minute]


class SuppressionChanged(TypedDict):
    """
    How it is with a person now, and whether that is a change.

    Suppression and release are about the person: a number that is written otherwise, but means the same, is included.
    """

    number: str
    meant: str | None
    released: list[str]
    suppressed: bool
    changed: bool
    going_on: int | None
    position: int


class SuppressionInput(TypedDict):
    """The body of POST /v1/suppressions."""

    number: str
    source: NotRequired[str]
    reason: NotRequired[str | None]
    expires_at: NotRequired[str | None]


class Verdict(TypedDict):
    """Whether another call may be placed, and each rule that stands against it."""

    may_dial: bool
    judged_at: str
    reasons: list[Reason]


class Attempt(TypedDict):
    """One attempt, and what became of it."""

    attempt_id: str
    phase: Literal["abandoned", "accepted", "refused", "settled_without_call", "started", "unresolved"]
    started_at: str
    changed_at: str
    call_id: str | None
    status: int | None
    code: str | None
    concerns: Literal["account", "campaign", "destination", "recipient"] | None
    why: str | None
    counts: bool
    plain_outcome: Literal["answered", "busy", "failed", "no_answer", "refused", "ringing", "talking", "unknown"] | None
    talk_seconds: float | None
    answer_proofs: list[Literal["call.answered", "call.gathered", "recording.completed", "recording.started"]]
    person_proofs: list[Literal["digits"]]
    caller_number: str | None
    caller_why: Literal["area", "country", "round", "sticky"] | None
    lookup: LookupTold | None


class Change(TypedDict):
    """A start or a revision that takes a second person: who asked for it, and what became of it."""

    change_id: str
    change: Literal["revise", "start"]
    status: Literal["approved", "declined", "expired", "pending", "superseded"]
    requested_by: str
    requested_at: str
    expires_at: str
    reason: str | None
    canary: int | None
    changes: list[FieldChanged]
    decided_by: str | None
    settled_at: str | None
    why: str | None


EnrolmentDone = TypedDict(
    "EnrolmentDone",
    {
        "import": str,
        "rows": int,
        "enrolled": int,
        "already_enrolled": int,
        "repeated": int,
        "rejected": int,
        "complaints": list[Complaint],
        "remarks": list[Remark],
        "warnings": list[OddNumbers],
        "position": int,
    },
)


class Recipient(TypedDict):
    """A person in a campaign with every attempt there, and the verdict on the next one."""

    number: str
    recipient: str
    status: Literal[
        "canceled",
        "dialing",
        "failed",
        "held",
        "in_progress",
        "not_reached",
        "queued",
        "reached",
        "refused",
        "suppressed",
        "unresolved",
        "withdrawn",
    ]
    reason: str | None
    until: str | None
    attempts: int
    call_id: str | None
    code: str | None
    zone: str | None
    reference: str | None
    variables: dict[str, str]
    campaign_id: str
    callback: Callback | None
    callbacks: list[CallbackTold]
    history: list[Attempt]
    verdict: Verdict
    position: int


class Schedule(TypedDict):
    """When a campaign starts, pauses, resumes and stops by the clock, as it was written."""

    zone: str
    start_at: str | None
    stop_at: str | None
    pause: list[str]
    resume: list[str]
    next: ScheduledNext | None


class Waiting(TypedDict):
    """The answer to who asked for a change that waits."""

    campaign_id: str
    change: Change
    replaces: str | None
    position: int


Campaign = TypedDict(
    "Campaign",
    {
        "id": str,
        "state": Literal["canceled", "completed", "created", "paused", "running"],
        "pause": Pause | None,
        "from": str | dict[str, Any],
        "record": bool,
        "metadata": dict[str, str],
        "unique_references": bool,
        "limits": Limits,
        "policy": dict[str, Any] | None,
        "script": dict[str, Any] | None,
        "schedule": Schedule | None,
        "inbound_script": dict[str, Any] | None,
        "lookup": dict[str, Any] | None,
        "lookup_ttl_seconds": int | None,
        "agents": dict[str, Any] | None,
        "created_at": str | None,
        "recipients": CampaignRecipients | None,
        "summary": Summary | None,
        "position": int,
        "judged_at": str,
        "notes": list[str],
    },
)
