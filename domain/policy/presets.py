"""Policies to start from, each with where it comes from and as of when. Engineering defaults, not legal advice."""

from collections.abc import Mapping
from datetime import date
from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from domain.policy.hours import WEEKDAYS, Hours, Window
from domain.policy.policy import NEW_POLICY, Cap, ConversationGap, Policy

PresetName = Literal["us", "us-florida", "uk", "reg-f"]
PRESET_NAMES: tuple[PresetName, ...] = get_args(PresetName)
NOTE = "an engineering default, not legal advice"
_DAY_SECONDS = 86_400


class Preset(Struct, frozen=True, kw_only=True):
    """A policy under a name; `as_of` is the day on which `source` was read, `note` what it is not."""

    name: PresetName
    as_of: date
    source: str
    note: str = NOTE
    policy: Policy


def _every_day(opens: int, closes: int) -> Hours:
    return dict.fromkeys(WEEKDAYS, (Window(opens * 60, closes * 60),))


_ALL = (
    Preset(
        name="us",
        as_of=date(2026, 11, 23),
        source="47 CFR 64.1200(c)(1), https://www.ecfr.gov/current/title-47/section-64.1200",
        policy=replace(NEW_POLICY, hours=_every_day(8, 21)),
    ),
    Preset(
        name="us-florida",
        as_of=date(2026, 11, 23),
        source="Florida Statutes 501.616(6), http://www.leg.state.fl.us/statutes/",
        policy=replace(
            NEW_POLICY, hours=_every_day(8, 20), caps=(Cap(attempts_max=3, period_seconds=_DAY_SECONDS, per="person"),)
        ),
    ),
    Preset(
        name="uk",
        as_of=date(2026, 11, 23),
        source="Direct Marketing Association, telemarketing guide (no statute names hours), https://dma.org.uk/",
        policy=replace(
            NEW_POLICY,
            hours={
                day: (Window((9 if day == "saturday" else 8) * 60, 21 * 60),) for day in WEEKDAYS if day != "sunday"
            },
            holidays=("GB",),
        ),
    ),
    Preset(
        name="reg-f",
        as_of=date(2026, 11, 23),
        source="12 CFR 1006.14(b)(2), https://www.ecfr.gov/current/title-12/section-1006.14",
        policy=replace(
            NEW_POLICY,
            caps=(Cap(attempts_max=7, period_seconds=7 * _DAY_SECONDS, per="purpose"),),
            conversation_gaps=(ConversationGap(seconds=7 * _DAY_SECONDS, per="purpose"),),
        ),
    ),
)
PRESETS: Mapping[PresetName, Preset] = {preset.name: preset for preset in _ALL}
