"""Dates and holidays where the recipient is, whatever the clocks there do; the campaign's own start, end and numbers."""

from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.dialing import Reason, campaign_clock_reasons, next_clock_opening, only_list_reason
from domain.policy import Policy
from tests.domain.dialing.clock_reasons import BERLIN, DAYS, NEW_YORK, only_reason, reasons, until
from tests.domain.dialing.clocks import utc


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
