from collections.abc import Mapping
from typing import Any, get_args

import pytest

from adapters.documents.agents import AgentRulesInput
from adapters.documents.callers import PoolInput
from adapters.documents.campaign import CampaignInput, LimitsInput
from adapters.documents.input import StrictInput
from adapters.documents.policy import PolicyInput
from domain.campaign import CampaignEvent
from entrypoints.plan_wording import EVENTS, NAMES, agents_sentences, change_in_words, value_in_words

PARTS: Mapping[str, type[StrictInput]] = {
    "from": PoolInput,
    "limits": LimitsInput,
    "policy": PolicyInput,
    "agents": AgentRulesInput,
}
NEVER_SHOWN = {"policy.preset"}
SCHEDULE = {"zone": "Europe/Berlin", "start_at": "2026-06-01T08:00", "pause": ["12:00"], "resume": ["2026-06-02T13:00"]}
CAPS = [{"attempts_max": 2, "period_hours": 24, "per": "person"}]
RETRY = {"not_reached": {"after_seconds": 14_400}, "failed": {"after_seconds": 0}}

TOLD: list[tuple[str, Any, str]] = [
    ("record", True, "yes"),
    ("metadata", {"season": "spring"}, "season: spring"),
    ("limits.calls_per_second", 2.0, "2"),
    ("limits.calls_at_once", 1_000, "1,000"),
    ("from.pool", ["+15551230001", "+15551230003"], "+15551230001, +15551230003"),
    ("policy.hours", None, "any hour of any day"),
    (
        "policy.hours",
        {"monday": ["09:00-20:00"]},
        "Monday 09:00-20:00, and never on Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday",
    ),
    ("policy.attempt_gap_seconds", 14_400, "4 hours"),
    ("policy.attempts_max", None, "1"),
    ("policy.retry", RETRY, "after a call without an answer 4 hours later; after a failed call at once"),
    ("policy.caps", CAPS, "2 attempts within 24 hours, by all campaigns"),
    ("policy.conversation_gaps", [{"hours": 168, "per": "purpose"}], "7 days, by those of its purpose"),
    ("policy.budget", {"calls_max": 5_000, "cost_max": "250", "currency": "USD"}, "5,000 calls or 250 USD spent"),
    (
        "policy.breaker",
        {"window_attempts": 50, "failures_share_max": 0.4},
        "of its last 50 attempts, more than 40 % failed",
    ),
    (
        "policy.ramp",
        {"calls_per_second_start": 0.5, "seconds": 600},
        "from 0.5 calls a second to the limit in 10 minutes",
    ),
    ("policy.probe", {"after_seconds": 60}, "by one call after 1 minute"),
    ("policy.starts_at", "2026-06-01T08:00:00Z", "2026-06-01 08:00 UTC"),
    ("policy.allow_kinds", ["shared_cost"], "shared cost"),
    (
        "schedule",
        SCHEDULE,
        "starts 2026-06-01 08:00, pauses every day at 12:00, goes on 2026-06-02 13:00 (Europe/Berlin)",
    ),
    ("lookup", {"url": "https://crm.example.com", "on_failure": "go_on"}, "https://crm.example.com; on failure: go on"),
    ("agents.why", "most hang up", "most hang up"),
    ("agents.url", None, "none"),
]


def test_every_field_of_a_plan_has_words() -> None:
    parts = {f"{part}.{name}" for part, form in PARTS.items() for name in form.model_fields} - NEVER_SHOWN
    others = {field.alias or name for name, field in CampaignInput.model_fields.items()} - {*PARTS, "id"}
    assert set(NAMES) == parts | others


def test_every_event_of_a_campaign_has_words() -> None:
    assert set(EVENTS) == {event.NAME for event in get_args(CampaignEvent)}


@pytest.mark.parametrize(("name", "value", "says"), TOLD)
def test_a_value_is_told_in_words(name: str, value: Any, says: str) -> None:
    assert value_in_words(name, value) == says


def test_of_a_script_the_steps_that_change_are_named() -> None:
    before = {"start": "a", "steps": {"a": {"end": True}, "b": {"end": True}}}
    after = {"start": "a", "steps": {"a": {"next": "c"}, "c": {"end": True}}}
    change = change_in_words("script", before, after)
    assert (change.before, change.after) == ("2 steps", "2 steps; new: c; changed: a; gone: b")
    assert change_in_words("script", None, after).before == "none"
    assert change_in_words("colour", 1, 2).says == "colour"


def test_agents_are_told_in_sentences() -> None:
    assert agents_sentences(None) == []
    assert agents_sentences({"factor": 1.0, "life_seconds": 60}) == [
        "For each agent who is free at most one call is under way.",
        "Who is free is told to us.",
        "Such a word is believed for 1 minute; after that nobody is called.",
    ]
    asked = agents_sentences({"factor": 1.5, "why": "some hang up", "life_seconds": 90, "url": "https://a.example.com"})
    assert asked[0] == "For each agent who is free at most 1.5 calls are under way, because some hang up."
    assert asked[1] == "https://a.example.com is asked who is free."
