"""Each preset with its date and its source."""

from datetime import date

import pytest
from msgspec.structs import replace

from domain.policy import (
    NEW_POLICY,
    PRESET_NAMES,
    PRESETS,
    WEEKDAYS,
    BasedOn,
    Cap,
    ConsentRules,
    ConversationGap,
    DeclineRules,
    Window,
)

EIGHT_TO_NINE = (Window(8 * 60, 21 * 60),)
WEEK_SECONDS = 7 * 86_400


def test_the_presets_are_these() -> None:
    assert tuple(PRESETS) == PRESET_NAMES == ("us", "us-florida", "uk", "reg-f", "us-texas", "fr")
    assert {name: preset.policy for name, preset in PRESETS.items()} == {
        "us": replace(NEW_POLICY, hours=dict.fromkeys(WEEKDAYS, EIGHT_TO_NINE)),
        "us-florida": replace(
            NEW_POLICY,
            hours=dict.fromkeys(WEEKDAYS, (Window(8 * 60, 20 * 60),)),
            caps=(Cap(attempts_max=3, period_seconds=86_400, per="person"),),
        ),
        "uk": replace(
            NEW_POLICY,
            hours={
                **dict.fromkeys(WEEKDAYS[:5], EIGHT_TO_NINE),
                "saturday": (Window(9 * 60, 21 * 60),),
            },
            holidays=("GB",),
        ),
        "reg-f": replace(
            NEW_POLICY,
            caps=(Cap(attempts_max=7, period_seconds=WEEK_SECONDS, per="purpose"),),
            conversation_gaps=(ConversationGap(seconds=WEEK_SECONDS, per="purpose"),),
        ),
        "us-texas": replace(
            NEW_POLICY,
            hours={
                **dict.fromkeys(WEEKDAYS[:6], (Window(9 * 60, 21 * 60),)),
                "sunday": (Window(12 * 60, 21 * 60),),
            },
        ),
        "fr": replace(
            NEW_POLICY,
            hours=dict.fromkeys(WEEKDAYS[:5], (Window(10 * 60, 13 * 60), Window(14 * 60, 20 * 60))),
            holidays=("FR",),
            consent=ConsentRules(required=True),
            declined=DeclineRules(rest_days=60, per="person"),
            caps=(Cap(attempts_max=4, period_seconds=30 * 86_400, per="person"),),
        ),
    }


@pytest.mark.parametrize("name", PRESET_NAMES)
def test_a_preset_says_as_of_when_and_from_where_and_what_it_is_not(name: str) -> None:
    preset = PRESETS[name]  # type: ignore[index]

    assert preset.name == name
    assert date(2026, 1, 1) <= preset.as_of <= date(2026, 12, 31)
    assert "https://" in preset.source or "http://" in preset.source
    assert preset.applied == replace(preset.policy, based_on=BasedOn(preset=name, as_of=preset.as_of))
    assert preset.note == "an engineering default, not legal advice"
