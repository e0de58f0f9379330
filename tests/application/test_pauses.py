"""Every pause in words: what happened, and what to do."""

from typing import get_args

import pytest
from msgspec.structs import replace

from adapters.minivoice_answers import BY_CODE as ANSWERS
from adapters.minivoice_answers import WRONG_ADDRESS
from application.pauses import BY_CODE, BY_STATUS, RATE, Explanation, explain_hold, explain_pause
from domain import breaker, budget
from domain.account import AccountPause
from domain.campaign import BY_SCHEDULE, CampaignPause, Scheduled
from domain.instants import time_text
from tests.domain.given import at

PAUSING = sorted(code for code, rule in ANSWERS.items() if rule.throttle is None)
RULES = (*get_args(budget.Code), *get_args(breaker.Code))


@pytest.mark.parametrize("code", [*PAUSING, *RULES])
def test_each_code_that_may_pause_or_hold_has_its_words(code: str) -> None:
    told = explain_pause(CampaignPause(cause="provider", code=code, at=at(0)), "spring")

    assert told == BY_CODE[code]
    assert min(len(told.reason), len(told.what_to_do)) > 20


def test_no_words_are_for_a_code_that_there_is_not() -> None:
    assert set(BY_CODE) == {*PAUSING, *RULES}


@pytest.mark.parametrize("status", [401, 402, 403, 404, 405])
def test_a_status_without_a_code_that_is_known_has_its_words(status: int) -> None:
    told = explain_pause(AccountPause(cause="provider", code="surprise", status=status, at=at(0)), "spring")

    assert told == BY_STATUS[status]
    assert status in WRONG_ADDRESS | {401, 402, 403}


def test_a_pause_that_another_key_brought_along_says_so() -> None:
    own = AccountPause(cause="provider", code="unauthorized", status=401, at=at(0))
    told = explain_pause(replace(own, carried_from="f0"), "spring")

    assert told == Explanation(
        "the account behind the earlier key was paused (MiniVoice does not know the key), and another key does not end that",
        "look whether the reason is gone for this key, then `dialtrail campaign resume spring`",
    )


def test_what_nobody_foresaw_and_what_people_did_are_in_words_too() -> None:
    unknown, operator, canary = (
        explain_pause(CampaignPause(cause=cause, code=None, at=at(0)), "spring")
        for cause in ("provider", "operator", "canary")
    )

    assert (unknown.reason, unknown.what_to_do) == ("MiniVoice refuses calls", "resume it when the reason is gone")
    assert operator.what_to_do == "`dialtrail campaign resume spring` lets it dial again"
    assert "`dialtrail campaign cancel spring`" in canary.what_to_do
    assert (explain_hold("rate_not_found"), explain_hold("surprise"), explain_hold(None)) == (RATE, RATE, RATE)


@pytest.mark.parametrize(
    ("ends", "then"),
    [
        (Scheduled(at(60), "resume"), f"it goes on by its schedule at {time_text(at(60))}"),
        (Scheduled(at(60), "stop"), f"its schedule stops it for good at {time_text(at(60))}"),
        (None, "nothing in its schedule ends that"),
    ],
)
def test_a_pause_by_the_schedule_says_what_ends_it(ends: Scheduled | None, then: str) -> None:
    told = explain_pause(CampaignPause(cause=BY_SCHEDULE, code=None, at=at(0)), "spring", ends)

    assert told == Explanation("its schedule paused it", f"{then}; `dialtrail campaign resume spring` lets it dial now")
