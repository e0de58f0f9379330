"""Public holidays of countries and regions."""

import os
import subprocess
import sys
from datetime import date

import pytest

from domain.holiday_dates import holiday_name, is_place


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("US", True),
        ("US-FL", True),
        ("GB-SCT", True),
        ("DE-BY", True),
        ("", False),
        ("us", False),
        ("USA", False),
        ("XX", False),
        ("US-XX", False),
        ("US-", False),
        ("US-FL\n", False),
        ("DE-Augsburg", False),
        ("UK", False),
    ],
)
def test_a_place_is_a_country_or_one_of_its_regions(text: str, known: bool) -> None:
    assert is_place(text) is known


@pytest.mark.parametrize(
    ("place", "day", "name"),
    [
        ("US", date(2026, 12, 25), "Christmas Day"),
        ("US", date(2026, 12, 24), None),
        ("GB-SCT", date(2026, 11, 30), "Saint Andrew's Day"),
        ("GB", date(2026, 11, 30), None),
        ("DE-BY", date(2026, 11, 1), "All Saints' Day"),
        ("DE", date(2026, 11, 1), None),
        ("XX", date(2026, 12, 25), None),
    ],
)
def test_a_region_has_holidays_of_its_own(place: str, day: date, name: str | None) -> None:
    assert holiday_name(place, day) == name


def test_the_name_of_a_holiday_does_not_hang_on_the_machines_language() -> None:
    code = (
        "from datetime import date; from domain.holiday_dates import holiday_name as n; print(n('DE', date(2026,1,1)))"
    )
    environment = {**os.environ, "LANGUAGE": "de", "LANG": "de_DE.UTF-8"}  # noqa: TID251 - a child's environment
    said = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )

    assert said.stdout.strip() == "New Year's Day"


def test_the_calendars_are_not_loaded_before_they_are_asked_for() -> None:
    code = "import sys, domain.dialing, domain.holiday_dates; print('holidays' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert said.stdout.strip() == "False"
