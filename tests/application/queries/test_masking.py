import pytest

from application.actor import Actor
from application.queries.masking import shown_codes, shown_inputs, shown_reason, shown_text, shown_word

BEHOLDER = Actor("vera", "viewer")
EXAMINER = Actor("anna", "auditor")


@pytest.mark.parametrize(
    ("text", "is_word"),
    [
        ("insufficient_balance", True),
        ("call_end_unknown", True),
        ("HTTP-503", True),
        ("error.v2", True),
        ("E1042", True),
        ("+15551230002", False),
        ("n15551230002", False),
        ("n155-512-300", False),
        ("no credit for Ada", False),
        ("ada@example.org", False),
        ("", False),
        ("x" * 65, False),
        ("número", False),
    ],
)
def test_viewers_see_words_and_no_sentences_addresses_or_numbers(text: str, is_word: bool) -> None:
    assert shown_word(text, BEHOLDER) == (text if is_word else None)
    assert shown_word(text, EXAMINER) == text
    assert (shown_text(text, BEHOLDER), shown_text(text, EXAMINER)) == (None, text)


def test_what_is_not_there_stays_so() -> None:
    assert [shown_word(None, one) for one in (BEHOLDER, EXAMINER)] == [None, None]
    assert [shown_text(None, one) for one in (BEHOLDER, EXAMINER)] == [None, None]


def test_viewers_are_not_told_on_whose_word_a_person_is_suppressed() -> None:
    assert shown_reason("suppressed", "ada", BEHOLDER) is None
    assert shown_reason("suppressed", "ada", EXAMINER) == "ada"
    assert shown_reason("unresolved", "timeout", BEHOLDER) is None
    assert shown_reason("unresolved", "timeout", EXAMINER) == "timeout"
    assert shown_reason("unresolved", "call_end_unknown", BEHOLDER) == "call_end_unknown"
    assert shown_reason("held", "destination_held", BEHOLDER) == "destination_held"
    inputs: dict[str, str | int | bool | None] = {
        "source": "ada",
        "code": "rate of +1555",
        "phase": "paused",
        "counted": 1,
        "final": True,
        "none": None,
    }
    assert shown_inputs(inputs, EXAMINER) == inputs
    assert shown_inputs(inputs, BEHOLDER) == {**inputs, "source": None, "code": None}


def test_codes_that_are_none_are_counted_together_for_viewers() -> None:
    counted = {"rate_not_found": 2, "no rate for Ada": 3, "+15551230002": 4}
    assert shown_codes(counted, sees_all=False) == {"rate_not_found": 2, "other": 7}
    assert shown_codes(counted, sees_all=True) == counted
