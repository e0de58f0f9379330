"""JSON is read in one way only, or not at all."""

import inspect
import json
import math
import sys
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.minivoice_json import (
    TWICE,
    Json,
    UnreadableJson,
    decode,
    decode_unambiguous,
    read_as_written,
    read_json,
)

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"{} {}", "is not JSON"),
        (b"\xef\xbb\xbf{}", "is not JSON"),
        (b'{"a":NaN}', "is not JSON"),
        (b'{"a":-Infinity}', "is not JSON"),
        (b'{"a":1e999}', "is not JSON"),
        pytest.param(b'{"a":1' + b"0" * 400 + b"}", "is not JSON", id="400 digits"),
        (b'"\\ud800"', "is not JSON"),
        (b'"\\udc00\\ud800"', "is not JSON"),
        (b'"\x00"', "is not JSON"),
        (b'"\xff"', "is not UTF-8"),
        (b'"\xed\xa0\x80"', "is not UTF-8"),
        ('{"a":1}'.encode("utf-16"), "is not UTF-8"),
        pytest.param(b"[" * 100_000, "is not JSON", id="100,000 lists"),
        pytest.param(b'{"a":' * 100_000, "is not JSON", id="100,000 objects"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, "is not JSON", id="100,000 closed lists"),
        pytest.param(b"[" * 300 + b"]" * 300, "is nested too deeply", id="300 lists"),
        (b'{"a":1,"a":1}', "has a key twice in one object"),
        (b'{"a":1, "b":{"c":[{"d":1,"d":2}]}}', "has a key twice in one object"),
        (b'{"a":1,"\\u0061":2}', "has a key twice in one object"),
        (b'{"":1,"":2}', "has a key twice in one object"),
        (b'{"a":1e2,"b":1,"b":1}', "has a key twice in one object"),
    ],
)
def test_what_cannot_be_read_in_one_way_is_refused(raw: bytes, why: str) -> None:
    with pytest.raises(UnreadableJson) as refused:
        decode_unambiguous(raw)

    assert str(refused.value) == why


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1}',
        b' { "a" : 1 } \n',
        b'{"a":{"b":1},"c":{"b":1}}',
        b'{"a":[{"b":1},{"b":1}]}',
        b'{"a":"\\u003ctag\\u003e","b":1.50,"c":1E5,"d":-0}',
        b'{"text":"{\\"a\\":1,\\"a\\":2}"}',
        pytest.param(b"[" * 250 + b"]" * 250, id="250 lists"),
    ],
)
def test_any_way_of_writing_is_read(raw: bytes) -> None:
    assert decode_unambiguous(raw) == json.loads(raw)


def test_a_number_beyond_64_bits_is_read_as_a_double() -> None:
    assert decode_unambiguous(b"[123456789012345678901234567890]") == [123456789012345678901234567890.0]


def test_the_last_of_two_keys_counts_where_ambiguity_is_allowed() -> None:
    assert decode(b'{"a":1,"a":2}') == {"a": 2}


@given(VALUES, st.sampled_from([None, 2]), st.booleans())
def test_whatever_is_written_with_single_keys_is_read(value: Any, indent: int | None, ascii_only: bool) -> None:
    raw = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    expected = json.loads(raw, parse_int=lambda text: int(text) if -(2**63) <= int(text) < 2**64 else float(text))
    try:
        read = decode_unambiguous(raw)
    except UnreadableJson:
        assert any("\ud800" <= character <= "\udfff" for character in json.dumps(value, ensure_ascii=False))
        return

    assert read == expected


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 9), min_size=1), st.data())
def test_a_repeated_key_is_always_found(members: dict[str, int], data: st.DataObject) -> None:
    again = data.draw(st.sampled_from(sorted(members)))
    pairs = data.draw(st.permutations([*members.items(), (again, 0)]))
    ascii_only = data.draw(st.booleans())
    raw = "{" + ",".join(f"{json.dumps(key, ensure_ascii=ascii_only)}: {value}" for key, value in pairs) + "}"

    with pytest.raises(UnreadableJson, match="has a key twice in one object"):
        decode_unambiguous(raw.encode())


def test_a_caller_deep_in_the_stack_sees_no_recursion_error() -> None:
    def deeper(levels: int) -> None:
        if levels:
            return deeper(levels - 1)
        with suppress(UnreadableJson):
            decode_unambiguous(b' {"a":' * 250 + b"1" + b"}" * 250)
        return None

    deeper(sys.getrecursionlimit() - len(inspect.stack(0)) - 40)


@pytest.mark.parametrize(
    ("raw", "value", "fault"),
    [
        (b"\xef\xbb\xbf{}", {}, "begins with a byte order mark"),
        (b'"\\ud83d"', "\ufffd", "has half a character"),
        (b'"\\udc00\\ud800"', "\ufffd\ufffd", "has half a character"),
        (b'["\\ud83d", "\\ud83d\\ude00", "\\\\ud83d"]', ["\ufffd", "\U0001f600", "\\ud83d"], "has half a character"),
        (b'["\\\\ud83d\\ude00"]', ["\\ud83d\ufffd"], "has half a character"),
        (b'"\xff"', "\ufffd", "has bytes that are no characters"),
        (b'"\xed\xa0\x80"', "\ufffd\ufffd\ufffd", "has bytes that are no characters"),
        ('{"a":1}'.encode("utf-16"), {"a": 1}, "is not UTF-8 but another encoding"),
        ('{"a":1}'.encode("utf-32-le"), {"a": 1}, "is not UTF-8 but another encoding"),
        (b'{"a":1,"a":1}', {"a": 1}, "has a key twice in one object"),
        (b'{"a":1,"a":2,"a":1}', {"a": TWICE}, "has a key twice in one object"),
        (b'{"a":1,"a":true}', {"a": TWICE}, "has a key twice in one object"),
        (
            b'{"a":{"b":1,"c":1},"a":{"b":2,"d":1}}',
            {"a": {"b": TWICE, "c": 1, "d": 1}},
            "has a key twice in one object",
        ),
        (b'{"a":-Infinity}', {"a": -math.inf}, "is not strict JSON"),
        (b'{"a":"\0\n"}', {"a": "\0\n"}, "is not strict JSON"),
        (b'{"a":1}\0', {"a": 1}, "is not strict JSON"),
        (b'{"a":1' + b"0" * 399 + b"}", {"a": 10**399}, "is not strict JSON"),
        (b'{"a":-1' + b"0" * 400 + b"}", {"a": -math.inf}, "is not strict JSON"),
        (b'{"a":' + b"[" * 300 + b"]" * 300 + b',"b":1}', None, "is nested too deeply"),
    ],
)
def test_what_is_not_strict_is_read_as_far_as_it_means_one_thing(raw: bytes, value: Any, fault: str) -> None:
    read = read_json(raw)

    assert read.faults == (fault,)
    if value is not None:
        assert read.value == value


@pytest.mark.parametrize("raw", [b"", b"{", b"{} {}", b"{'a':1}", b'{"a":01}', b"[" * 100_000, b'{"a":[' * 100_000])
def test_what_is_no_json_is_read_by_nobody(raw: bytes) -> None:
    with pytest.raises(UnreadableJson, match=r"^is not JSON$"):
        read_json(raw)


def test_what_is_too_deep_is_null_and_what_is_beside_it_is_read() -> None:
    read = read_json(b'{"a":' + b'["]",{"x":' * 40_000 + b"1" + b"}]" * 40_000 + b',"b":"[{"}')

    assert read.value["b"] == "[{"
    assert str(read.value).count("None") == 1


def test_a_whole_number_is_exact_as_written() -> None:
    assert read_as_written(b"[123456789012345678901234567890]").value == [123456789012345678901234567890]


@given(VALUES)
def test_the_patient_reading_of_strict_json_is_the_strict_one(value: Any) -> None:
    raw = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS) if is_strict(value) else b"{}"

    assert read_as_written(raw) == Json(json.loads(raw))


def is_strict(value: Any) -> bool:
    """Whether orjson writes it."""
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


@given(st.binary() | st.text(st.sampled_from('{}[]",:\\\\u"d83dnt0 \n')).map(str.encode))
def test_no_bytes_bring_another_error_or_half_a_character(raw: bytes) -> None:
    with suppress(UnreadableJson):
        str(read_json(raw).value).encode()
