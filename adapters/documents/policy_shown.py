"""A campaign's policy in the form in which it is written, so that what is shown can be sent again."""

from typing import Any

import msgspec

from adapters.documents.texts import HOUR_SECONDS
from domain.phone_number import mask
from domain.policy import NEW_POLICY, Policy


def shown_policy(policy: Policy | None, *, sees_numbers: bool) -> dict[str, Any] | None:
    """What of a policy is not as one that is written today has it by default; null without one.

    Its numbers are masked for those who may not see any.
    """
    if policy is None:
        return None
    given = {name: getattr(policy, name) for name in policy.__struct_fields__}
    given = {name: value for name, value in given.items() if value != getattr(NEW_POLICY, name)}
    shown: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(given))
    if policy.hours is not None:
        shown["hours"] = {day: [str(window) for window in windows] for day, windows in policy.hours.items()}
    if policy.caps:
        shown["caps"] = [
            {"attempts_max": cap.attempts_max, "period_hours": _hours(cap.period_seconds), "per": cap.per}
            for cap in policy.caps
        ]
    if policy.conversation_gaps:
        shown["conversation_gaps"] = [
            {"hours": _hours(gap.seconds), "per": gap.per} for gap in policy.conversation_gaps
        ]
    if policy.consent is not None:
        # A stored one leaves out what was not required; whoever sends it again without a word requires it.
        shown["consent"] = {"required": policy.consent.required, **shown["consent"]}
    if policy.only is not None and not sees_numbers:
        shown["only"] = [mask(number) for number in policy.only]
    return shown


def _hours(seconds: int) -> float:
    return seconds // HOUR_SECONDS if seconds % HOUR_SECONDS == 0 else seconds / HOUR_SECONDS
