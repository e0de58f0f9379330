"""Phone numbers: recognised by their shape alone, and shown sparingly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInput
from domain.phone_number import is_e164, mask, mask_field, parse_number

E164 = st.from_regex(r"\+[1-9][0-9]{1,14}", fullmatch=True)


@given(E164)
def test_every_number_of_the_shape_is_kept_as_it_is(number: str) -> None:
    assert is_e164(number)
    assert parse_number(number, "number") == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "+1",
        "15551230001",
        "+0155512300",
        "+1 5551230001",
        "+1555123000a",
        "+1234567890123456",
        "+15551230001\n",
        "+\u0661\u0665\u0665\u0665",
        "\uff0b15551230001",
        " +15551230001",
    ],
)
def test_any_other_text_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        parse_number(text, "to")

    assert not is_e164(text)
    assert str(raised.value) == ("to: is not a phone number in E.164 form; write it like +15551230002, without spaces")


def test_a_masked_number_shows_its_ends() -> None:
    assert [mask("+15551230001"), mask("+4912345"), mask("+123456")] == ["+15…01", "+49…45", "+…"]


@given(E164)
def test_a_masked_number_hides_all_but_four_digits(number: str) -> None:
    assert sum(character.isdigit() for character in mask(number)) <= 4
    assert number not in mask(number)


@pytest.mark.parametrize("name", ["id", "call", "calls", "campaign_id", "campaigns", "call_ids"])
def test_digits_alone_are_a_number_where_an_id_is_expected_also_in_lists_of_them(name: str) -> None:
    assert mask_field(name, "442079460018") == "442…18"
    assert mask_field("reason", "442079460018") == "442079460018"
