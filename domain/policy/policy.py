"""What a campaign may do: when, how often and how far. All of it optional; an empty policy allows one attempt at any hour."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from domain.number_kind import NumberKind
from domain.policy.hours import Weekday, Window

CALLBACK_GRACE_SECONDS_DEFAULT = 86_400
Per = Literal["person", "purpose"]
RetryOutcome = Literal["not_reached", "failed", "canceled", "originate_failed"]


class Retry(Struct, frozen=True, kw_only=True):
    """After which gap, from the end of the attempt, an outcome is tried again."""

    after_seconds: int


class Cap(Struct, frozen=True, kw_only=True):
    """At most so many attempts to call a person within any such period, by all campaigns, or by those of the same purpose."""

    attempts_max: int
    period_seconds: int
    per: Per = "person"


class ConversationGap(Struct, frozen=True, kw_only=True):
    """How long a person is left alone after a conversation, by all campaigns, or by those of the same purpose."""

    seconds: int
    per: Per = "person"


class Budget(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a campaign may use up: calls, and money as exact decimal text in a currency."""

    calls_max: int | None = None
    cost_max: str | None = None
    currency: str | None = None


class Breaker(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What stops a campaign: shares (above 0, at most 1) of its last `window_attempts` that are more than is to be expected."""

    window_attempts: int
    failures_share_max: float | None = None
    refusals_share_max: float | None = None
    short_calls_share_max: float | None = None
    short_call_seconds: int | None = None


class Probe(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A pause by the provider is tried by one single call after a delay, which then grows by `factor` to at most `after_seconds_max`."""

    after_seconds: int
    factor: float = 2.0
    after_seconds_max: int = 3_600


class Ramp(Struct, frozen=True, kw_only=True):
    """It begins at so many calls a second, and reaches the campaign's limit after so many seconds."""

    calls_per_second_start: float
    seconds: int


class DeclineRules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a person declines, by `digits` gathered in a call, and for how many days they rest then; None: for good.

    `per` person counts what they declined of any campaign, else only what is of the same purpose.
    """

    digits: str | None = None
    rest_days: int | None = None
    per: Per = "purpose"


class ConsentRules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether nobody is called without a consent, for one of these `purposes` (none: the campaign's own), at most so old."""

    required: bool = False
    purposes: tuple[str, ...] = ()
    max_age_days: int | None = None


class DisclosureRules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether each call has to begin with a sentence of itself, and with which, or with which part of it."""

    says: str
    required: bool = True


class BasedOn(Struct, frozen=True, kw_only=True):
    """The preset that a policy was made from, and the day on which that preset's source had been read."""

    preset: str
    as_of: date


class Policy(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A campaign's policy.

    `hours` are judged where the recipient is; a day that is left out is closed, None is any hour. `default_zone` (IANA) stands
    for zones that are unknown or several. `excluded_dates` and the `holidays` of places (`US`, `US-FL`, `GB-SCT`) are the
    recipient's dates. Counted attempts share one budget of `attempts_max` for each recipient, with at least
    `attempt_gap_seconds` between them; `retry` says which outcomes of the last one are tried again at all. For
    `answer_grace_seconds` after a call's end nobody is called as not reached: late word of an answer may come. `purpose` is what
    caps and gaps may be kept apart by (None: the campaign's id); nobody is called while a campaign of a purpose of `waits_for`
    waits for them; `only` are the only numbers that it may dial;
    `opt_out_digits`, gathered in a call, suppress the person; `allow_kinds` are the kinds of numbers of their own, such as
    premium ones, that it may dial as well. A callback that could not be made is given up `callback_grace_seconds` after the
    time that was wished. `based_on` is what it was made from, where that was a preset; no rule goes by it.
    `declined` is what follows where a person says: do not call me about this;
    `consent` whether they have to have agreed, `disclosure` what each call says of itself at its beginning.
    """

    hours: Mapping[Weekday, tuple[Window, ...]] | None = None
    default_zone: str | None = None
    excluded_dates: tuple[date, ...] = ()
    holidays: tuple[str, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    attempts_max: int = 1
    attempt_gap_seconds: int = 0
    retry: Mapping[RetryOutcome, Retry] = {}
    answer_grace_seconds: int = 0
    caps: tuple[Cap, ...] = ()
    conversation_gaps: tuple[ConversationGap, ...] = ()
    purpose: str | None = None
    waits_for: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    budget: Budget | None = None
    breaker: Breaker | None = None
    opt_out_digits: str | None = None
    probe: Probe | None = None
    ramp: Ramp | None = None
    weight: float = 1.0
    needs_approval: bool = False
    allow_kinds: tuple[NumberKind, ...] = ()
    callback_grace_seconds: int = CALLBACK_GRACE_SECONDS_DEFAULT
    based_on: BasedOn | None = None
    declined: DeclineRules | None = None
    consent: ConsentRules | None = None
    disclosure: DisclosureRules | None = None

    def is_over_at(self, at: datetime) -> bool:
        """Whether nobody is called any more at this instant, because the end has come by then."""
        return self.ends_at is not None and at >= self.ends_at


NO_POLICY = Policy()
ANSWER_GRACE_SECONDS_DEFAULT = 60
NEW_POLICY = Policy(answer_grace_seconds=ANSWER_GRACE_SECONDS_DEFAULT)
"""What a policy that is written today has where it says nothing; one that was stored without a field means what it meant then."""
