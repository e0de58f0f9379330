import re
from pathlib import Path

import msgspec
import pytest

from adapters.documents.policy import PolicyInput
from adapters.documents.policy_shown import shown_policy
from domain.policy import NEW_POLICY, NO_POLICY, PRESETS, Policy
from entrypoints import policy_wording
from entrypoints.policy_wording import length_in_words, policy_groups, policy_sentences

GRACE = "For 1 minute after a call, late word of an answer is waited for before another try."
ONCE = "Each person is tried once."
ANY_HOUR = "People may be called at any hour of any day."
ZONES = "A number in several time zones is called only while all of them are open; one in no known zone waits."


def said_of(**given: object) -> list[str]:
    """What is said of a policy that somebody writes today."""
    return policy_sentences(shown_policy(PolicyInput.model_validate(given).policy(), sees_numbers=True))


def beside_the_defaults(**given: object) -> list[str]:
    return [one for one in said_of(**given) if one not in {GRACE, ONCE, ANY_HOUR, ZONES}]


def test_without_a_policy_that_is_said() -> None:
    assert policy_sentences(None) == [
        "There is no policy: each person is tried once, at any hour, and nothing stops the campaign by itself."
    ]


def test_an_empty_policy_says_what_holds_by_default() -> None:
    assert said_of() == [ANY_HOUR, ONCE, GRACE]


def test_a_policy_of_the_first_release_waits_for_no_late_word() -> None:
    assert policy_sentences(shown_policy(NO_POLICY, sees_numbers=True)) == [ANY_HOUR, ONCE]


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ({"every_day": ["09:00-20:00"]}, "every day 09:00-20:00"),
        ({"weekdays": ["09:00-12:00", "13:00-18:00"]},
         "Monday to Friday 09:00-12:00 and 13:00-18:00, and never on Saturday and Sunday"),
        ({"monday": ["09:00-20:00"], "tuesday": ["09:00-20:00"], "sunday": ["00:00-24:00"]},
         "Monday and Tuesday 09:00-20:00, Sunday all day, and never on Wednesday, Thursday, Friday and Saturday"),
        ({"every_day": ["09:00-20:00"], "friday": ["22:00-02:00"]},
         "Monday to Thursday 09:00-20:00, Friday 22:00-02:00 of the next day, Saturday and Sunday 09:00-20:00"),
    ],
)  # fmt: skip
def test_hours_are_said_by_days_that_are_alike(hours: object, said: str) -> None:
    assert said_of(hours=hours)[0] == f"By the clock where the person is, calls are placed {said}."


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"excluded_dates": ["2026-12-24", "2026-12-31"]}, "Nobody is called on 2026-12-24 and 2026-12-31, their date."),
        ({"holidays": ["US", "GB-SCT", "DE"]}, "Nobody is called on a public holiday of US, GB-SCT and DE."),
        ({"starts_at": "2026-11-30T09:00:00+01:00"}, "No call is placed before 2026-11-30 08:00 UTC."),
        ({"ends_at": "2026-11-30T09:00:05Z"}, "No call is placed from 2026-11-30 09:00:05 UTC on."),
        ({"attempts_max": 3}, "Each person could be tried 3 times, but no outcome is tried again: `policy.retry` names none."),
        ({"caps": [{"attempts_max": 1, "period_hours": 24}]}, "At most 1 attempt to call a person within any 24 hours, counting all campaigns."),
        ({"caps": [{"attempts_max": 7, "period_hours": 168, "per": "purpose"}]}, "At most 7 attempts to call a person within any 7 days, counting this campaign alone."),
        ({"conversation_gaps": [{"hours": 0.5, "per": "purpose"}], "purpose": "debts"}, "After an answered call the person is left alone for 30 minutes, counting campaigns with the purpose debts."),
        ({"only": ["+15550100001"]}, "Only the 1 number of its own list may be called."),
        ({"allow_kinds": ["shared_cost", "premium"]}, "It may also call premium and shared-cost numbers."),
        ({"disclosure": {"says": "a machine"}}, "Each call has to say “a machine” in its first step."),
        (
            {"consent": {"required": True, "purposes": ["renewal"], "max_age_days": 365}},
            "Only who has agreed to calls for renewal, and no longer than 365 days ago, is called.",
        ),
        (
            {"declined": {"digits": "8", "rest_days": 60, "per": "person"}},
            "Whoever enters exactly 8, or says not to be called about this is left alone for 60 days, counting what they said of all campaigns.",
        ),
        (
            {"declined": {}},
            "Whoever says not to be called about this is left alone for good, counting what they said of this campaign alone.",
        ),
        ({"opt_out_digits": "9"}, "Whoever enters exactly 9 is suppressed: no campaign calls them any more."),
        ({"budget": {"calls_max": 1000}}, "It pauses after 1,000 calls."),
        ({"budget": {"cost_max": "50.00", "currency": "EUR"}}, "It pauses once the account has spent 50.00 EUR since it was started."),
        ({"breaker": {"window_attempts": 50, "failures_share_max": 0.5, "short_calls_share_max": 0.125, "short_call_seconds": 3}}, "It pauses when, of its last 50 attempts, more than 50 % failed or more than 12.5 % were answered and over in less than 3 s."),
        ({"probe": {"after_seconds": 60}}, "A pause by MiniVoice is tried by one single call after 1 minute; each further one waits 2 times as long, 1 hour at most."),
        ({"probe": {"after_seconds": 7200, "factor": 1}}, "A pause by MiniVoice is tried by one single call after 2 hours; the next ones each wait as long, 2 hours at most."),
        ({"callback_grace_seconds": 7200}, "A callback that cannot be made is given up 2 hours after the time that was wished."),
        ({"needs_approval": True}, "A second person has to approve a start and a change of the plan."),
        ({"ramp": {"calls_per_second_start": 0.5, "seconds": 600}}, "It begins at 0.5 calls a second and comes to its limit after 10 minutes."),
        ({"weight": 2}, "Where campaigns share the account's pace, it gets 2 turns to another's 1."),
    ],
)  # fmt: skip
def test_each_rule_is_a_sentence(given: dict[str, object], said: str) -> None:
    expected = [ANY_HOUR, GRACE, said] if "attempts_max" in given else [said]
    assert sorted([*expected]) == sorted(said_of(**given) if "attempts_max" in given else beside_the_defaults(**given))


def test_retries_are_said_with_what_is_not_tried_again() -> None:
    retry = {"not_reached": {"after_seconds": 5_400}, "failed": {"after_seconds": 0}}
    assert said_of(attempts_max=3, attempt_gap_seconds=3_600, retry=retry)[1:4] == [
        "Each person is tried at most 3 times, with at least 1 hour in between.",
        "After a call without an answer there is another try, 1 hour 30 minutes later at the earliest.",
        "After a failed call there is another try, without a wait of its own.",
    ]
    assert said_of(attempts_max=3, retry=retry)[4] == (
        "There is none after a canceled call or MiniVoice's word that no call was placed (originate_failed)."
    )


def test_many_dates_are_not_cut_without_saying_so() -> None:
    days = [f"2026-12-{day:02}" for day in range(1, 32)]
    (said,) = beside_the_defaults(excluded_dates=days)
    assert said.endswith("2026-12-11, 2026-12-12 and 19 more days, their date.")


def test_a_default_zone_stands_for_those_that_are_not_known() -> None:
    assert said_of(hours={"every_day": ["09:00-20:00"]}, default_zone="Europe/Berlin")[1] == (
        "Where the person's time zone is not known, or could be several, it is taken to be Europe/Berlin."
    )


def test_a_viewers_policy_is_said_without_any_number() -> None:
    shown = shown_policy(Policy(only=("+15550100001", "+15550100002")), sees_numbers=False)
    assert not re.search(r"\+\d", " ".join(policy_sentences(shown)))


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_can_be_said(name: str) -> None:
    shown = shown_policy(PRESETS[name].policy, sees_numbers=True)  # type: ignore[index]
    assert len(policy_sentences(shown)) >= 3


def test_no_field_of_a_policy_is_left_out() -> None:
    text = Path(policy_wording.__file__).read_text()
    fields = [field.name for field in msgspec.structs.fields(Policy)]
    assert [name for name in fields if f'"{name}"' not in text] == []


def test_the_default_that_it_knows_is_the_one_that_policies_have() -> None:
    assert NEW_POLICY.answer_grace_seconds == policy_wording.GRACE_SECONDS_DEFAULT


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (90, "1 minute 30 seconds"),
        (86_400, "24 hours"),
        (172_800, "2 days"),
        (604_800 + 3_600, "7 days 1 hour"),
    ],
)
def test_a_length_is_said_in_words(seconds: int, words: str) -> None:
    assert length_in_words(seconds) == words


def test_sentences_are_grouped_by_what_they_are_about_and_none_is_lost() -> None:
    given = {
        "hours": {"every_day": ["09:00-20:00"]},
        "attempts_max": 2,
        "opt_out_digits": "9",
        "budget": {"calls_max": 5},
        "ramp": {"calls_per_second_start": 1, "seconds": 60},
        "based_on": {"preset": "us", "as_of": "2026-11-23"},
    }
    policy = shown_policy(PolicyInput.model_validate(given).policy(), sees_numbers=True)
    groups = policy_groups(policy)
    assert [name for name, _ in groups] == ["When", "How often", "Whom", "How far", "How fast", "Where it comes from"]
    assert [one for _, group in groups for one in group] == policy_sentences(policy)
    assert [name for name, _ in policy_groups({})] == ["When", "How often"]
    assert policy_groups(None) == [("", policy_sentences(None))]
