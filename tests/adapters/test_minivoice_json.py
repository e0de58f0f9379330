"""JSON is read in one way only, or not at all."""

import inspect
import json
import sys
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.minivoice_json import UnreadableJson, decode, decode_unambiguous

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
