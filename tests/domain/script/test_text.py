"""Texts with variables, and what values are spoken as."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.script.text import cleaned, spoken_values, template_of


def filled(text: str, **values: str) -> str:
    template = template_of(text)
    assert template.fault is None
    return template.filled(values)


def test_variables_are_filled_in_and_doubled_braces_are_braces() -> None:
    assert filled("Hello {name}, {name}!", name="Ada") == "Hello Ada, Ada!"
    assert filled("{{name}} {{{name}}}", name="Ada") == "{name} {Ada}"
    assert filled("no variables") == "no variables"


def test_a_value_is_never_read_again() -> None:
    assert filled("{a} {b}", a="{b} {{", b="{a}") == "{b} {{ {a}"


@pytest.mark.parametrize(
    ("value", "spoken"),
    [
        ("Ada", "Ada"),
        ("  Ada \t\n Lovelace ", "Ada Lovelace"),
        ("Ada\u00a0\u2003Lovelace", "Ada Lovelace"),
        ("A\x00d\x1b[31ma\u202e", "Ad[31ma"),
        ("\x00\x07\u200b\ufeff\ud800", ""),
        ("\u200d", ""),
        ("می\u200cروم", "می\u200cروم"),
        ("x" * 199 + " yz", "x" * 199),
        ("x" * 100_000, "x" * 200),
    ],
)
def test_a_value_is_cleaned_before_it_is_spoken(value: str, spoken: str) -> None:
    assert cleaned(value) == spoken


@given(st.text())
def test_what_is_clean_stays_so_and_has_no_controls(value: str) -> None:
    spoken = cleaned(value)

    assert cleaned(spoken) == spoken
    assert len(spoken) <= 200
    assert not {unicodedata.category(char) for char in spoken} & {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert "  " not in spoken


def test_a_blank_value_is_none_and_leaves_the_default() -> None:
    assert spoken_values({"day": "soon", "name": "\u200b"}, {"day": " ", "name": "Ada"}) == {
        "day": "soon",
        "name": "Ada",
    }


@given(st.text(alphabet="{}ab _"))
def test_a_text_is_either_faulty_or_can_be_filled(text: str) -> None:
    template = template_of(text)

    if template.fault is None:
        assert template.filled(dict.fromkeys(template.names, "X")) == _by_format(text)
    else:
        with pytest.raises((ValueError, KeyError, IndexError, AttributeError)):
            _by_format(text)


def _by_format(text: str) -> str:
    """As Python's own formatting has it, whose rules these are, for names only."""

    class Names(dict[str, str]):
        def __missing__(self, name: str) -> str:
            if not name.isidentifier():
                raise KeyError(name)
            return "X"

    return text.format_map(Names())
