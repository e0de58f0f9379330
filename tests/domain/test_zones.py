"""In which zones a number is, and when something holds in all of them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

from domain.zones import ANYWHERE, earliest, known_zones, zone_info, zone_key, zones_in, zones_of
from tests.domain.dialing.clocks import utc

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+12025550123", ("America/New_York",)),
        ("+4930123456", ("Europe/Berlin",)),
        ("+4999", ("Europe/Berlin",)),
        ("+19075551234", ("America/Adak", "America/Anchorage")),
        ("+447911123456", ("Europe/Guernsey", "Europe/Isle_of_Man", "Europe/Jersey", "Europe/London")),
        # No plan has area code 555, so that the country's many zones say nothing.
        ("+15551230001", ()),
        ("+999123", ()),
        ("+8821234", ()),
        ("+12", ()),
        ("", ()),
    ],
)
def test_a_number_is_in_the_zones_of_its_plan(number: str, zones: tuple[str, ...]) -> None:
    assert zones_of(number) == zones


def test_a_mobile_number_may_be_anywhere_in_its_country() -> None:
    assert {"Australia/Perth", "Australia/Sydney"} <= set(zones_of("+61412345678"))
    assert {"America/New_York", "Pacific/Honolulu"} <= set(zones_of("+18005551234"))


def test_the_zones_of_valid_numbers_are_those_that_the_library_finds() -> None:
    for place, region in enumerate(sorted(phonenumbers.SUPPORTED_REGIONS)):
        for kind in (0, 1, 3, 4):
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
            number = f"{number[:-2]}{place * 37 % 100:02}"
            found = time_zones_for_number(phonenumbers.parse(number, None))
            assert zones_of(number) == tuple(sorted(zone for zone in found if zone != UNKNOWN_TIMEZONE)), number


def test_a_key_stands_for_all_zones_and_the_enrolments_own_goes_first() -> None:
    assert zone_key(None, "+19075551234") == "America/Adak|America/Anchorage"
    assert zone_key("Europe/Paris", "+19075551234") == "Europe/Paris"
    assert zone_key(None, "+15551230001") == ""
    assert zones_in("America/Adak|America/Anchorage") == ("America/Adak", "America/Anchorage")
    assert zones_in("Europe/Paris") == ("Europe/Paris",)
    assert zones_in("") == ()


def test_every_zone_of_every_number_has_a_clock() -> None:
    assert [zone for zone in known_zones() if zone_info(zone) is None] == []
    assert {"Europe/Berlin", "Etc/UTC"} <= known_zones()
    assert not {"localtime", "Factory"} & known_zones()


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "/etc/passwd", "Europe", "a\0b"])
def test_what_is_no_zone_has_no_clock(zone: str) -> None:
    assert zone_info(zone) is None


def test_anywhere_has_every_date_that_it_is_somewhere() -> None:
    for hour in range(48):
        now = utc("2026-05-29T00:30") + hour * HOUR
        dates = {now.astimezone(ZoneInfo(zone)).date() for zone in ANYWHERE}
        assert dates == {now.astimezone(ZoneInfo(zone)).date() for zone in known_zones()} | dates
        assert {(now + offset * HOUR).date() for offset in range(-12, 15)} == dates


def from_hour(hour: int) -> "Waiting":
    return Waiting(hour)


class Waiting:
    """Waits for an hour of the local day, and counts how often it was asked."""

    def __init__(self, hour: int) -> None:
        self.hour = hour
        self.asked = 0

    def __call__(self, local: datetime) -> timedelta | None:
        self.asked += 1
        return max(timedelta(0), self.hour * HOUR - timedelta(hours=local.hour, minutes=local.minute))


def test_the_earliest_instant_is_now_where_it_holds_now() -> None:
    now = utc("2026-05-29T12:34:56.789")

    assert earliest([ZoneInfo("Etc/UTC"), ZoneInfo("Europe/Berlin")], now, from_hour(9), DAY) == now


def test_it_is_looked_for_no_further_than_asked() -> None:
    now = utc("2026-05-29T06:00")

    assert earliest([ZoneInfo("Etc/UTC")], now, from_hour(9), 3 * HOUR) == utc("2026-05-29T09:00")
    assert earliest([ZoneInfo("Etc/UTC")], now, from_hour(9), 3 * HOUR - timedelta(seconds=1)) is None
    assert earliest([ZoneInfo("Etc/UTC")], now, lambda _: None, 400 * DAY) is None


def test_the_change_of_the_clocks_on_the_way_is_found_to_the_second() -> None:
    berlin = [ZoneInfo("Europe/Berlin")]

    assert earliest(berlin, utc("2026-03-28T23:00:00.5"), from_hour(3), DAY) == utc("2026-03-29T01:00")
    assert earliest(berlin, utc("2026-10-24T22:00"), from_hour(3), DAY) == utc("2026-10-25T02:00")


def test_a_year_is_searched_in_few_steps() -> None:
    wait = Waiting(24)

    assert earliest([ZoneInfo("Europe/Berlin")], utc("2026-05-29T00:00"), wait, 400 * DAY) is None
    assert wait.asked < 500
