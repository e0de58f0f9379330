"""An answer read in whatever pieces it comes."""

from collections.abc import Iterable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.transport.wire_answer import HEAD_BYTES_MAX, HEADERS_MAX, WireAnswer, head_of

OK = b"HTTP/1.1 201 Created\r\ncontent-length: 5\r\nX-A: b\r\nx-empty:\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, Chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nx-t: t\r\n\r\n"
WHOLE = (
    OK,
    CHUNKED,
    b"HTTP/1.1 204 \r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\ncontent-length: 9\r\n\r\n" + OK,
    OK.replace(b"X-A: b", b"connection: close"),
    OK.replace(b"1.1", b"1.0"),
    b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nuntil the end",
)
NO_ANSWER = (
    b"",
    OK[:-1],
    OK[:20],
    CHUNKED[:-2],
    CHUNKED[:-20],
    b"SIP/2.0 200 OK\r\n\r\n",
    b"HTTP/2.0 200 OK\r\n\r\n",
    b"HTTP/1.1 099 OK\r\ncontent-length: 0\r\n\r\n",
    b"HTTP/1.1 101 Other\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
    b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffffff\r\nabc",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n" * (HEADERS_MAX + 1),
    b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * HEADERS_MAX + b"\r\n",
    b"HTTP/1.1 200 OK\r\nx: " + b"y" * HEAD_BYTES_MAX + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n" + b"x: y\r\n" * HEADERS_MAX + b"\r\n",
)


def read(pieces: Iterable[bytes], *, is_asked_for_a_body: bool = True) -> dict[str, Any]:
    """All that can be told of an answer, or the kind of its error."""
    answer, body = WireAnswer(is_asked_for_a_body=is_asked_for_a_body), b""
    try:
        for piece in pieces:
            answer.feed(piece)
            body += answer.take()
        answer.end()
    except httpx.RemoteProtocolError:
        return {"error": httpx.RemoteProtocolError}
    told = (answer.status, answer.reason, answer.version, answer.headers, answer.is_complete)
    return {"told": told, "body": body, "kept": answer.is_kept_alive, "surplus": answer.has_surplus}


@st.composite
def in_pieces(draw: st.DrawFn, whole: bytes) -> list[bytes]:
    cuts = sorted(draw(st.sets(st.integers(0, len(whole)), max_size=12)))
    return [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]


@given(st.data(), st.sampled_from(WHOLE + NO_ANSWER), st.sampled_from([b"", b"\r\n", b"HTTP/1.1 200 OK\r\n", b"\0"]))
def test_any_pieces_of_the_same_bytes_tell_the_same(data: st.DataObject, answer: bytes, more: bytes) -> None:
    assert read(data.draw(in_pieces(answer + more))) == read([answer + more])


@given(st.data(), st.binary(max_size=200))
def test_no_bytes_at_all_raise_anything_else(data: st.DataObject, rest: bytes) -> None:
    head = data.draw(st.sampled_from([b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n", CHUNKED[:60], OK[:40]]))

    assert read(data.draw(in_pieces(head + rest))) == read([head + rest])


@pytest.mark.parametrize("answer", WHOLE)
def test_a_whole_answer_is_whole(answer: bytes) -> None:
    told = read([bytes([byte]) for byte in answer])

    assert told["told"][-1] is True
    assert told["surplus"] is False


@pytest.mark.parametrize("answer", NO_ANSWER)
def test_what_is_none_or_beyond_the_bounds_is_refused(answer: bytes) -> None:
    assert read([answer]) == {"error": httpx.RemoteProtocolError}


def test_what_is_told_of_an_answer() -> None:
    assert read([OK]) == {
        "told": (201, b"Created", b"HTTP/1.1", [(b"content-length", b"5"), (b"X-A", b"b"), (b"x-empty", b"")], True),
        "body": b"hello",
        "kept": True,
        "surplus": False,
    }
    assert (read([CHUNKED])["body"], read([CHUNKED])["told"][3]) == (
        b"hello",
        [(b"transfer-encoding", b"gzip, Chunked")],
    )


def test_a_head_that_never_ends_is_refused_before_it_fills_the_memory() -> None:
    fed = 0

    def endless() -> Iterable[bytes]:
        nonlocal fed
        yield b"HTTP/1.1 200 OK\r\nx: "
        while True:
            fed += 1024
            yield b"y" * 1024

    assert read(endless()) == {"error": httpx.RemoteProtocolError}
    assert fed <= 3 * HEAD_BYTES_MAX


@pytest.mark.parametrize("answer", [OK.removesuffix(b"hello"), CHUNKED[: CHUNKED.index(b"3;")], OK])
def test_an_answer_to_head_ends_with_its_head_and_its_connection(answer: bytes) -> None:
    told = read([answer], is_asked_for_a_body=False)

    assert (told["told"][-1], told["body"], told["kept"]) == (True, b"", False)


@pytest.mark.parametrize("more", [b"HTTP/1.1 200 OK\r\n\r\n", b"\0", b"x"])
def test_what_follows_an_answer_is_noticed_and_does_not_spoil_it(more: bytes) -> None:
    for pieces in ([OK + more], [OK, more]):
        told = read(pieces)
        assert (told["told"][0], told["body"], told["surplus"]) == (201, b"hello", True)


def test_a_request_has_the_lines_that_it_was_given() -> None:
    assert head_of("POST", b"/v1/calls", [(b"host", b"a"), (b"x", b"y")]) == (
        b"POST /v1/calls HTTP/1.1\r\nhost: a\r\nx: y\r\n\r\n"
    )


@pytest.mark.parametrize("value", [b"a\r\nx: y", b"a\n", b"\r", b"a\0"])
def test_a_header_that_would_be_two_is_refused(value: bytes) -> None:
    with pytest.raises(httpx.LocalProtocolError):
        head_of("POST", b"/", [(b"x", value)])
