"""Every field of a policy, given wrongly: the field at fault is named, and what to write."""

from typing import Any

import pytest

from domain.policy import Policy
from tests.adapters.documents.policies import fault

WINDOW = 'must be like "09:00-20:00"; only the end may be 24:00, and an end before the start is tomorrow\'s'
INSTANT = "is not an instant; write it like 2026-12-01T09:00:00Z"
NUMBER = "is not a phone number in E.164 form; write it like +15551230002"
UNKNOWN = "is not a field that is known here"
MONEY = 'must be an amount above zero as text, like "250.00"'
PLACE = "is no country or region whose holidays are known; write it like US, US-FL or GB-SCT"


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        (5, "policy", "input should be a valid dictionary or instance of PolicyInput"),
        ({"colour": "red"}, "policy.colour", UNKNOWN),
        (
            {"preset": "de"},
            "policy.preset",
            "input should be 'us', 'us-florida', 'uk', 'reg-f', 'us-texas' or 'fr'",
        ),
        ({"disclosure": {"required": True}}, "policy.disclosure.says", "is missing"),
        ({"consent": {"max_age_days": 0}}, "policy.consent.max_age_days", "input should be greater than or equal to 1"),
        ({"declined": {"rest_days": 0}}, "policy.declined.rest_days", "input should be greater than or equal to 1"),
        (
            {"opt_out_digits": "9", "declined": {"digits": "9"}},
            "policy.declined",
            "digits must be others than opt_out_digits, which mean: never call me again",
        ),
        ({"based_on": "us"}, "policy.based_on", "input should be a valid dictionary or instance of BasedOnInput"),
        ({"hours": ["09:00-20:00"]}, "policy.hours", "input should be a valid dictionary or instance of HoursInput"),
        ({"hours": {"moonday": []}}, "policy.hours.moonday", UNKNOWN),
        ({"hours": {"monday": "09:00-20:00"}}, "policy.hours.monday", "input should be a valid list"),
        ({"hours": {"monday": ["09:00-20:00", "9-5"]}}, "policy.hours.monday[1]", WINDOW),
        ({"hours": {"weekend": [900]}}, "policy.hours.weekend[0]", "input should be a valid string"),
        (
            {"hours": {"every_day": ["09:00-20:00"] * 11}},
            "policy.hours.every_day",
            "list should have at most 10 items after validation, not 11",
        ),
        (
            {"hours": {"sunday": []}},
            "policy.hours",
            'never opens; write it like {"weekdays": ["09:00-20:00"]}, or leave hours out for any hour',
        ),
        ({"default_zone": "Mars"}, "policy.default_zone", "is not an IANA time zone; write it like Europe/Berlin"),
        ({"default_zone": 1}, "policy.default_zone", "input should be a valid string"),
        (
            {"excluded_dates": ["2026-12-24", "2026-02-29"]},
            "policy.excluded_dates[1]",
            "is not a date; write it like 2026-12-25",
        ),
        ({"excluded_dates": ["20261224"]}, "policy.excluded_dates[0]", "is not a date; write it like 2026-12-25"),
        ({"excluded_dates": "2026-12-24"}, "policy.excluded_dates", "input should be a valid list"),
        ({"holidays": ["US", "UK"]}, "policy.holidays[1]", PLACE),
        ({"holidays": ["US-XX"]}, "policy.holidays[0]", PLACE),
        ({"starts_at": "tomorrow"}, "policy.starts_at", INSTANT),
        ({"starts_at": 5}, "policy.starts_at", "input should be a valid string"),
        (
            {"starts_at": "2026-06-01T08:00:00"},
            "policy.starts_at",
            "has no offset; write it like 2026-12-01T09:00:00Z, or with +01:00 in place of the Z",
        ),
        ({"ends_at": "0001-01-01T00:00:00+05:00"}, "policy.ends_at", "is not a possible time"),
        (
            {"starts_at": "2026-06-01T08:00:00Z", "ends_at": "2026-06-01T10:00:00+02:00"},
            "policy.ends_at",
            "must be after starts_at",
        ),
        ({"attempts_max": 0}, "policy.attempts_max", "input should be greater than or equal to 1"),
        ({"attempts_max": 51}, "policy.attempts_max", "input should be less than or equal to 50"),
        ({"attempts_max": "3"}, "policy.attempts_max", "input should be a valid integer"),
        ({"attempts_max": True}, "policy.attempts_max", "input should be a valid integer"),
        ({"answer_grace_seconds": -1}, "policy.answer_grace_seconds", "input should be greater than or equal to 0"),
        (
            {"answer_grace_seconds": 86_401},
            "policy.answer_grace_seconds",
            "input should be less than or equal to 86400",
        ),
        ({"attempt_gap_seconds": -1}, "policy.attempt_gap_seconds", "input should be greater than or equal to 0"),
        (
            {"attempt_gap_seconds": 7_776_001},
            "policy.attempt_gap_seconds",
            "input should be less than or equal to 7776000",
        ),
        ({"retry": {"reached": {"after_seconds": 1}}}, "policy.retry.reached", UNKNOWN),
        ({"retry": {"failed": {}}}, "policy.retry.failed.after_seconds", "is missing"),
        (
            {"retry": {"failed": {"after_seconds": 1.5}}},
            "policy.retry.failed.after_seconds",
            "input should be a valid integer",
        ),
        ({"caps": {}}, "policy.caps", "input should be a valid list"),
        ({"caps": [{"attempts_max": 3}]}, "policy.caps[0].period_hours", "is missing"),
        ({"caps": [{"period_hours": 3}]}, "policy.caps[0].attempts_max", "is missing"),
        (
            {"caps": [{"attempts_max": 3, "period_hours": 24}, {"attempts_max": 3, "period_hours": 0}]},
            "policy.caps[1].period_hours",
            "input should be greater than or equal to 0.01",
        ),
        (
            {"caps": [{"attempts_max": 3, "period_hours": 8785}]},
            "policy.caps[0].period_hours",
            "input should be less than or equal to 8784",
        ),
        (
            {"caps": [{"attempts_max": 3, "period_hours": 24, "per": "campaign"}]},
            "policy.caps[0].per",
            "input should be 'person' or 'purpose'",
        ),
        ({"conversation_gaps": [{"seconds": 5}]}, "policy.conversation_gaps[0].hours", "is missing"),
        (
            {"conversation_gaps": [{"hours": float("inf")}]},
            "policy.conversation_gaps[0].hours",
            "input should be a finite number",
        ),
        (
            {"purpose": "Debt!"},
            "policy.purpose",
            "must be 1 to 64 of a-z, 0-9, '_' and '-', not starting with a sign, like spring_followup",
        ),
        (
            {"waits_for": ["service", "Debt!"]},
            "policy.waits_for[1]",
            "must be 1 to 64 of a-z, 0-9, '_' and '-', not starting with a sign, like spring_followup",
        ),
        ({"only": []}, "policy.only", "list should have at least 1 item after validation, not 0"),
        ({"only": ["+15551230002", "5551230003"]}, "policy.only[1]", NUMBER),
        ({"budget": {}}, "policy.budget", "limits nothing; give calls_max, or cost_max and currency"),
        ({"budget": {"cost_max": "5"}}, "policy.budget", "needs cost_max and currency together"),
        ({"budget": {"calls_max": 5, "currency": "EUR"}}, "policy.budget", "needs cost_max and currency together"),
        ({"budget": {"calls_max": 0}}, "policy.budget.calls_max", "input should be greater than or equal to 1"),
        (
            {"budget": {"cost_max": 250.0, "currency": "EUR"}},
            "policy.budget.cost_max",
            "input should be a valid string",
        ),
        ({"budget": {"cost_max": "0.00", "currency": "EUR"}}, "policy.budget.cost_max", MONEY),
        ({"budget": {"cost_max": "1e3", "currency": "EUR"}}, "policy.budget.cost_max", MONEY),
        ({"budget": {"cost_max": "-5", "currency": "EUR"}}, "policy.budget.cost_max", MONEY),
        ({"budget": {"cost_max": "5\n", "currency": "EUR"}}, "policy.budget.cost_max", MONEY),
        (
            {"budget": {"cost_max": "5", "currency": "euro"}},
            "policy.budget.currency",
            "must be three capital letters, like EUR",
        ),
        ({"breaker": {"failures_share_max": 0.5}}, "policy.breaker.window_attempts", "is missing"),
        (
            {"breaker": {"window_attempts": 4, "failures_share_max": 0.5}},
            "policy.breaker.window_attempts",
            "input should be greater than or equal to 5",
        ),
        (
            {"breaker": {"window_attempts": 50}},
            "policy.breaker",
            "watches nothing; give failures_share_max, refusals_share_max or short_calls_share_max",
        ),
        (
            {"breaker": {"window_attempts": 50, "failures_share_max": 1.5}},
            "policy.breaker.failures_share_max",
            "input should be less than or equal to 1",
        ),
        (
            {"breaker": {"window_attempts": 50, "short_calls_share_max": 0.5}},
            "policy.breaker",
            "needs short_calls_share_max and short_call_seconds together",
        ),
        ({"opt_out_digits": ""}, "policy.opt_out_digits", "must be 1 to 16 of 0-9, * and #, like 9"),
        ({"opt_out_digits": "nine"}, "policy.opt_out_digits", "must be 1 to 16 of 0-9, * and #, like 9"),
        ({"opt_out_digits": 9}, "policy.opt_out_digits", "input should be a valid string"),
        ({"probe": {}}, "policy.probe.after_seconds", "is missing"),
        (
            {"probe": {"after_seconds": 60, "factor": 0.5}},
            "policy.probe.factor",
            "input should be greater than or equal to 1",
        ),
        (
            {"probe": {"after_seconds": 60, "after_seconds_max": 59}},
            "policy.probe.after_seconds_max",
            "must not be less than after_seconds",
        ),
        ({"ramp": {"seconds": 60}}, "policy.ramp.calls_per_second_start", "is missing"),
        (
            {"ramp": {"calls_per_second_start": 1.5, "seconds": 60}},
            "policy.ramp.calls_per_second_start",
            "must not be more than limits.calls_per_second",
        ),
        ({"weight": 0}, "policy.weight", "input should be greater than 0"),
        ({"weight": 101}, "policy.weight", "input should be less than or equal to 100"),
        ({"weight": float("nan")}, "policy.weight", "input should be a finite number"),
        (
            {"callback_grace_seconds": 59},
            "policy.callback_grace_seconds",
            "input should be greater than or equal to 60",
        ),
        ({"needs_approval": 1}, "policy.needs_approval", "input should be a valid boolean"),
        ({"allow_kinds": "premium"}, "policy.allow_kinds", "input should be a valid list"),
        (
            {"allow_kinds": ["premium", "cheap"]},
            "policy.allow_kinds[1]",
            "input should be 'emergency', 'short', 'premium', 'shared_cost', 'personal' or 'satellite'",
        ),
    ],
)
def test_the_field_at_fault_is_named_as_its_sender_wrote_it(given: object, field: str, message: str) -> None:
    assert fault(given) == (field, message)


def test_every_field_has_been_given_wrongly_once() -> None:
    cases: list[Any] = test_the_field_at_fault_is_named_as_its_sender_wrote_it.pytestmark[0].args[1]  # type: ignore[attr-defined]
    named = {field.removeprefix("policy.").split(".")[0].split("[")[0] for _, field, _ in cases}

    assert {*Policy.__struct_fields__, "preset"} <= named
