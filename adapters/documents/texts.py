"""The texts in a policy: what each must look like, said to people by an error and to programs by a schema."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from domain.errors import InvalidInput
from domain.holiday_dates import is_place
from domain.identity import CAMPAIGN_ID_CHARS_MAX, parse_campaign_id
from domain.phone_number import is_e164
from domain.policy import parse_window
from domain.zones import known_zones

OPT_OUT_DIGITS_MAX = 16
HOUR_SECONDS = 3_600
PERIOD_HOURS_MIN = 0.01
PERIOD_HOURS_MAX = 366 * 24
WINDOW_PATTERN = "^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
MONEY_PATTERN = r"^[0-9]{1,12}(\.[0-9]{1,6})?$"
DIGITS_PATTERN = f"^[0-9*#]{{1,{OPT_OUT_DIGITS_MAX}}}$"
PURPOSE_PATTERN = f"^[a-z0-9][a-z0-9_-]{{0,{CAMPAIGN_ID_CHARS_MAX - 1}}}$"
CURRENCY_PATTERN = "^[A-Z]{3}$"
E164_PATTERN = r"^\+[1-9][0-9]{1,14}$"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def parse_day(text: str) -> date:
    """A date. Raises `ValueError` that says how to write one."""
    try:
        if _DAY.fullmatch(text) is not None:
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError("is not a date; write it like 2026-12-25")


def parse_instant(text: str) -> datetime:
    """An instant, in UTC. Raises `ValueError` that says how to write one."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("is not an instant; write it like 2026-12-01T09:00:00Z") from None
    if instant.tzinfo is None:
        raise ValueError("has no offset; write it like 2026-12-01T09:00:00Z, or with +01:00 in place of the Z")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("is not a possible time") from None


def _place(text: str) -> str:
    if not is_place(text):
        raise ValueError("is no country or region whose holidays are known; write it like US, US-FL or GB-SCT")
    return text


def _zone(text: str) -> str:
    if text not in known_zones():
        raise ValueError("is not an IANA time zone; write it like Europe/Berlin")
    return text


def _number(text: str) -> str:
    if not is_e164(text):
        raise ValueError("is not a phone number in E.164 form; write it like +15551230002")
    return text


def _purpose(text: str) -> str:
    try:
        return parse_campaign_id(text)
    except InvalidInput as error:
        raise ValueError(error.message) from None


def _money(text: str) -> str:
    if re.fullmatch(MONEY_PATTERN, text, re.ASCII) is None or text.endswith("\n") or not Decimal(text):
        raise ValueError('must be an amount above zero as text, like "250.00"')
    return text


def _looks_like(pattern: str, message: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if re.fullmatch(pattern.removeprefix("^").removesuffix("$"), text, re.ASCII) is None:
            raise ValueError(message)
        return text

    return check


def _read_by(parse: Callable[[str], Any]) -> AfterValidator:
    def check(text: str) -> str:
        parse(text)
        return text

    return AfterValidator(check)


def _whole(value: object) -> object:
    """JSON knows one kind of number: 10.0 is the whole number 10."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _says(**schema: str) -> Any:
    return Field(json_schema_extra=dict(schema))


WHOLE = BeforeValidator(_whole)
WindowText = Annotated[str, _read_by(parse_window), _says(pattern=WINDOW_PATTERN)]
DayText = Annotated[str, _read_by(parse_day), _says(format="date")]
InstantText = Annotated[str, _read_by(parse_instant), _says(format="date-time")]
PlaceText = Annotated[str, AfterValidator(_place), _says(format="holiday-place")]
ZoneText = Annotated[str, AfterValidator(_zone), _says(format="iana-time-zone")]
NumberText = Annotated[str, AfterValidator(_number), _says(pattern=E164_PATTERN)]
PurposeText = Annotated[str, AfterValidator(_purpose), _says(pattern=PURPOSE_PATTERN)]
MoneyText = Annotated[str, AfterValidator(_money), _says(pattern=MONEY_PATTERN)]
CurrencyText = Annotated[
    str,
    AfterValidator(_looks_like(CURRENCY_PATTERN, "must be three capital letters, like EUR")),
    _says(pattern=CURRENCY_PATTERN),
]
DigitsText = Annotated[
    str,
    AfterValidator(_looks_like(DIGITS_PATTERN, f"must be 1 to {OPT_OUT_DIGITS_MAX} of 0-9, * and #, like 9")),
    _says(pattern=DIGITS_PATTERN),
]
HourCount = Annotated[float, Field(ge=PERIOD_HOURS_MIN, le=PERIOD_HOURS_MAX, allow_inf_nan=False)]
