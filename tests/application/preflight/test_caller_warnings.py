"""What a preflight says of a pool of caller numbers."""

import pytest
from msgspec.structs import replace

from application.preflight.caller_warnings import caller_warnings, cap_warnings
from domain.caller_pool import NOT_USED, CallerPool
from tests.domain.given import NINE, PLAN, campaign_after

NEW_YORK, NEW_YORK_TOO, BERLIN, TEST = "+12125550100", "+112125550100", "+4930123456", "+15551230001"


@pytest.mark.parametrize(
    ("numbers", "countries", "names"),
    [
        ((NEW_YORK, BERLIN), ("+1", "+49"), []),
        ((NEW_YORK, BERLIN), ("+49",), ["foreign_caller"]),
        ((NEW_YORK, BERLIN), (), []),
        ((NEW_YORK, NEW_YORK), ("+1",), ["caller_twice"]),
        ((NEW_YORK, NEW_YORK_TOO), ("+1",), ["caller_spelled_twice"]),
        ((TEST,), ("+1",), ["unknown_caller"]),
        ((), ("+1",), ["no_caller_number"]),
    ],
)
def test_what_is_odd_about_its_numbers_is_named(
    numbers: tuple[str, ...], countries: tuple[str, ...], names: list[str]
) -> None:
    state = replace(campaign_after(), plan=replace(PLAN, pool=CallerPool(numbers=numbers)))
    assert [name for name, _ in caller_warnings(state, NOT_USED, countries, NINE)] == names


def test_one_number_is_no_pool() -> None:
    assert list(caller_warnings(campaign_after(), NOT_USED, ("+49",), NINE)) == []


@pytest.mark.parametrize(
    ("numbers", "cap", "to_call", "says"),
    [
        ((NEW_YORK, BERLIN), 10, 20, None),
        ((NEW_YORK, BERLIN), 10, 21, "20 calls a day be, and 21 people are to be called: that takes 2 days or more"),
        ((NEW_YORK, NEW_YORK), 1, 9, "1 call a day be, and 9 people are to be called: that takes 9 days or more"),
        ((NEW_YORK,), None, 1_000_000, None),
        ((), 10, 5, None),
    ],
)
def test_caps_that_take_days_say_how_many(
    numbers: tuple[str, ...], cap: int | None, to_call: int, says: str | None
) -> None:
    state = replace(campaign_after(), plan=replace(PLAN, pool=CallerPool(numbers=numbers, calls_a_day_max=cap)))
    found = [text for _, text in cap_warnings(state, to_call)]
    assert len(found) == (says is not None)
    assert says is None or says in found[0]
    assert list(cap_warnings(campaign_after(), 1_000)) == []
