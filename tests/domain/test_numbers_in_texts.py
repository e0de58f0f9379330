import pytest

from domain.phone_number import is_number_like, mask, mask_field, mask_id, mask_in

NUMBERS = [
    "+15551230002",
    "+1 (555) 123-0002",
    "+1-555-123-0002",
    "+1\u200b5551230002",
    "\uff0b15551230002",
    "+\u0661\u0665\u0665\u0665\u0661\u0662\u0663\u0660",
    "call_+15551230002",
    "%2B15551230002",
    "%252b15551230002",
    "&#43;15551230002",
    "tel:+15551230002",
    "sip:15551230002@example.org",
    "tel:15551230002",
    "15551230002",
    "0015551230002",
    "1-555-123-0002",
    "491711234567",
    "+12",
]
IDS = [
    "call_123",
    "call_20260529T120000.000000000",
    "7113",
    "1780056600.123",
    "20261129",
    "2026-11-29",
    "2026-11-29-2",
    "20261129-001",
    "5b6d7a2f-0b1c-4e59-9f52-1c9a4d7e6f10",
    "att_7b0f",
    "18014398509481984",
    "spring_followup",
    "",
]


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_in_the_place_of_an_id_is_known_and_masked(text: str) -> None:
    assert is_number_like(text)
    assert mask_field("call_id", text) == mask_id(text) != text
    assert mask_field("stream", f"call:{text}") == f"call:{mask_id(text)}"
    assert "5551230002" not in mask_id(text)


@pytest.mark.parametrize("text", IDS)
def test_an_id_stays_as_it_is(text: str) -> None:
    assert not is_number_like(text)
    assert mask_id(text) == text
    assert mask_field("stream", f"call:{text}") == f"call:{text}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no rate for +15551230002, try later", f"no rate for {mask('+15551230002')}, try later"),
        ("+15551230002 and +15551230003", f"{mask('+15551230002')} and {mask('+15551230003')}"),
        ("at 2026-05-29T12:00:00+02:00 and 2026-05-29T12:00:00+11:00", None),
        ("position 15551230002", None),
        ("a+b = 12", None),
    ],
)
def test_in_a_text_only_what_has_a_sign_is_taken_for_a_number(text: str, shown: str | None) -> None:
    assert mask_in(text) == (text if shown is None else shown)
    assert mask_field("detail", text) == mask_in(text)


def test_a_cursor_is_no_number() -> None:
    assert mask_field("next", "155512300021") == "155512300021"
