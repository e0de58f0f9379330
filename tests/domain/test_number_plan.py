"""What the numbering plans know of a number."""

import pytest

from domain.number_plan import plan_warning
from domain.phone_number import is_e164


@pytest.mark.parametrize(
    ("number", "warning"),
    [
        ("+442079460018", None),
        ("+4930123456", None),
        ("+15551230001", "not in its country's numbering plan"),
        ("+15551", "wrong length for its country"),
        ("+9991234567", "no country has this code"),
        ("+12", "no country has this code"),
    ],
)
def test_a_number_that_no_plan_knows_is_only_a_warning(number: str, warning: str | None) -> None:
    assert is_e164(number)
    assert plan_warning(number) == warning
