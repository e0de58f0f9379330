import gzip
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.packing import CannotUnpack, UnknownEncoding, encodings_of, unpack


@given(st.binary(max_size=300), st.lists(st.sampled_from(["gzip", "deflate"]), max_size=2))
def test_what_was_packed_comes_out_again(body: bytes, encodings: list[str]) -> None:
    packed = body
    for encoding in encodings:
        packed = gzip.compress(packed) if encoding == "gzip" else zlib.compress(packed)

    assert unpack(packed, encodings_of(", ".join(encodings)), max(len(body), 400)) == body


@given(st.binary(max_size=300))
def test_whatever_comes_is_unpacked_within_the_bound_or_refused(junk: bytes) -> None:
    for encoding in ("gzip", "deflate"):
        with suppress(CannotUnpack):
            assert len(unpack(junk, [encoding], 100)) <= 100


@pytest.mark.parametrize("size", [1_001, 100_000_000])
def test_no_more_than_the_bound_is_unpacked(size: int) -> None:
    with pytest.raises(CannotUnpack, match=r"^has more than 1000 bytes when it is unpacked$"):
        unpack(gzip.compress(b"\0" * size), ["gzip"], 1_000)
    assert unpack(gzip.compress(b"\0" * 1_000), ["gzip"], 1_000) == b"\0" * 1_000


@pytest.mark.parametrize("header", [None, "", "identity", " Identity , "])
def test_no_encoding_is_none(header: str | None) -> None:
    assert encodings_of(header) == []


@pytest.mark.parametrize("header", ["br", "gzip;q=1", "gzip, gzip, gzip", "x" * 1_000])
def test_what_is_not_read_is_named(header: str) -> None:
    with pytest.raises(UnknownEncoding, match="Content-Encoding ") as refused:
        encodings_of(header)
    assert len(str(refused.value)) < 120


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_members_of_nothing_are_bounded_in_number(encoding: str) -> None:
    member = gzip.compress(b"") if encoding == "gzip" else zlib.compress(b"")
    assert unpack(member * 16, [encoding], 100) == b""
    with pytest.raises(CannotUnpack, match=r"^has more than 16 members$"):
        unpack(member * 100_000, [encoding], 100)
