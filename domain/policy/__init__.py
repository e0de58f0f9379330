"""A campaign's policy, and presets of it."""

from domain.policy.hours import (
    DAY_MINUTES,
    WEEKDAYS,
    Hours,
    Week,
    Weekday,
    Window,
    minutes_until_open,
    parse_window,
    week_of,
)
from domain.policy.policy import (
    NO_POLICY,
    Breaker,
    Budget,
    Cap,
    ConversationGap,
    Per,
    Policy,
    Probe,
    Ramp,
    Retry,
    RetryOutcome,
)
from domain.policy.presets import PRESET_NAMES, PRESETS, Preset, PresetName

__all__ = [
    "DAY_MINUTES",
    "NO_POLICY",
    "PRESETS",
    "PRESET_NAMES",
    "WEEKDAYS",
    "Breaker",
    "Budget",
    "Cap",
    "ConversationGap",
    "Hours",
    "Per",
    "Policy",
    "Preset",
    "PresetName",
    "Probe",
    "Ramp",
    "Retry",
    "RetryOutcome",
    "Week",
    "Weekday",
    "Window",
    "minutes_until_open",
    "parse_window",
    "week_of",
]
