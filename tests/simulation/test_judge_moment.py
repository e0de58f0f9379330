"""The judge on the moment at which a request leaves."""

from datetime import date
from pathlib import Path

import pytest
from holidays import country_holidays

from tests.simulation.judge.holidays import is_holiday
from tests.simulation.made_days import OPEN, MadeDay, plan

EVENING = 8 * 3_600  # 20:00, at which the hours close


def test_a_request_after_hours_though_the_attempt_was_begun_within_them(tmp_path: Path) -> None:
    for left, broken in ((EVENING - 0.5, set[str]()), (EVENING + 0.5, {"hours"})):
        day = MadeDay()
        day.now = EVENING - 1
        body = day.begin()
        day.now = left
        day.send(body)
        assert day.judged(tmp_path) == broken


def test_hours_are_those_of_the_person_s_own_zone(tmp_path: Path) -> None:
    day = MadeDay(zone="America/New_York")
    day.now = EVENING
    day.call()
    assert day.judged(tmp_path) == set()

    day = MadeDay(zone="America/Los_Angeles")  # 04:00
    day.call()
    assert day.judged(tmp_path) == {"hours"}


def test_hours_past_midnight_are_the_day_s_before(tmp_path: Path) -> None:
    day = MadeDay(plan(hours={"sunday": [{"opens": 20 * 60, "closes": 13 * 60}]}))
    day.call()
    assert day.judged(tmp_path) == set()


@pytest.mark.parametrize(
    "policy",
    [
        {"excluded_dates": ["2026-03-02"]},
        {"starts_at": "2026-03-02T12:00:11Z"},
        {"ends_at": "2026-03-02T12:00:09Z"},
        {"hours": {"tuesday": OPEN["monday"]}},
    ],
)
def test_dates_and_the_campaign_s_own_time(tmp_path: Path, policy: dict[str, object]) -> None:
    day = MadeDay(plan(**policy))
    day.call()

    assert day.judged(tmp_path) == {"hours"}


@pytest.mark.parametrize(("day_of_year", "broken"), [("2026-05-22", set[str]()), ("2026-05-25", {"hours"})])
def test_a_holiday_is_the_person_s_own_date(tmp_path: Path, day_of_year: str, broken: set[str]) -> None:
    """Memorial Day; where they are it has begun, and in UTC it is over."""
    day = MadeDay(plan(hours=None, holidays=["US-FL", "XX"]), zone="America/New_York")
    day.now = (date.fromisoformat(day_of_year) - date(2026, 3, 2)).days * 86_400 + 15 * 3_600
    day.call()

    assert day.judged(tmp_path) == broken


@pytest.mark.parametrize("country", ["US", "DE"])
def test_the_judge_s_holidays_are_those_of_the_calendar_that_we_go_by(country: str) -> None:
    years = (2025, 2026, 2027)
    days = [date.fromordinal(one) for one in range(date(2025, 1, 1).toordinal(), date(2028, 1, 1).toordinal())]

    assert [one for one in days if is_holiday(country, one)] == sorted(
        country_holidays(country, years=years, expand=False)
    )


CONSENT = {"purpose": "spring", "given_at": "2026-03-01T12:00:00Z"}


@pytest.mark.parametrize(
    ("rules", "given", "broken"),
    [
        ({"required": False}, [], False),
        ({"required": True}, [], True),
        ({"required": True}, [CONSENT], False),
        ({"required": True, "purposes": ["autumn"]}, [CONSENT], True),
        ({"required": True, "purposes": ["autumn", "spring"]}, [CONSENT], False),
        ({"required": True}, [CONSENT | {"until": "2026-03-02T12:00:11Z"}], False),
        ({"required": True}, [CONSENT | {"until": "2026-03-02T12:00:09Z"}], True),
        ({"required": True, "max_age_days": 2}, [CONSENT], False),
        ({"required": True, "max_age_days": 1}, [CONSENT], True),
    ],
)
def test_a_consent_that_is_required(
    tmp_path: Path, rules: dict[str, object], given: list[dict[str, object]], broken: bool
) -> None:
    day = MadeDay(plan(consent=rules))
    for one in given:
        day.tell("recipient:1", "consent.given", **one)
    day.call()

    assert day.judged(tmp_path) == ({"consent"} if broken else set())


@pytest.mark.parametrize(
    ("revoked", "broken"),
    [
        ({"revoked_at": "2026-03-02T11:00:00Z"}, True),
        ({"revoked_at": "2026-03-02T11:00:00Z", "purpose": "spring"}, True),
        ({"revoked_at": "2026-03-02T11:00:00Z", "purpose": "autumn"}, False),
        ({"revoked_at": "2026-03-01T11:00:00Z"}, False),
    ],
)
def test_a_consent_that_was_taken_back_before_the_request_left(
    tmp_path: Path, revoked: dict[str, object], broken: bool
) -> None:
    for order, is_broken in (("tell, send", broken), ("send, tell", False)):
        day = MadeDay(plan(consent={"required": True}))
        day.tell("recipient:1", "consent.given", **CONSENT)
        request = day.begin()
        for what in order.split(", "):
            day.now += 0.2
            if what == "tell":
                day.tell("recipient:1", "consent.revoked", **revoked)
            else:
                day.send(request)
        assert day.judged(tmp_path) == ({"consent"} if is_broken else set())


def test_dialtrail_goes_by_its_own_clock(tmp_path: Path) -> None:
    day = MadeDay()
    day.log("clock", wrong_by_seconds=EVENING)
    day.offset = EVENING
    day.call()

    assert day.judged(tmp_path) == {"hours"}


@pytest.mark.parametrize(
    ("stream", "event", "body"),
    [
        ("recipient:1", "recipient.suppressed", {"source": "operator", "expires_at": None}),
        ("recipient:1", "recipient.withdrawn", {"campaign_id": "spring"}),
        ("campaign:spring", "campaign.paused", {"cause": "operator"}),
        ("campaign:spring", "campaign.canceled", {}),
        ("account:f", "account.paused", {"cause": "provider"}),
        ("account:f", "destination.held", {"prefix": "+1555"}),
    ],
)
def test_what_came_between_the_attempt_and_its_request(
    tmp_path: Path, stream: str, event: str, body: dict[str, object]
) -> None:
    for order, broken in (("tell, send", {"standing"}), ("send, tell", set[str]())):
        day = MadeDay()
        request = day.begin()
        for what in order.split(", "):
            day.now += 0.2
            if what == "tell":
                day.tell(stream, event, **body)
            else:
                day.send(request)
        assert day.judged(tmp_path) == broken


def test_what_is_lifted_again_keeps_nobody(tmp_path: Path) -> None:
    day = MadeDay()
    day.tell("recipient:1", "recipient.suppressed", source="operator", expires_at="2026-03-02T12:00:05Z")
    day.tell("account:f", "account.paused", cause="operator")
    day.tell("account:f", "account.resumed")
    day.tell("account:f", "destination.held", prefix="+1555")
    day.tell("account:f", "destination.released", prefix="+1555")
    day.call()

    assert day.judged(tmp_path) == set()


def test_a_probe_may_try_what_the_provider_paused_and_nothing_else(tmp_path: Path) -> None:
    for cause, broken in (("provider", set[str]()), ("operator", {"standing"})):
        day = MadeDay()
        day.tell("campaign:spring", "campaign.paused", cause=cause)
        day.call(probe=True)
        assert day.judged(tmp_path) == broken


def test_somebody_is_called_who_is_not_enrolled(tmp_path: Path) -> None:
    day = MadeDay()
    day.call(nth=2)

    assert day.judged(tmp_path) == {"standing"}


def test_after_a_restore_somebody_has_to_say_go_on(tmp_path: Path) -> None:
    for noticed, resumed, broken in (
        (True, True, set[str]()),
        (True, False, {"restored"}),
        (False, True, {"restored"}),
    ):
        day = MadeDay(people=2)
        backup = list(day.feed)
        day.call()
        day.end_call()
        before, day.feed = day.feed, backup
        day.log("restore", k=1)
        if noticed:
            day.tell("ledger:", "ledger.restored", why="events_missing")
            day.tell("account:f", "account.paused", cause="restored")
        if resumed:
            day.tell("account:f", "account.resumed")
        day.call(nth=2, attempt="a2", call="c2", epoch="two")
        assert day.judged(tmp_path, feed_before_restore_1=before) - {"standing"} == broken


def test_a_dialer_that_goes_on_after_another_began(tmp_path: Path) -> None:
    for epochs, broken in (("one two three", set[str]()), ("one two one", {"epochs"})):
        day = MadeDay(people=3)
        for nth, epoch in enumerate(epochs.split(), start=1):
            day.now += 2
            day.call(nth, f"a{nth}", f"c{nth}", epoch=epoch)
            day.end_call(f"c{nth}")
        assert day.judged(tmp_path) == broken


def test_a_request_leaves_while_another_has_the_lease(tmp_path: Path) -> None:
    for order, broken in (
        ("lose take send", set[str]()),
        ("send lose take", set[str]()),
        ("lose send take", {"epochs"}),
    ):
        day = MadeDay()
        request = day.begin()
        for what in order.split():
            day.now += 0.5
            if what == "send":
                day.send(request)
            else:
                day.log("lease", lost=what == "lose")
        assert day.judged(tmp_path) == broken
