"""Numbers as people and spreadsheets write them: which are certain, and what is said of the others."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.written_number import ReadNumber, masked_cell, read_number
from domain.errors import InvalidInput
from domain.phone_number import is_e164

WRITE = "write it like +15551230002"
NO_REGION = f"{WRITE}, or name the region of what is written as inside it (--region DE, over HTTP ?region=DE)"
DATE = "looks like a date; a spreadsheet may have made one of it: take it from the source again, as text"
APOSTROPHE = "begins with an apostrophe; read without it"


def refusal_of(text: str, region: str | None = None) -> str:
    with pytest.raises(InvalidInput) as raised:
        read_number(text, region)
    assert raised.value.field == "number"
    return raised.value.message


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        (" +15557100011 ", None, "+15557100011"),
        ("+1 555 710 0011", None, "+15557100011"),
        ("+1 (555) 710-00.11", None, "+15557100011"),
        ("(+49) 151/20000333", None, "+4915120000333"),
        ("+49–151−20000333", None, "+4915120000333"),  # noqa: RUF001 - as word processors write it
        ("+49 (0) 151 20000333", None, "+4915120000333"),
        ("0049 (0)151 20000333", None, "+4915120000333"),
        ("+39 (0)6 12345678", None, "+390612345678"),
        ("0044 20 7946 0018", None, "+442079460018"),
        ("0044 20 7946 0018", "US", "+442079460018"),
        ("011 44 20 7946 0018", "US", "+442079460018"),
        ("0011 44 20 7946 0018", "AU", "+442079460018"),
        ("0151 20000333", "DE", "+4915120000333"),
        ("(030) 123456", "DE", "+4930123456"),
        ("15120000333", "DE", "+4915120000333"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("06 12345678", "IT", "+390612345678"),
        ("612 345 678", "ES", "+34612345678"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("79123456789", "RU", "+79123456789"),
        ("(555) 710-0011", "US", "+15557100011"),
        ("1-555-710-0011", "US", "+15557100011"),
        ('="+15557100011"', None, "+15557100011"),
    ],
)
def test_what_is_certain_is_read(written: str, region: str | None, number: str) -> None:
    assert read_number(written, region) == ReadNumber(number)


@pytest.mark.parametrize(
    ("written", "remark"),
    [
        ("'+15557100011", APOSTROPHE),
        ("’+1 555 710 0011", APOSTROPHE),  # noqa: RUF001
        ("\u202a+15557100011\u202c", "has a character that cannot be seen (U+202A, U+202C); read without it"),
        ("+1\u200b5557100011", "has a character that cannot be seen (U+200B); read without it"),
        ("+1\u00a0555\u00a07100011", "has a character that cannot be seen (U+00A0); read without it"),
        ("\ufeff+15557100011\u00ad", "has a character that cannot be seen (U+FEFF, U+00AD); read without it"),
        (
            "\uff0b１５５５7100011",  # noqa: RUF001
            "has digits or signs of another script (U+FF0B, U+FF11, U+FF15); read as usual ones",
        ),
        ("'\u200e+15557100011", f"{APOSTROPHE}; has a character that cannot be seen (U+200E); read without it"),
    ],
)
def test_what_is_certain_and_odd_is_read_and_remarked(written: str, remark: str) -> None:
    assert read_number(written) == ReadNumber("+15557100011", remark)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", f"is empty; {WRITE}"),
        ("'", f"is empty; {WRITE}"),
        ("\u200b", f"is empty; {WRITE}"),
        (
            "4.91512E+11",
            "a spreadsheet made a number of it, and digits are lost; take it from the source again, as text",
        ),
        ("4,9e11", "a spreadsheet made a number of it, and digits are lost; take it from the source again, as text"),
        ("5E+11", "a spreadsheet made a number of it, and digits are lost; take it from the source again, as text"),
        ("491512000033.0", f"a spreadsheet made a number of it, and what it began with is lost; {NO_REGION}"),
        ("491,512,000,033", f"a spreadsheet made a number of it, and what it began with is lost; {NO_REGION}"),
        ("5551230001", f"has no country; {NO_REGION}"),
        ("0151 20000333", f"has no country; {NO_REGION}"),
        ("+1…02", "is masked; export it again with a role that may see numbers"),
        ("#N/A", "is an error of the spreadsheet, or a column that is too narrow; mend it there"),
        ("#######", "is an error of the spreadsheet, or a column that is too narrow; mend it there"),
        ("+15557100011\n+15557100012", "has more than one line; write one number in each row"),
        ("+15557100011, +15557100012", "has more than one number; write one in each row"),
        ("0151 20000333 or 030 123456", "has more than one number; write one in each row"),
        ("+15557100011/12", f"ends in a stroke and a few digits, which may be a second number; {WRITE}"),
        ("+1 555 710 0011 x5", "has an extension, which cannot be dialled; write the number without it"),
        ("+15557100011 ext. 12", "has an extension, which cannot be dialled; write the number without it"),
        ("+15557100011123456", "has 17 digits, and a phone number at most 15; is it more than one?"),
        ("0011 44 20 7946 0018", f"begins with 00, and no country has such a number; {WRITE}"),
        ("+0155512300", f"is not a phone number in E.164 form; {WRITE}, without spaces"),
        ("Ada", f"is not a phone number in E.164 form; {WRITE}, without spaces"),
        ("()", f"is not a phone number in E.164 form; {WRITE}, without spaces"),
    ],
)
def test_what_is_not_certain_is_refused_for_what_it_is(written: str, said: str) -> None:
    assert refusal_of(written) == said


@pytest.mark.parametrize(
    ("written", "region", "said"),
    [
        (
            "491512000033.0",
            "DE",
            f"may begin with a country's code or be one inside the region DE; {WRITE}",
        ),
        ("02.12.2026", "DE", DATE),
        ("2026-12-02", "DE", DATE),
        ("2/12/26", "GB", DATE),
        ("442079460018", "DE", f"may begin with a country's code or be one inside the region DE; {WRITE}"),
        ("112", "DE", f"is no number of the region DE, which has others of another length; {WRITE}"),
        ("555-1234", "US", f"is no number of the region US, which has others of another length; {WRITE}"),
        ("5557100011.0", "US", f"is not known in the region US, and has no country; {WRITE}"),
    ],
)
def test_a_region_does_not_make_certain_what_is_not(written: str, region: str, said: str) -> None:
    assert refusal_of(written, region) == said


def test_what_a_spreadsheet_kept_as_a_number_is_read_where_only_one_is_meant() -> None:
    put_back = "a spreadsheet made a number of it; what it began with was put back"

    assert read_number("15120000333", "DE", was_number=True) == ReadNumber("+4915120000333", put_back)
    assert read_number("612345678.0", "FR") == ReadNumber("+33612345678", put_back)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("4.91512E+11", "4.9…E+11"),
        ("4.9E+11", "4.9E+11"),
        ("'+15557100011", "'+15…11"),
        ("+1\u200b5557100011", "+1U+200B5…11"),
        ("+1 555 710 0011", "+1 5…11"),
        ("555-1234", "…"),
        ("Mars/Olympus", "Mars/Olympus"),
        ("x" * 41, "x" * 40 + "…"),
        ("", ""),
    ],
)
def test_a_cell_is_shown_masked(cell: str, shown: str) -> None:
    assert masked_cell(cell) == shown


@given(st.text(alphabet="+0123456789 ()-/.'eE\u200b\u00a0…１x,\n", max_size=24), st.sampled_from([None, "DE", "US"]))  # noqa: RUF001
def test_every_text_is_a_number_or_refused_and_never_shown_whole(text: str, region: str | None) -> None:
    try:
        read = read_number(text, region)
    except InvalidInput:
        shown = re.sub("U\\+[0-9A-F]{4}", "", masked_cell(text))
        assert sum(one.isdigit() for one in re.sub("[eE].*", "", shown)) <= 4
    else:
        assert is_e164(read.number)
