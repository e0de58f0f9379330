"""A value that is refused is named, in words of ours."""

import pytest

from entrypoints.cli.refused_value import in_our_words
from tests.entrypoints.cli.conftest import Run


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("export recipients spring --for numbers", "'--for': 'numbers' is not one of 'excel'."),
        ("export calls --format xml", "'--format': 'xml' is not one of 'csv', 'jsonl', 'parquet'."),
        ("export recipients spring --separator |", "'--separator': '|' is not one of 'comma', 'semicolon', 'tab'."),
        ("try +15551230001 +15551230002 --wait soon", "'--wait': 'soon' is not a whole number."),
        ("try +15551230001 +15551230002 --wait 0", "'--wait': '0' is too small; it must be at least 1."),
        ("demo --recipients 9999", "'--recipients': '9999' is too large; it must be at most 500."),
        ("capture file --follow --seconds long", "'--seconds': 'long' is not a number."),
    ],
)
def test_the_command_line_names_what_is_wrong(dialtrail: Run, line: str, said: str) -> None:
    code, data, talk = dialtrail(*line.split())

    assert (code, data) == (2, "")
    assert talk.startswith(f"dialtrail: Invalid value for {said} See: dialtrail ")


def test_what_is_no_word_of_pydantics_stays() -> None:
    assert in_our_words("Value error, {value} \\1 is odd", 7) == "{value} \\1 is odd."
    assert in_our_words("there is no such file", "x") == "there is no such file"
