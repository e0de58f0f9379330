"""A phone number as people and spreadsheets write it, read where it is certain which one is meant."""

import re
import unicodedata
from collections.abc import Iterable

import phonenumbers
from msgspec import Struct
from phonenumbers import CountryCodeSource, PhoneNumber, ValidationResult

from domain.errors import InvalidInput
from domain.person import E164_DIGITS_MAX, meant
from domain.phone_number import is_e164

CELL_CHARS_MAX = 40
CELL_READ_MAX = 400
SHOWN_DIGITS_MIN = 8
"""Of a cell with fewer digits none is shown; of another one the first two and the last two."""

WRITE_IT = "write it like +15551230002"
NOT_E164 = f"is not a phone number in E.164 form; {WRITE_IT}, without spaces"
_APOSTROPHES = "'\u2018\u2019\u02bc`\u00b4"
_OTHER_PLUS = "\uff0b\ufe62\u207a"
_OTHER_UNSEEN = "\u034f\u115f\u1160\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10)))
_FORMULA_TEXT = re.compile(r'="([^"]*)"')
_EXPONENT = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_ROUNDED = re.compile(r"([+-]?\d(?:[.,]\d)?)(\d*)([eE][+-]?\d{1,3})")
_DECIMAL = re.compile(r"([1-9]\d{4,})[.,]0{1,2}")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.0+)?")
_EXTENSION = re.compile(r"(?:\bext|\bx|;ext=|#)[\s.:]*\d+\s*$", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?(?:[T ].*)?|\d\d?([./-])\d\d?\1(?:\d\d){1,2}")
_ERROR = re.compile(r"#+|#[\w/]+[!?]?")
_HIDDEN = re.compile("\u2026(?:[ ().,/-]*\u2026)+")
_DIALLED = re.compile(r"[(\[]?\+?[\d \t().\[\]/-]+")
_ALTERNATIVE = re.compile(r"/\s*\d{1,4}$")


class ReadNumber(Struct, frozen=True):
    """A number in E.164 form; `remark` is what was odd about how it was written, or None."""

    number: str
    remark: str | None = None


def parse_region(text: str) -> str:
    """A country's code. Raises `InvalidInput` where phonenumbers knows none."""
    region = text.strip().upper()
    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise InvalidInput("region", "is no country's code of two letters, such as DE or GB")
    return region


def read_number(written: str, region: str | None = None, *, was_number: bool = False) -> ReadNumber:
    """The number meant, of `region` where it has no country; `was_number` where a spreadsheet kept it as one.

    Raises `InvalidInput` that says what is wrong with this value, and does not repeat it.
    """
    plain = written.strip(" \t\r\n")
    if is_e164(plain):
        return ReadNumber(plain)
    text, remarks = _without_marks(plain)
    if not text:
        raise _refused(f"is empty; {WRITE_IT}")
    if "\u2026" in text:
        raise _refused("is masked; export it again with a role that may see numbers")
    if _EXPONENT.fullmatch(text):
        raise _refused("a spreadsheet made a number of it, and digits are lost; take it from the source again, as text")
    if (decimal := _DECIMAL.fullmatch(text)) is not None or _THOUSANDS.fullmatch(text):
        text = text.partition(".")[0].replace(",", "") if decimal is None else decimal[1]
        was_number = True
    number = _with_country(_dialled(text), region, was_number=was_number)
    if was_number:
        remarks.append("a spreadsheet made a number of it; what it began with was put back")
    return ReadNumber(number, "; ".join(remarks) or None)


def masked_cell(text: str) -> str:
    """A cell for eyes that did not ask for it, with a code point for each character that cannot be seen."""
    text = text[:CELL_READ_MAX]
    if (rounded := _ROUNDED.fullmatch(text.strip())) is not None:
        # Two digits of a number, and how many it had, name nobody.
        left_out = "\u2026" if rounded[2] else ""
        return rounded[1] + left_out + rounded[3]
    digits = [at for at, one in enumerate(text) if one.isdigit()]
    kept = {*digits[:2], *digits[-2:]} if len(digits) >= SHOWN_DIGITS_MIN else set()
    hidden = "".join("\u2026" if at in digits and at not in kept else one for at, one in enumerate(text))
    shown = _HIDDEN.sub("\u2026", hidden)
    cell = "".join(one if one.isprintable() else _code_point(one) for one in shown)
    return cell if len(cell) <= CELL_CHARS_MAX else cell[:CELL_CHARS_MAX] + "\u2026"


def _refused(reason: str) -> InvalidInput:
    return InvalidInput("number", reason)


def _without_marks(text: str) -> tuple[str, list[str]]:
    """The text in plain digits and signs, and what was left out of it or read as something else."""
    remarks: list[str] = []
    if (formula := _FORMULA_TEXT.fullmatch(text)) is not None:
        text = formula[1]
    if text[:1] and text[0] in _APOSTROPHES:
        remarks.append("begins with an apostrophe; read without it")
        text = text[1:]
    if text.isascii() and text.isprintable():
        return text.strip(), remarks
    unseen: list[str] = []
    foreign: list[str] = []
    plain = "".join(_plain(one, unseen, foreign) for one in text)
    if unseen:
        remarks.append(f"has a character that cannot be seen ({_code_points(unseen)}); read without it")
    if foreign:
        remarks.append(f"has digits or signs of another script ({_code_points(foreign)}); read as usual ones")
    return plain.strip(), remarks


def _plain(one: str, unseen: list[str], foreign: list[str]) -> str:
    if one.isascii() and (one.isprintable() or one in "\t\r\n"):
        return one
    category = unicodedata.category(one)
    if category in {"Cf", "Cc", "Zl", "Zp"} or one in _OTHER_UNSEEN:
        unseen.append(one)
        return ""
    if category == "Zs":
        unseen.append(one)
        return " "
    if category == "Nd" or one in _OTHER_PLUS:
        foreign.append(one)
        return "+" if one in _OTHER_PLUS else str(unicodedata.decimal(one))
    if category == "Pd" or one == "\u2212":
        return "-"
    folded = unicodedata.normalize("NFKC", one)
    return folded if folded in "()[]./" else one


def _dialled(text: str) -> str:
    """Digits, with `+` in front where it was written; what stands between them is left out. Raises `InvalidInput`."""
    if _EXTENSION.search(text):
        raise _refused("has an extension, which cannot be dialled; write the number without it")
    if _ERROR.fullmatch(text):
        raise _refused("is an error of the spreadsheet, or a column that is too narrow; mend it there")
    if _DATE.fullmatch(text):
        raise _refused(
            "looks like a date; a spreadsheet may have made one of it: take it from the source again, as text"
        )
    if "\n" in text or "\r" in text:
        raise _refused("has more than one line; write one number in each row")
    if _DIALLED.fullmatch(text) is None or not any(one.isdigit() for one in text):
        if text.count("+") > 1 or re.search(r"\d{5}\D*[,;/&]\D*\d{5}|\d{5}\s*(?:or|and)\s", text):
            raise _refused("has more than one number; write one in each row")
        raise _refused(NOT_E164)
    if _ALTERNATIVE.search(text):
        raise _refused(f"ends in a stroke and a few digits, which may be a second number; {WRITE_IT}")
    trunk = "(0)" in text.replace(" ", "")
    plus = "+" if "+" in text else ""
    digits = plus + "".join(one for one in text if one.isdigit())
    if not trunk or not digits.startswith(("+", "00")):
        return digits
    # The zero that is dialled inside a country only, as our own rule has it; Italy keeps it.
    number = digits if plus else "+" + digits[2:]
    return meant(number) or number


def _with_country(digits: str, region: str | None, *, was_number: bool) -> str:
    """The number in E.164 form. Raises `InvalidInput` where it is not certain, or none."""
    count = len(digits.removeprefix("+"))
    if digits.startswith("+"):
        return _checked(digits, count)
    own = None if region is None else _parsed(digits, region)
    if own is not None and own.country_code_source == CountryCodeSource.FROM_NUMBER_WITH_IDD and _is_possible(own):
        return _e164(own)
    if digits.startswith("00"):
        number = _checked("+" + digits[2:], count - 2)
        if (parsed := _parsed(number, None)) is None or not _is_possible(parsed):
            raise _refused(f"begins with 00, and no country has such a number; {WRITE_IT}")
        return number
    if region is None:
        kept = "a spreadsheet made a number of it, and what it began with is lost" if was_number else "has no country"
        raise _refused(
            f"{kept}; {WRITE_IT}, or name the region of what is written as inside it (--region DE, over HTTP ?region=DE)"
        )
    if own is None or not _is_possible(own):
        raise _refused(f"is no number of the region {region}, which has others of another length; {WRITE_IT}")
    _check_certain(digits, region, own, was_number=was_number)
    return _e164(own)


def _checked(number: str, count: int) -> str:
    if count > E164_DIGITS_MAX:
        raise _refused(f"has {count} digits, and a phone number at most {E164_DIGITS_MAX}; is it more than one?")
    if not is_e164(number):
        raise _refused(NOT_E164)
    return number


def _check_certain(digits: str, region: str, own: PhoneNumber, *, was_number: bool) -> None:
    """Raises `InvalidInput` where digits without a sign may just as well have begun with a plus, or are in no plan.

    In a region that dials a zero first, a number without it is no form of its own. Test numbers, which are in no plan, are
    read where only one reading is left.
    """
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    trunk = None if metadata is None else metadata.national_prefix
    needs_trunk = trunk not in {None, "1"}
    if needs_trunk and digits.startswith(str(trunk)) and not was_number:
        return
    abroad = _parsed("+" + digits, None)
    other = (
        abroad is not None
        and _e164(abroad) != _e164(own)
        and (_is_possible(abroad) if abroad.country_code == own.country_code else phonenumbers.is_valid_number(abroad))
    )
    if other and (was_number or needs_trunk):
        raise _refused(f"may begin with a country's code or be one inside the region {region}; {WRITE_IT}")
    if not phonenumbers.is_valid_number(own) and (was_number or needs_trunk or other):
        raise _refused(f"is not known in the region {region}, and has no country; {WRITE_IT}")


def _parsed(text: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return None


def _is_possible(number: PhoneNumber) -> bool:
    return phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _code_points(characters: Iterable[str]) -> str:
    return ", ".join(map(_code_point, dict.fromkeys(characters)))


def _code_point(one: str) -> str:
    return f"U+{ord(one):04X}"
