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
    ANSWER_GRACE_SECONDS_DEFAULT,
    NEW_POLICY,
    NO_POLICY,
    BasedOn,
    Breaker,
    Budget,
    Cap,
    ConsentRules,
    ConversationGap,
    DeclineRules,
    DisclosureRules,
    Per,
    Policy,
    Probe,
    Ramp,
    Retry,
    RetryOutcome,
)
from domain.policy.presets import PRESET_NAMES, PRESETS, READ_AGAIN_AFTER_DAYS, Preset, PresetName, is_outdated
