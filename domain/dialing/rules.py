"""Every rule that there is, by its permanent name, in the order in which it is looked at, with whom it concerns."""

from collections.abc import Mapping

from domain.dialing.verdict import Scope

RULES_NUMBER = 2
"""Raised with any change of what a rule means, so that no older verdict is judged by what came later.

1: the rules of release 0.1.0, and of every verdict that names no number. Each later one is in the list of `docs/events.md`.
"""

RULES_KEPT = frozenset({RULES_NUMBER})
"""The numbers whose rules are in this code. A verdict of any other is not recomputable: what it went by is in no code that runs.

Whoever raises the number keeps the old rules here, or gives them up by this list; `tests/releases` has verdicts of each.
"""

RULES: Mapping[str, Scope] = {
    "campaign_not_running": "campaign",
    "outside_schedule": "campaign",
    "account_paused": "account",
    "clock_ahead": "account",
    "not_enrolled": "recipient",
    "withdrawn": "recipient",
    "suppressed": "recipient",
    "refused": "recipient",
    "consent_missing": "recipient",
    "declined": "recipient",
    "callback_waits": "recipient",
    "attempts_used_up": "recipient",
    "outcome_not_retried": "recipient",
    "retry_gap": "recipient",
    "attempt_gap": "recipient",
    "person_cap": "recipient",
    "conversation_gap": "recipient",
    "answer_grace": "recipient",
    "open_attempt": "recipient",
    "purpose_waits": "recipient",
    "on_inbound_call": "recipient",
    "lookup_failed": "recipient",
    "destination_held": "recipient",
    "number_kind": "recipient",
    "not_in_only_numbers": "recipient",
    "not_in_only_list": "recipient",
    "not_started_yet": "campaign",
    "campaign_over": "campaign",
    "caller_numbers_capped": "campaign",
    "caller_numbers_removed": "campaign",
    "agents_unknown": "campaign",
    "agents_busy": "campaign",
    "zone_unknown": "recipient",
    "zone_data_missing": "recipient",
    "outside_hours": "recipient",
    "excluded_date": "recipient",
    "holiday": "recipient",
    "holiday_data_missing": "recipient",
}
