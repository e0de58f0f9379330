"""Requests whose end two readers could see at different places: refused, and what is hidden behind them is not done."""

from pathlib import Path

import pytest

from tests.entrypoints.http.raw_client import POST, Client, scene

HIDDEN_BODY = b'{"id": "smuggled", "from": "+15551230001"}'
HIDDEN = (
    b"POST /v1/campaigns HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
    % (len(HIDDEN_BODY), HIDDEN_BODY)
)
CHUNKED = b"transfer-encoding: chunked\r\n"
NOTHING = b"0\r\n\r\n"
AMBIGUOUS = {
    "a length beside chunks": POST + CHUNKED + b"content-length: 5\r\n\r\n" + NOTHING,
    "chunks beside a length": POST + b"content-length: 5\r\n" + CHUNKED + b"\r\n" + NOTHING,
    "two lengths": POST + b"content-length: 0\r\ncontent-length: 2\r\n\r\n{}",
    "the same length twice": POST + b"content-length: 2\r\ncontent-length: 2\r\n\r\n{}",
    "a list of lengths": POST + b"content-length: 2, 2\r\n\r\n{}",
    "a length with a sign": POST + b"content-length: +2\r\n\r\n{}",
    "a negative length": POST + b"content-length: -2\r\n\r\n{}",
    "a length in hexadecimal": POST + b"content-length: 0x2\r\n\r\n{}",
    "a length beyond 64 bits": POST + b"content-length: 18446744073709551618\r\n\r\n{}",
    "an empty length": POST + b"content-length: \r\n\r\n",
    "chunks that are not the last encoding": POST + b"transfer-encoding: chunked, identity\r\n\r\n" + NOTHING,
    "an encoding that nearly is chunked": POST + b"transfer-encoding: xchunked\r\n\r\n" + NOTHING,
    "chunked twice": POST + CHUNKED + CHUNKED + b"\r\n" + NOTHING,
    "an encoding that is folded": POST + b"transfer-encoding:\r\n chunked\r\n\r\n" + NOTHING,
    "a space before the colon": POST + b"transfer-encoding : chunked\r\n\r\n" + NOTHING,
    "a size with a sign": POST + CHUNKED + b"\r\n+2\r\n{}\r\n" + NOTHING,
    "a size with a prefix": POST + CHUNKED + b"\r\n0x2\r\n{}\r\n" + NOTHING,
    "a size beyond 64 bits": POST + CHUNKED + b"\r\n10000000000000002\r\n{}\r\n" + NOTHING,
    "a chunk longer than its size": POST + CHUNKED + b"\r\n1\r\n{}\r\n" + NOTHING,
    "a size that no line ends": POST + CHUNKED + b"\r\n2\n{}\r\n" + NOTHING,
    "an extension with a line feed alone": POST + CHUNKED + b"\r\n2;a\nb\r\n{}\r\n" + NOTHING,
    "a chunk that no line ends": POST + CHUNKED + b"\r\n2\r\n{}" + NOTHING,
    "a header that no line ends": POST + b"x: a\rcontent-length: 2\r\n\r\n{}",
    "a header with NUL": POST + b"x: a\0b\r\ncontent-length: 0\r\n\r\n",
    "a header that is folded": POST + b"x: a\r\n content-length: 2\r\n\r\n{}",
    "a header without a name": POST + b": a\r\ncontent-length: 0\r\n\r\n",
    "a header without a colon": POST + b"content-length 0\r\n\r\n",
    "HTTP/1.0 with chunks": POST.replace(b"1.1", b"1.0", 1) + CHUNKED + b"\r\n" + NOTHING,
}


@pytest.mark.usefixtures("way")
def test_a_request_of_which_the_end_is_not_certain_is_refused_with_all_behind_it(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        for kind, sent in AMBIGUOUS.items():
            said = await client.answer(sent + HIDDEN)
            assert (kind, said[:10]) == (kind, b"HTTP/1.1 4")
            assert (kind, said.count(b"HTTP/1.1 ")) == (kind, 1)
        assert client.stage.feed() == []
        await client.is_well()

    scene(tmp_path, act)


def test_what_stands_behind_a_request_with_a_certain_end_is_the_next_request(tmp_path: Path) -> None:
    async def act(client: Client) -> None:
        last = HIDDEN.replace(b"host:", b"connection: close\r\nhost:", 1)
        for first in (b"content-length: 2\r\n\r\n{}", CHUNKED + b"\r\n2\r\n{}\r\n" + NOTHING):
            said = await client.answer(POST + first + last)
            assert said.count(b"HTTP/1.1 ") == 2
        assert client.stage.names() == ["campaign.created"]

    scene(tmp_path, act)
