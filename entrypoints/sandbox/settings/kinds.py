"""What settings are made of: kinds of values, and `option`, which says how each is shown."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

SERVER, LIMITS, MONEY = "Server", "Limits and refusals", "Money"
LIFE, RECORDINGS = "Life of a call", "Recordings and AI results"
WEBHOOKS, ANSWERS, OTHERS = "Webhooks and their trouble", "Answers and their trouble", "Others"
SCRIPTS, CALLERS = "Answer documents", "What a caller does"

Rate = Annotated[float, Field(ge=0.0, le=1.0)]
Seconds = Annotated[float, Field(ge=0.0, le=86_400.0)]
PositiveCount = Annotated[int, Field(ge=1, le=1_000_000)]
Amount = Annotated[Decimal, Field(ge=0, le=Decimal(10) ** 9)]
HttpUrl = Annotated[str, Field(pattern=r"^https?://[^\s/]+")]
NumberPrefix = Annotated[str, Field(pattern=r"^\+[0-9]{0,15}$")]
ApiKey = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
Echo = Literal["none", "response", "webhooks", "both"]
EventName = Literal[
    "call.created",
    "call.answered",
    "call.gathered",
    "call.completed",
    "call.failed",
    "call.canceled",
    "recording.started",
    "recording.completed",
    "recording.failed",
]


def _without_none(value: object) -> object:
    """The word `none` clears a setting."""
    return None if value == "none" else value


def _split(value: object) -> object:
    """Names as `"a,b"`, or each of a list so; the words `none` and `all` stand for no names at all."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple):
        return value
    names = tuple(name.strip() for text in texts for name in str(text).split(","))
    return () if names in {("none",), ("all",)} else names


OrNone = BeforeValidator(_without_none)
Names = BeforeValidator(_split)


def option(
    default: object,
    panel: str,
    text: str,
    *,
    flag: str | None = None,
    off: str | None = None,
    fixed: bool = False,
    secret: bool = False,
) -> Any:
    """One setting: `panel` groups it in the help, `flag` is its option when not the field's name, `fixed` bars changes.

    `off` is the option with which sandbox-set turns a switch off again.
    """
    extra: dict[str, Any] = {"panel": panel, "flag": flag, "off": off, "fixed": fixed}
    return Field(default, description=text, repr=not secret, json_schema_extra=extra)
