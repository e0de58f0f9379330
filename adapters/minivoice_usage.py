"""What MiniVoice's answers to GET /v1/usage mean, read field by field. No input, no output."""

import math
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from adapters.minivoice_answers import LookupFailed, error_code
from adapters.minivoice_fields import Fields, why_not
from adapters.minivoice_json import UnreadableJson, kept_text, read_json
from adapters.minivoice_said_call import having
from domain.account import UsageObserved
from domain.errors import InvalidInput

# A double holds so many decimal digits as they were written.
DOUBLE_DIGITS_MAX = 15
COUNT_DIGITS_MAX = 18
FIGURES = ("cost_amount", "cost_currency", "calls", "billsec_seconds")
NOT_CHARACTERS = "body: has bytes that are no characters"
_DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)


class SettledUsage(Struct, frozen=True, kw_only=True):
    """The totals of an answer, the window that it names, and what in it is not as documented."""

    window_from: datetime | None
    window_to: datetime | None
    calls: int | None
    billsec_seconds: int | None
    cost_amount: str | None
    cost_currency: str | None
    drift: tuple[str, ...]


def read_usage(window_from: datetime, window_to: datetime, status: int, body: bytes) -> UsageObserved | LookupFailed:
    """What an answer says; where it names no window, it is about the one that was asked for.

    A figure that cannot be read costs the others nothing.
    """
    body_text = kept_text(body)
    if not 200 <= status < 300:
        return LookupFailed(why=f"HTTP {status}", status=status, code=error_code(body_text), body=body_text)
    try:
        settled = _settled(body)
    except InvalidInput as unreadable:
        return LookupFailed(why=str(unreadable), status=status, body=body_text)
    figures = settled.calls, settled.billsec_seconds, settled.cost_amount, settled.cost_currency
    if all(figure is None for figure in figures):
        return LookupFailed(why="; ".join(settled.drift), status=status, body=body_text)
    return UsageObserved(
        window_from=settled.window_from or window_from,
        window_to=settled.window_to or window_to,
        calls=settled.calls,
        billsec_seconds=settled.billsec_seconds,
        cost_amount=settled.cost_amount,
        cost_currency=settled.cost_currency,
        body=body_text,
    )


def usage_drift(body_text: str) -> tuple[str, ...]:
    """What of an answer that was read is not as documented: each field, and what is odd about it."""
    try:
        return _settled(body_text.encode()).drift
    except InvalidInput:  # it was read, so it was this text that could not hold its bytes
        return (NOT_CHARACTERS,)


def _settled(body: bytes) -> SettledUsage:
    """Raises `InvalidInput` where there are no totals at all."""
    try:
        document = read_json(body)
    except UnreadableJson:
        raise InvalidInput("summary", "is missing") from None
    fields = Fields(document.faults)
    usage = having("summary", document.value)
    if usage is None:
        usage = next((bare for name in FIGURES if (bare := having(name, document.value)) is not None), None)
        if usage is None:
            raise InvalidInput("summary", "is missing")
        fields.said("summary", "is missing, and what should be in it stands bare")
        summary = usage
    else:
        summary = fields.object(usage, "summary")
        if not summary:
            raise InvalidInput("summary", why_not(usage["summary"], "is not an object"))
    return SettledUsage(
        window_from=fields.time(usage, "from"),
        window_to=fields.time(usage, "to"),
        calls=_count(summary, "calls", fields),
        billsec_seconds=_count(summary, "billsec_seconds", fields),
        cost_amount=_amount(summary, fields),
        cost_currency=_currency(summary, fields),
        drift=tuple(fields.drift),
    )


def _count(summary: Mapping[str, Any], name: str, fields: Fields) -> int | None:
    value, field = summary.get(name), f"summary.{name}"
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and len(value) <= COUNT_DIGITS_MAX and value.isascii() and value.strip().isdigit():
        fields.said(field, "is a text")
        return int(value)
    if isinstance(value, float) and value.is_integer() and value >= 0:
        fields.said(field, "is a fraction")
        return int(value)
    fields.said(field, why_not(value, "is not a whole number"))
    return None


def _amount(summary: Mapping[str, Any], fields: Fields) -> str | None:
    """An exact decimal. What could be read in two ways, such as `1,250`, is not."""
    value, field = summary.get("cost_amount"), "summary.cost_amount"
    if isinstance(value, str) and _DECIMAL.fullmatch(bare := value.strip()) is not None:
        if bare != value:
            fields.said(field, "has spaces around it")
        return bare
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        amount = Decimal(repr(value))
        text = f"{amount:f}"
        is_exact = isinstance(value, int) or len(amount.as_tuple().digits) <= DOUBLE_DIGITS_MAX
        if is_exact and _DECIMAL.fullmatch(text) is not None:
            fields.said(field, "is a number")
            return text
    fields.said(field, why_not(value, "is not a decimal string"))
    return None


def _currency(summary: Mapping[str, Any], fields: Fields) -> str | None:
    value, field = summary.get("cost_currency"), "summary.cost_currency"
    if not isinstance(value, str) or not value.strip():
        fields.said(field, why_not(value, "is not a string"))
        return None
    word = value.strip().upper()
    if word != value:
        fields.said(field, "is not spelled as documented")
    return word
