"""Policies to start from, each with where it comes from and as of when. Engineering defaults, not legal advice."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from domain.policy.hours import WEEKDAYS, Hours, Window
from domain.policy.policy import NEW_POLICY, BasedOn, Cap, ConsentRules, ConversationGap, DeclineRules, Policy

PresetName = Literal["us", "us-florida", "uk", "reg-f", "us-texas", "fr"]
PRESET_NAMES: tuple[PresetName, ...] = get_args(PresetName)
NOTE = "an engineering default, not legal advice"
READ_AGAIN_AFTER_DAYS = 365
"""Laws change: whoever still calls by a preset that was read longer ago than this is warned."""
_DAY_SECONDS = 86_400


class Preset(Struct, frozen=True, kw_only=True):
    """A policy under a name; `as_of` is the day on which `source` was read, `note` what it is not."""

    name: PresetName
    as_of: date
    source: str
    note: str = NOTE
    policy: Policy

    @property
    def applied(self) -> Policy:
        """The policy of a campaign that is made from it: it names what it was made from."""
        return replace(self.policy, based_on=BasedOn(preset=self.name, as_of=self.as_of))


def is_outdated(based_on: BasedOn, now: datetime) -> bool:
    """Whether what a preset rests on was read too long before `now` to be relied on unseen."""
    return now.date() - based_on.as_of > timedelta(days=READ_AGAIN_AFTER_DAYS)


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
    Preset(
        name="us-texas",
        as_of=date(2026, 11, 30),
        source="Texas Business and Commerce Code 301.051, https://statutes.capitol.texas.gov/Docs/BC/htm/BC.301.htm",
        policy=replace(NEW_POLICY, hours={**_every_day(9, 21), "sunday": (Window(12 * 60, 21 * 60),)}),
    ),
    Preset(
        name="fr",
        as_of=date(2026, 11, 30),
        source="Code de la consommation L223-1 and D223-9, https://www.legifrance.gouv.fr/codes/id/LEGITEXT000006069565/",
        policy=replace(
            NEW_POLICY,
            hours=dict.fromkeys(WEEKDAYS[:5], (Window(10 * 60, 13 * 60), Window(14 * 60, 20 * 60))),
            holidays=("FR",),
            consent=ConsentRules(required=True),
            declined=DeclineRules(rest_days=60, per="person"),
            caps=(Cap(attempts_max=4, period_seconds=30 * _DAY_SECONDS, per="person"),),
        ),
    ),
)
PRESETS: Mapping[PresetName, Preset] = {preset.name: preset for preset in _ALL}
