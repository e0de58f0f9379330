"""Hours, dates and holidays where the recipient is, whatever the clocks there do; the campaign's own start, end and numbers."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.dialing import (
    SEARCHED_DAYS_MAX,
    Reason,
    campaign_clock_reasons,
    judged_zones,
    next_clock_opening,
    only_list_reason,
    recipient_clock_reasons,
)
from domain.policy import WEEKDAYS, Policy, Weekday, Window
from tests.domain.dialing.clocks import first_open, is_open, utc
from tests.examples import examples

DAYS = dict.fromkeys(WEEKDAYS, (Window(8 * 60, 21 * 60),))
BERLIN, NEW_YORK, LOS_ANGELES, LONDON = "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Europe/London"
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


def reasons(policy: Policy, key: str, now: datetime) -> list[Reason]:
    return list(recipient_clock_reasons(policy, key, now))


def only_reason(policy: Policy, key: str, now: datetime) -> Reason:
    [reason] = reasons(policy, key, now)
    return reason


def until(policy: Policy, key: str, now: datetime) -> datetime | None:
    """When the rules let a call through: now, or the end of the reason."""
    found = reasons(policy, key, now)
    return found[0].until if found else now


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


@pytest.mark.parametrize(
    ("key", "zones"), [("", ""), ("Mars/Olympus", "Mars/Olympus"), (f"{BERLIN}|X", f"{BERLIN}, X")]
)
def test_who_is_nowhere_known_waits_without_an_end_where_there_are_hours(key: str, zones: str) -> None:
    assert reasons(Policy(hours=DAYS), key, utc("2026-05-29T12:30")) == [
        Reason(rule="zone_unknown", scope="recipient", inputs={"zones": zones, "default_zone": None})
    ]
    assert reasons(Policy(attempts_max=3), key, utc("2026-05-29T12:30")) == []


def test_on_an_excluded_date_nobody_is_called_until_it_is_over_where_they_are() -> None:
    policy = Policy(excluded_dates=(date(2026, 12, 24), date(2026, 12, 25)))

    assert only_reason(policy, BERLIN, utc("2026-12-24T10:00:30")) == Reason(
        rule="excluded_date",
        scope="recipient",
        until=utc("2026-12-25T23:00"),
        inputs={"zones": BERLIN, "zone": BERLIN, "local_time": "2026-12-24T11:00+01:00", "date": "2026-12-24"},
    )
    assert reasons(policy, BERLIN, utc("2026-12-23T22:59:59")) == []
    assert [r.rule for r in reasons(policy, BERLIN, utc("2026-12-23T23:00"))] == ["excluded_date"]
    assert reasons(policy, BERLIN, utc("2026-12-25T23:00")) == []


def test_a_date_counts_wherever_the_recipient_may_be() -> None:
    policy = Policy(excluded_dates=(date(2026, 12, 25),))

    assert until(policy, f"{BERLIN}|{NEW_YORK}", utc("2026-12-24T23:00")) == utc("2026-12-26T05:00")
    assert until(policy, "", utc("2026-12-24T10:00")) == utc("2026-12-26T12:00")
    assert reasons(policy, "", utc("2026-12-24T09:59:59")) == []
    assert reasons(policy, "", utc("2026-12-26T12:00")) == []
    assert [r.inputs["zone"] for r in reasons(policy, "", utc("2026-12-25T11:00"))] == ["Etc/UTC"]


@pytest.mark.parametrize(
    ("day", "begins", "ends"),
    [
        (date(2026, 3, 29), "2026-03-28T23:00", "2026-03-29T22:00"),
        (date(2026, 10, 25), "2026-10-24T22:00", "2026-10-25T23:00"),
        (date(2028, 2, 29), "2028-02-28T23:00", "2028-02-29T23:00"),
    ],
)
def test_a_date_is_as_long_as_it_is_on_the_wall(day: date, begins: str, ends: str) -> None:
    policy = Policy(excluded_dates=(day,))

    assert reasons(policy, BERLIN, utc(begins) - timedelta(seconds=1)) == []
    assert until(policy, BERLIN, utc(begins)) == utc(ends)
    assert reasons(policy, BERLIN, utc(ends)) == []


def test_a_holiday_is_named_with_its_place_and_its_date_there() -> None:
    policy = Policy(holidays=("DE-BY", "US"))

    assert only_reason(policy, NEW_YORK, utc("2026-07-04T03:30")).inputs["name"] == "Independence Day (observed)"
    assert reasons(policy, NEW_YORK, utc("2026-07-02T12:00")) == []
    assert only_reason(policy, BERLIN, utc("2026-11-01T12:00")) == Reason(
        rule="holiday",
        scope="recipient",
        until=utc("2026-11-01T23:00"),
        inputs={
            "zones": BERLIN,
            "zone": BERLIN,
            "local_time": "2026-11-01T13:00+01:00",
            "date": "2026-11-01",
            "place": "DE-BY",
            "name": "All Saints' Day",
        },
    )


def test_holidays_in_a_row_end_after_the_last() -> None:
    assert until(Policy(holidays=("DE",)), BERLIN, utc("2026-12-25T10:00")) == utc("2026-12-26T23:00")
    assert until(Policy(holidays=("DE", "GB-SCT")), BERLIN, utc("2026-12-31T23:00")) == utc("2027-01-02T23:00")


def test_a_campaign_begins_and_ends_for_all_alike() -> None:
    policy = Policy(starts_at=utc("2026-06-01T08:00"), ends_at=utc("2026-06-05T18:00"))

    assert list(campaign_clock_reasons(policy, utc("2026-06-01T07:59:59"))) == [
        Reason(
            rule="not_started_yet",
            scope="campaign",
            until=utc("2026-06-01T08:00"),
            inputs={"starts_at": "2026-06-01T08:00:00+00:00"},
        )
    ]
    assert list(campaign_clock_reasons(policy, utc("2026-06-01T08:00"))) == []
    assert list(campaign_clock_reasons(policy, utc("2026-06-05T17:59:59"))) == []
    assert list(campaign_clock_reasons(policy, utc("2026-06-05T18:00"))) == [
        Reason(rule="campaign_over", scope="campaign", final=True, inputs={"ends_at": "2026-06-05T18:00:00+00:00"})
    ]


def test_a_campaigns_list_of_numbers_is_counted_and_not_repeated() -> None:
    policy = Policy(only=("+15551230001", "+15551230002"))

    assert only_list_reason(policy, "+15551230002") is None
    assert only_list_reason(Policy(), "+15551230009") is None
    assert only_list_reason(policy, "+15551230009") == Reason(
        rule="not_in_only_list", scope="recipient", inputs={"numbers_in_list": 2}
    )


@pytest.mark.parametrize(
    ("policy", "key", "now", "opens"),
    [
        (Policy(), "", "2026-05-29T03:00", "2026-05-29T03:00"),
        (Policy(hours=DAYS), BERLIN, "2026-05-29T03:00", "2026-05-29T06:00"),
        # The campaign begins on a Sunday evening before a holiday; the first window after both is Tuesday's.
        (
            Policy(hours=DAYS, holidays=("DE",), starts_at=utc("2026-05-24T20:00")),
            BERLIN,
            "2026-05-20T03:00",
            "2026-05-26T06:00",
        ),
        (Policy(hours=DAYS, ends_at=utc("2026-05-29T05:00")), BERLIN, "2026-05-29T03:00", None),
        (Policy(ends_at=utc("2026-05-29T02:00")), BERLIN, "2026-05-29T03:00", None),
        (Policy(hours=DAYS), "", "2026-05-29T03:00", None),
        (Policy(starts_at=utc("2029-05-29T05:00")), BERLIN, "2026-05-29T03:00", None),
    ],
)
def test_the_next_opening_of_all_rules_together(policy: Policy, key: str, now: str, opens: str | None) -> None:
    assert next_clock_opening(policy, key, utc(now)) == (None if opens is None else utc(opens))


def test_an_instant_given_in_another_zone_is_the_same_instant() -> None:
    now = utc("2026-10-24T20:00")

    assert until(Policy(hours=DAYS), BERLIN, now.astimezone(ZoneInfo(BERLIN))) == utc("2026-10-25T07:00")
    assert until(Policy(hours=DAYS), BERLIN, now.astimezone(UTC)) == utc("2026-10-25T07:00")
