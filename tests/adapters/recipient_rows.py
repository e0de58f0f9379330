"""Numbers, and the complaint about one, for the tests of files and of JSON members."""

import pytest

from domain.errors import InvalidInput
from domain.phone_number import parse_number

ONE = "+15551230001"
TWO = "+15551230002"


def complaint_about_number() -> str:
    with pytest.raises(InvalidInput) as raised:
        parse_number("nonsense", "number")
    return raised.value.message
