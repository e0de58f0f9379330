import pytest

from projections.attempt_index import ATTEMPT
from projections.storable import storable, storable_rows


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("", ""),
        ("+15551230001", "+15551230001"),
        ("+1555\x00123", "+1555\ufffd123"),
        ("\0", "\ufffd"),
        ("half \ud83d", "half \ufffd"),
        ("\udc00\ud800", "\ufffd\ufffd"),
        ("\U0001f600 is whole", "\U0001f600 is whole"),
        ("\u202e+1\u202c\x01\x1b\n", "\u202e+1\u202c\x01\x1b\n"),
    ],
)
def test_a_text_loses_only_what_no_database_takes(said: str, stored: str) -> None:
    assert storable(said) == stored


def test_rows_are_cleaned_in_every_text_of_theirs_and_else_left_alone() -> None:
    plain = ("a1", 1, "recipient:a", True, None)
    assert storable_rows(ATTEMPT, [plain]) == [plain]
    assert storable_rows(ATTEMPT, [plain, ("a\0", 2, "recipient:\ud800", False, 2**63)]) == [
        plain,
        ("a\ufffd", 2, "recipient:\ufffd", False, 2**63),
    ]
    assert list(storable_rows(ATTEMPT, [])) == []
