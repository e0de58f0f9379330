"""When the hours of a policy let somebody be called, on the clocks of wherever they may be."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.dialing import SEARCHED_DAYS_MAX, Reason, judged_zones
from domain.policy import WEEKDAYS, Policy, Weekday, Window
from tests.domain.dialing.clock_reasons import BERLIN, DAYS, LONDON, LOS_ANGELES, NEW_YORK, only_reason, reasons, until
from tests.domain.dialing.clocks import first_open, is_open, utc
from tests.examples import examples

# Forward and back; by half an hour; at midnight, so that 00:00 never comes; around Ramadan; and where nothing changes.
ZONES = (
    BERLIN,
    NEW_YORK,
    LOS_ANGELES,
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
)
TURNS = tuple(
    utc(text)
    for text in (
        "2026-03-29T01:00",
        "2026-10-25T01:00",
        "2026-03-08T07:00",
        "2026-03-08T10:00",
        "2026-11-01T06:00",
        "2026-11-01T09:00",
        "2026-04-04T15:00",
        "2026-10-03T15:30",
        "2026-04-05T03:00",
        "2026-09-06T04:00",
        "2026-02-15T02:00",
        "2026-03-22T02:00",
        "2028-02-29T00:00",
        "2027-01-01T00:00",
    )
)
MINUTES = st.one_of(st.sampled_from([0, 60, 90, 120, 150, 180, 1380, 1439]), st.integers(0, 1439))
WINDOWS = st.builds(Window, MINUTES, st.one_of(MINUTES.filter(bool), st.just(1440)))
HOURS = st.dictionaries(st.sampled_from(WEEKDAYS), st.lists(WINDOWS, min_size=1, max_size=2).map(tuple), min_size=1)
INSTANTS = st.builds(
    lambda turn, seconds: turn + timedelta(seconds=seconds),
    st.sampled_from(TURNS),
    st.one_of(st.integers(-30 * 3600, 30 * 3600), st.floats(-7200, 7200)),
)
ONE_OR_MORE_ZONES = st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True)
LOOKED_AHEAD = timedelta(days=2)


@settings(max_examples=examples(150))
@given(HOURS, ONE_OR_MORE_ZONES, INSTANTS)
def test_the_next_opening_is_the_first_minute_at_which_all_clocks_show_open(
    hours: Mapping[Weekday, tuple[Window, ...]], zones: list[str], now: datetime
) -> None:
    expected = first_open(hours, zones, now, LOOKED_AHEAD)
    found = until(Policy(hours=hours), "|".join(zones), now)

    if expected is None:
        assert found is None or found > now + LOOKED_AHEAD
    else:
        assert found == expected


@settings(max_examples=examples(150))
@given(HOURS, ONE_OR_MORE_ZONES, INSTANTS)
def test_at_the_next_opening_it_is_open_and_just_before_it_is_not(
    hours: Mapping[Weekday, tuple[Window, ...]], zones: list[str], now: datetime
) -> None:
    opens = until(Policy(hours=hours), "|".join(zones), now)
    assume(opens is not None and opens > now)
    assert opens is not None

    assert all(is_open(hours, zone, opens) for zone in zones)
    assert not all(is_open(hours, zone, opens - timedelta(microseconds=1)) for zone in zones)
    assert reasons(Policy(hours=hours), "|".join(zones), opens) == []


@settings(max_examples=examples(100))
@given(HOURS, ONE_OR_MORE_ZONES, INSTANTS, st.floats(0, 1))
def test_while_time_passes_the_next_opening_stays_where_it_is_until_it_has_come(
    hours: Mapping[Weekday, tuple[Window, ...]], zones: list[str], now: datetime, share: float
) -> None:
    policy, key = Policy(hours=hours), "|".join(zones)
    opens = until(policy, key, now)
    assume(opens is not None and opens > now)
    assert opens is not None
    later = now + (opens - now) * share

    assert until(policy, key, later) == opens
    assert (until(policy, key, opens + timedelta(minutes=1)) or opens) >= opens


@pytest.mark.parametrize(
    ("zone", "window", "now", "opens"),
    [
        # Berlin puts its clocks forward from 02:00 to 03:00: 02:30 never comes, 03:00 comes at 01:00 UTC.
        (BERLIN, Window(150, 240), "2026-03-29T00:59:59", "2026-03-29T01:00"),
        (BERLIN, Window(130, 170), "2026-03-29T00:30", "2026-03-30T00:10"),
        # And back from 03:00 to 02:00: 02:30 comes twice, and what is open is open both times.
        (BERLIN, Window(150, 180), "2026-10-25T00:00", "2026-10-25T00:30"),
        (BERLIN, Window(150, 180), "2026-10-25T01:00", "2026-10-25T01:30"),
        # Nine is nine on the Saturday before, on the Sunday and on the Monday after.
        (NEW_YORK, Window(540, 1200), "2026-03-07T06:00", "2026-03-07T14:00"),
        (NEW_YORK, Window(540, 1200), "2026-03-08T06:00", "2026-03-08T13:00"),
        (NEW_YORK, Window(540, 1200), "2026-11-01T05:00", "2026-11-01T14:00"),
        # Santiago skips the first hour of a day.
        ("America/Santiago", Window(0, 60), "2026-09-06T03:00", "2026-09-07T03:00"),
        ("America/Santiago", Window(0, 120), "2026-09-06T03:00", "2026-09-06T04:00"),
        # The 29th of February is a day like any other.
        (BERLIN, Window(540, 600), "2028-02-28T10:00", "2028-02-29T08:00"),
        (BERLIN, Window(540, 600), "2028-02-29T10:00", "2028-03-01T08:00"),
    ],
)
def test_when_the_clocks_are_put_differently_the_wall_decides(zone: str, window: Window, now: str, opens: str) -> None:
    policy = Policy(hours=dict.fromkeys(WEEKDAYS, (window,)))

    assert until(policy, zone, utc(now)) == utc(opens)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-06-05T21:59:59", "2026-06-05T22:00"),
        ("2026-06-05T23:00", None),
        ("2026-06-06T00:00", None),
        ("2026-06-06T01:59:59", None),
        ("2026-06-06T02:00", "2026-06-12T22:00"),
    ],
)
def test_a_window_that_closes_before_it_opens_goes_on_past_midnight(now: str, opens: str | None) -> None:
    night = Policy(hours={"friday": (Window(22 * 60, 2 * 60),)})

    assert until(night, "Etc/UTC", utc(now)) == utc(opens or now)


@pytest.mark.parametrize("window", [Window(0, 1440), Window(0, 0), Window(540, 540)])
def test_a_window_of_a_whole_day_has_no_end_where_each_day_has_one(window: Window) -> None:
    always = Policy(hours=dict.fromkeys(WEEKDAYS, (window,)))

    assert all(not reasons(always, BERLIN, turn + timedelta(hours=h)) for turn in TURNS for h in range(-30, 30))


def test_a_window_of_twenty_four_hours_of_one_day_ends_where_it_began() -> None:
    policy = Policy(hours={"monday": (Window(540, 540),)})

    assert until(policy, "Etc/UTC", utc("2026-06-01T08:59")) == utc("2026-06-01T09:00")
    assert reasons(policy, "Etc/UTC", utc("2026-06-02T08:59:59.999999")) == []
    assert until(policy, "Etc/UTC", utc("2026-06-02T09:00")) == utc("2026-06-08T09:00")


def test_outside_the_hours_the_reason_says_where_when_and_which_hours() -> None:
    # Eight in New York is five in Los Angeles.
    key = f"{LOS_ANGELES}|{NEW_YORK}"

    assert only_reason(Policy(hours=DAYS), key, utc("2026-05-29T12:30:15")) == Reason(
        rule="outside_hours",
        scope="recipient",
        until=utc("2026-05-29T15:00"),
        inputs={
            "zones": "America/Los_Angeles, America/New_York",
            "zone": LOS_ANGELES,
            "local_time": "2026-05-29T05:30-07:00",
            "weekday": "friday",
            "windows": "08:00-21:00",
            "searched_days": SEARCHED_DAYS_MAX,
        },
    )


def test_of_several_zones_all_must_be_inside() -> None:
    key = f"{LOS_ANGELES}|{NEW_YORK}"

    assert reasons(Policy(hours=DAYS), key, utc("2026-05-29T15:00")) == []
    assert reasons(Policy(hours=DAYS), key, utc("2026-05-30T00:59:59")) == []
    assert only_reason(Policy(hours=DAYS), key, utc("2026-05-30T01:00")).inputs["zone"] == NEW_YORK


def test_zones_without_a_common_hour_have_no_next_opening() -> None:
    mornings = Policy(hours=dict.fromkeys(WEEKDAYS, (Window(480, 540),)))
    reason = only_reason(mornings, f"{LOS_ANGELES}|{NEW_YORK}", utc("2026-05-29T12:30"))

    assert (reason.rule, reason.until, reason.final) == ("outside_hours", None, False)


def test_an_opening_is_looked_for_through_seasons() -> None:
    # For a week in autumn only London has changed its clocks, and the end of its hours meets the beginning of New York's.
    policy = Policy(hours=dict.fromkeys(WEEKDAYS, (Window(540, 13 * 60 + 30),)))
    key = f"{LONDON}|{NEW_YORK}"

    assert until(policy, key, utc("2026-05-29T00:00")) == utc("2026-10-25T13:00")


def test_the_policys_own_zone_stands_for_zones_that_are_unknown_or_several() -> None:
    policy = Policy(hours=DAYS, default_zone=BERLIN)
    now = utc("2026-05-29T12:30")

    assert reasons(policy, "", now) == []
    assert reasons(policy, f"{LOS_ANGELES}|{NEW_YORK}", now) == []
    assert only_reason(policy, LOS_ANGELES, now).inputs["zones"] == LOS_ANGELES
    assert judged_zones(policy, "") == judged_zones(policy, "A|B") == (BERLIN,)
    assert judged_zones(Policy(), "A|B") == ("A", "B")
    assert judged_zones(Policy(), "") == ()


def test_who_is_nowhere_known_waits_without_an_end_where_there_are_hours() -> None:
    assert reasons(Policy(hours=DAYS), "", utc("2026-05-29T12:30")) == [
        Reason(rule="zone_unknown", scope="recipient", inputs={"zones": "", "default_zone": None})
    ]
    assert reasons(Policy(attempts_max=3), "", utc("2026-05-29T12:30")) == []


@pytest.mark.parametrize(
    ("key", "default_zone", "zones", "missing"),
    [
        ("Mars/Olympus", None, "Mars/Olympus", "Mars/Olympus"),
        ("Mars/Olympus", BERLIN, "Mars/Olympus", "Mars/Olympus"),
        (f"{BERLIN}|Mars/X", None, f"{BERLIN}, Mars/X", "Mars/X"),
        ("", "Mars/Y", "Mars/Y", "Mars/Y"),
        (f"{BERLIN}|{LONDON}", "Mars/Y", "Mars/Y", "Mars/Y"),
    ],
)
@pytest.mark.parametrize(
    "policy",
    [Policy(hours=DAYS), Policy(excluded_dates=(date(2026, 5, 29),)), Policy(holidays=("DE",))],
    ids=["hours", "dates", "holidays"],
)
def test_a_zone_that_the_data_does_not_have_holds_whatever_needs_it(
    policy: Policy, key: str, default_zone: str | None, zones: str, missing: str
) -> None:
    named = replace(policy, default_zone=default_zone)
    assert reasons(named, key, utc("2026-05-29T12:30")) == [
        Reason(rule="zone_data_missing", scope="recipient", inputs={"zones": zones, "missing": missing})
    ]
    assert reasons(Policy(attempts_max=3), key, utc("2026-05-29T12:30")) == []


@pytest.mark.parametrize("places", [("XX",), ("DE-XYZ", "US"), ("US", "Atlantis")])
def test_a_place_whose_holidays_the_data_does_not_have_holds(places: tuple[str, ...]) -> None:
    missing = ", ".join(place for place in places if place != "US")
    assert reasons(Policy(holidays=places), BERLIN, utc("2026-05-29T12:30")) == [
        Reason(rule="holiday_data_missing", scope="recipient", inputs={"missing": missing})
    ]
