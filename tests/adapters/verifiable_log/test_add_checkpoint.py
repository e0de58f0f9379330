import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.verifiable_log.add_checkpoint import REQUEST_BYTES_MAX, AddCheckpoint
from domain.errors import InvalidInput
from tests.adapters.verifiable_log.logs import MemoryLog

HASH = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw="


def test_a_request_has_the_specifications_form() -> None:
    text = f"old 20852014\n{HASH}\n{HASH}\n\nexample.com/behind-the-sofa\n20852163\n"
    asked = AddCheckpoint.parse(text.encode())
    assert (asked.old_size, len(asked.proof)) == (20852014, 2)
    assert asked.note == b"example.com/behind-the-sofa\n20852163\n"
    assert asked.to_bytes() == text.encode()


def test_what_is_sent_is_read_as_it_was() -> None:
    body = MemoryLog(9).asks(5, 9)
    assert AddCheckpoint.parse(body).to_bytes() == body


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no checkpoint after"),
        (b"old 0\n\n", "no checkpoint after"),
        (b"new 0\n\na\n", "does not begin with a line"),
        (b"old -1\n\na\n", "old: '-1'"),
        (b"old 01\n\na\n", "old: '01'"),
        (b"old 1\nAAAA\n\na\n", "stands for 3 bytes"),
        (f"old 1\n{HASH}\n".encode() * 1 + f"{HASH}\n".encode() * 63 + b"\na\n", "at most 63"),
        (b"old 1\r\n\na\n", "control character"),
        (b"a" * (REQUEST_BYTES_MAX + 1), "are read"),
        (b"old 1\xff\n\na\n", "not UTF-8"),
    ],
)
def test_what_is_no_request_is_refused_with_the_reason(body: bytes, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        AddCheckpoint.parse(body)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_in_its_one_spelling_or_are_refused(body: bytes) -> None:
    for one in (body, b"old " + body):
        try:
            asked = AddCheckpoint.parse(one)
        except InvalidInput:
            continue
        assert asked.to_bytes() == one
