"""A form with a file, as browsers send it, and as nobody should."""

import tracemalloc

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from domain.errors import InvalidInput
from entrypoints.pages.multipart import END_BYTES_MAX, HEAD_BYTES_MAX, PARTS_MAX, read_multipart

TYPE = "multipart/form-data; boundary=xYz"


def body(*parts: bytes) -> bytes:
    return b"".join(b"--xYz\r\n" + part + b"\r\n" for part in parts) + b"--xYz--\r\n"


def part(name: str, value: bytes, more: str = "") -> bytes:
    return f'Content-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value


@given(st.binary(), st.text())
@example(b"\r\n--xY", "")
@example(b"\r\n\r\n", "a\r\nb")
def test_it_gives_what_was_put_in(content: bytes, text: str) -> None:
    assume(b"--xYz" not in content)  # a browser takes a mark that is in nothing that it sends
    assume("--xYz" not in text)
    sent = body(part("name", text.encode()), part("file", content, '; filename="a b.csv"'))
    assert read_multipart(TYPE, sent) == ({"name": text}, content)


@pytest.mark.parametrize("begins", [b"", b"\r\n", b"for old readers\r\n"])
def test_as_many_parts_as_may_be_and_what_stands_before_them(begins: bytes) -> None:
    parts = [part(f"a{nth}", b"") for nth in range(PARTS_MAX)]
    assert read_multipart(TYPE, begins + body(*parts)) == ({f"a{nth}": "" for nth in range(PARTS_MAX)}, b"")


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("text/plain", body(part("a", b"b"))),
        ("multipart/form-data", body(part("a", b"b"))),
        (TYPE, b""),
        (TYPE, b"--xYz"),
        (TYPE, body(part("a", b"b"))[:-6]),
        (TYPE, body(b"no head")),
        (TYPE, body(part("a", b"b", "; x" * HEAD_BYTES_MAX))),
        (TYPE, body(part("a", b"b")) + b" " * END_BYTES_MAX),
        (TYPE, body(b"Content-Disposition: form-data\r\n\r\nb")),
        (TYPE, body(part("a", b"\xff"))),
        (TYPE, body(*[part("a", b"b")] * (PARTS_MAX + 1))),
    ],
)
def test_anything_else_is_refused_in_words(kind: str, sent: bytes) -> None:
    with pytest.raises(InvalidInput, match="is not a form with a file"):
        read_multipart(kind, sent)


def test_a_file_is_held_twice_and_not_more() -> None:
    sent = body(part("a", b"b"), part("file", b"x\r\n" * 1_000_000, '; filename="a.csv"'))
    tracemalloc.start()
    try:
        _, content = read_multipart(TYPE, sent)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(content) == 3_000_000
    assert most < 1.1 * len(content)  # beside what was sent
