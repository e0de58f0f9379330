import pytest

from adapters.documents.bounds import DEPTH_MAX, DIGITS_MAX, NO_NUMBER, TOO_DEEP, TOO_MANY_DIGITS, check_value
from adapters.documents.input import parse_json
from domain.errors import InvalidInput


def nested(levels: int, begin: bytes = b"[", end: bytes = b"]") -> bytes:
    return begin * levels + b"1" + end * levels


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (nested(DEPTH_MAX + 1), TOO_DEEP),
        (nested(DEPTH_MAX + 1, b'{"a":', b"}"), TOO_DEEP),
        (nested(100_000), TOO_DEEP),
        (b'{"a": ' + b"9" * (DIGITS_MAX + 1) + b"}", TOO_MANY_DIGITS),
        (b"0." + b"1" * (DIGITS_MAX + 1), TOO_MANY_DIGITS),
        (b"9" * 5_000, TOO_MANY_DIGITS),
        (b"1e400", TOO_MANY_DIGITS),
    ],
)
def test_json_beyond_a_bound_is_refused_in_words(body: bytes, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_json(body)
    assert (refused.value.field, refused.value.message) == ("body", message)


@pytest.mark.parametrize(
    "body",
    [
        nested(DEPTH_MAX),
        b"9" * 18,
        b'{"text": "' + b"9" * 500 + b'", "\\"' + b"9" * 500 + b'": 1}',
        b'["\\\\", "' + b"9" * 500 + b'"]',
    ],
)
def test_json_within_the_bounds_is_read_and_digits_in_texts_are_no_number(body: bytes) -> None:
    parse_json(body)


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(InvalidInput, match="inf or nan") as refused:
        check_value("plan.toml", {"limits": [value]})
    assert refused.value.message == NO_NUMBER
