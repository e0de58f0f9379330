"""A span of seconds, written `MIN:MAX`, from which each seeded choice takes its moment."""

from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, PlainSerializer

SPAN_SECONDS_MAX = 86_400.0


class Span(NamedTuple):
    min: float
    max: float

    def __str__(self) -> str:
        return f"{self.min:g}:{self.max:g}"


def parse_span(value: object) -> Span:
    """Read `"0.2:1.0"`, `"1"` (both ends), a number, or a pair of numbers."""
    try:
        if isinstance(value, str):
            low, _, high = value.partition(":")
            span = Span(float(low), float(high or low))
        elif isinstance(value, list | tuple):
            low, high = value
            span = Span(float(low), float(high))
        else:
            span = Span(float(str(value)), float(str(value)))
    except (TypeError, ValueError):
        raise ValueError("write MIN:MAX in seconds, for example 0.2:1.0") from None
    if not 0 <= span.min <= span.max <= SPAN_SECONDS_MAX:
        raise ValueError(f"write MIN:MAX in seconds with 0 <= MIN <= MAX <= {SPAN_SECONDS_MAX:g}, for example 0.2:1.0")
    return span


SecondsSpan = Annotated[Span, BeforeValidator(parse_span), PlainSerializer(str, return_type=str, when_used="json")]
