"""A campaign's policy as people and programs write it: checked field by field before it becomes the domain's."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from msgspec import structs
from pydantic import Field, ValidationInfo, field_validator, model_validator

from adapters.documents.hours import HoursInput
from adapters.documents.input import StrictInput
from adapters.documents.people_rules import BasedOnInput, ConsentRulesInput, DeclinedInput, DisclosureInput
from adapters.documents.texts import (
    HOUR_SECONDS,
    WHOLE,
    CurrencyText,
    DayText,
    DigitsText,
    HourCount,
    InstantText,
    MoneyText,
    NumberText,
    PlaceText,
    PurposeText,
    ZoneText,
    parse_day,
    parse_instant,
)
from domain.number_kind import NUMBER_KINDS, NumberKind
from domain.policy import (
    NEW_POLICY,
    PRESETS,
    BasedOn,
    Breaker,
    Budget,
    Cap,
    ConversationGap,
    DeclineRules,
    DisclosureRules,
    Per,
    Policy,
    PresetName,
    Probe,
    Ramp,
    Retry,
)

DATES_MAX = 1_000
PLACES_MAX = 50
ATTEMPTS_MAX = 50
GAP_SECONDS_MAX = 90 * 86_400
GRACE_SECONDS_MAX = 86_400
CALLBACK_GRACE_SECONDS_MIN = 60
CAPS_MAX = 10
CAP_ATTEMPTS_MAX = 1_000
NUMBERS_MAX = 1_000
PURPOSES_MAX = 20
CALLS_MAX = 100_000_000
BREAKER_ATTEMPTS_MIN = 5
BREAKER_ATTEMPTS_MAX = 10_000
SHORT_CALL_SECONDS_MAX = 600
PROBE_FACTOR_MAX = 100.0
PROBE_SECONDS_MAX = 7 * 86_400
RAMP_CALLS_PER_SECOND_MIN = 0.001
RAMP_CALLS_PER_SECOND_MAX = 1_000
RAMP_SECONDS_MAX = 86_400
WEIGHT_MAX = 100.0

Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
GapSeconds = Annotated[int, Field(ge=0, le=GAP_SECONDS_MAX), WHOLE]


class RetryInput(StrictInput):
    """`policy.retry.…`: after which gap that outcome is tried again."""

    after_seconds: GapSeconds


class RetriesInput(StrictInput):
    """`policy.retry`: which outcomes of the last attempt are tried again; those that are left out are not."""

    not_reached: RetryInput | None = None
    failed: RetryInput | None = None
    canceled: RetryInput | None = None
    originate_failed: RetryInput | None = None


class CapInput(StrictInput):
    """`policy.caps[…]`: at most so many attempts for one person within any such period."""

    attempts_max: Annotated[int, Field(ge=1, le=CAP_ATTEMPTS_MAX), WHOLE]
    period_hours: HourCount
    per: Per = "person"


class ConversationGapInput(StrictInput):
    """`policy.conversation_gaps[…]`: how long a person is left alone after a conversation."""

    hours: HourCount
    per: Per = "person"


class BudgetInput(StrictInput):
    """`policy.budget`: what the campaign may use up."""

    calls_max: Annotated[int, Field(ge=1, le=CALLS_MAX), WHOLE] | None = None
    cost_max: MoneyText | None = None
    currency: CurrencyText | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "BudgetInput":
        if self.calls_max is None and self.cost_max is None:
            raise ValueError("limits nothing; give calls_max, or cost_max and currency")
        if (self.cost_max is None) != (self.currency is None):
            raise ValueError("needs cost_max and currency together")
        return self


class BreakerInput(StrictInput):
    """`policy.breaker`: what stops the campaign."""

    window_attempts: Annotated[int, Field(ge=BREAKER_ATTEMPTS_MIN, le=BREAKER_ATTEMPTS_MAX), WHOLE]
    failures_share_max: Share | None = None
    refusals_share_max: Share | None = None
    short_calls_share_max: Share | None = None
    short_call_seconds: Annotated[int, Field(ge=1, le=SHORT_CALL_SECONDS_MAX), WHOLE] | None = None

    @model_validator(mode="after")
    def _watches_something(self) -> "BreakerInput":
        if (self.short_calls_share_max is None) != (self.short_call_seconds is None):
            raise ValueError("needs short_calls_share_max and short_call_seconds together")
        if self.failures_share_max is self.refusals_share_max is self.short_calls_share_max is None:
            raise ValueError("watches nothing; give failures_share_max, refusals_share_max or short_calls_share_max")
        return self


class ProbeInput(StrictInput):
    """`policy.probe`: a pause by the provider is tried by one single call."""

    after_seconds: Annotated[int, Field(ge=1, le=PROBE_SECONDS_MAX), WHOLE]
    factor: Annotated[float, Field(ge=1, le=PROBE_FACTOR_MAX, allow_inf_nan=False)] = 2.0
    after_seconds_max: Annotated[int, Field(ge=1, le=PROBE_SECONDS_MAX), WHOLE] | None = None

    @field_validator("after_seconds_max")
    @classmethod
    def _not_below_the_first(cls, value: int | None, info: ValidationInfo) -> int | None:
        first = info.data.get("after_seconds")
        if value is not None and first is not None and value < first:
            raise ValueError("must not be less than after_seconds")
        return value


class RampInput(StrictInput):
    """`policy.ramp`: from which pace it grows to the campaign's limit, and in what time."""

    calls_per_second_start: Annotated[
        float, Field(ge=RAMP_CALLS_PER_SECOND_MIN, le=RAMP_CALLS_PER_SECOND_MAX, allow_inf_nan=False)
    ]
    seconds: Annotated[int, Field(ge=1, le=RAMP_SECONDS_MAX), WHOLE]


class PolicyInput(StrictInput):
    """`policy` of a campaign; all of it optional. What is given beside `preset` takes the place of what the preset says."""

    preset: PresetName | None = None
    hours: HoursInput | None = None
    default_zone: ZoneText | None = None
    excluded_dates: Annotated[list[DayText], Field(max_length=DATES_MAX)] | None = None
    holidays: Annotated[list[PlaceText], Field(max_length=PLACES_MAX)] | None = None
    starts_at: InstantText | None = None
    ends_at: InstantText | None = None
    attempts_max: Annotated[int, Field(ge=1, le=ATTEMPTS_MAX), WHOLE] | None = None
    attempt_gap_seconds: GapSeconds | None = None
    retry: RetriesInput | None = None
    answer_grace_seconds: Annotated[int, Field(ge=0, le=GRACE_SECONDS_MAX), WHOLE] | None = None
    caps: Annotated[list[CapInput], Field(max_length=CAPS_MAX)] | None = None
    conversation_gaps: Annotated[list[ConversationGapInput], Field(max_length=CAPS_MAX)] | None = None
    purpose: PurposeText | None = None
    waits_for: Annotated[list[PurposeText], Field(max_length=PURPOSES_MAX)] | None = None
    only: Annotated[list[NumberText], Field(min_length=1, max_length=NUMBERS_MAX)] | None = None
    budget: BudgetInput | None = None
    breaker: BreakerInput | None = None
    opt_out_digits: DigitsText | None = None
    probe: ProbeInput | None = None
    ramp: RampInput | None = None
    weight: Annotated[float, Field(gt=0, le=WEIGHT_MAX, allow_inf_nan=False)] | None = None
    needs_approval: bool | None = None
    allow_kinds: Annotated[list[NumberKind], Field(max_length=len(NUMBER_KINDS))] | None = None
    callback_grace_seconds: Annotated[int, Field(ge=CALLBACK_GRACE_SECONDS_MIN, le=GAP_SECONDS_MAX), WHOLE] | None = (
        None
    )
    based_on: BasedOnInput | None = None
    declined: DeclinedInput | None = None
    consent: ConsentRulesInput | None = None
    disclosure: DisclosureInput | None = None

    @field_validator("ends_at")
    @classmethod
    def _after_the_start(cls, value: str | None, info: ValidationInfo) -> str | None:
        starts_at = info.data.get("starts_at")
        if value is not None and starts_at is not None and parse_instant(value) <= parse_instant(starts_at):
            raise ValueError("must be after starts_at")
        return value

    @field_validator("declined")
    @classmethod
    def _other_digits(cls, value: DeclinedInput | None, info: ValidationInfo) -> DeclinedInput | None:
        never_again = info.data.get("opt_out_digits")
        if value is not None and value.digits is not None and value.digits == never_again:
            raise ValueError("digits must be others than opt_out_digits, which mean: never call me again")
        return value

    def policy(self) -> Policy:
        """The policy that this says. What is null has its default, also where the preset says otherwise."""
        policy = NEW_POLICY if self.preset is None else PRESETS[self.preset].applied
        return structs.replace(policy, **{name: self._given(name) for name in self.model_fields_set - {"preset"}})

    def _given(self, name: str) -> Any:
        value = getattr(self, name)
        return _DEFAULTS[name] if value is None else _INTO_DOMAIN.get(name, _as_it_is)(value)


def _as_it_is(value: Any) -> Any:
    return value


def _seconds(hours: float) -> int:
    return round(hours * HOUR_SECONDS)


def _retries(given: RetriesInput) -> dict[str, Retry]:
    return {outcome: Retry(**retry) for outcome, retry in given.model_dump(exclude_none=True).items()}


def _cap(given: CapInput) -> Cap:
    return Cap(attempts_max=given.attempts_max, period_seconds=_seconds(given.period_hours), per=given.per)


def _probe(given: ProbeInput) -> Probe:
    by_default = max(Probe(after_seconds=0).after_seconds_max, given.after_seconds)
    return Probe(
        after_seconds=given.after_seconds,
        factor=given.factor,
        after_seconds_max=by_default if given.after_seconds_max is None else given.after_seconds_max,
    )


_INTO_DOMAIN: Mapping[str, Callable[[Any], Any]] = {
    "hours": HoursInput.hours,
    "excluded_dates": lambda texts: tuple(parse_day(text) for text in texts),
    "holidays": tuple,
    "starts_at": parse_instant,
    "ends_at": parse_instant,
    "retry": _retries,
    "caps": lambda caps: tuple(_cap(cap) for cap in caps),
    "conversation_gaps": lambda gaps: tuple(ConversationGap(seconds=_seconds(g.hours), per=g.per) for g in gaps),
    "only": tuple,
    "waits_for": tuple,
    "allow_kinds": lambda kinds: tuple(kind for kind in NUMBER_KINDS if kind in kinds),
    "budget": lambda budget: Budget(**budget.model_dump()),
    "breaker": lambda breaker: Breaker(**breaker.model_dump()),
    "probe": _probe,
    "based_on": lambda given: BasedOn(preset=given.preset, as_of=parse_day(given.as_of)),
    "declined": lambda given: DeclineRules(**given.model_dump()),
    "consent": ConsentRulesInput.rules,
    "disclosure": lambda given: DisclosureRules(**given.model_dump()),
    "ramp": lambda ramp: Ramp(**ramp.model_dump()),
}
_DEFAULTS: Mapping[str, Any] = structs.asdict(NEW_POLICY)
