"""A file's bytes as lines of text, in each encoding and with each kind of line end that spreadsheets write."""

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from adapters.tables.record import EXPORTED_CHARS_MAX
from domain.errors import InvalidInput

HEAD_BYTES = 64 * 1024
LINE_CHARS_MAX = EXPORTED_CHARS_MAX + 1
"""A line is cut behind it: its record is complained of as too long."""

_SAVE = "save it as CSV in UTF-8"
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_NO_TEXT = (
    (b"\xd0\xcf\x11\xe0", f"is an old Excel file (.xls), or is protected by a password; {_SAVE}"),
    (b"\x1f\x8b", "is packed with gzip; unpack it"),
    (b"%PDF", f"is a PDF and no table; get the list it was printed from, and {_SAVE}"),
    (b"<", f"is HTML or XML; open it in a spreadsheet, and {_SAVE}"),
)


def text_lines(file: BinaryIO, whole: str) -> Iterator[str]:
    """The lines with their ends, each at most `LINE_CHARS_MAX` characters of it, in constant memory.

    UTF-8, or UTF-16 and UTF-32 by their mark; a file whose first line ends in CR alone has such lines. Raises
    `InvalidInput` naming the `whole`: it is no text, or not in its encoding from this line on.
    """
    head = file.read(HEAD_BYTES)
    for start, reason in _NO_TEXT:
        if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(start):
            raise InvalidInput(whole, reason)
    encoding = _encoding(head)
    errors = "surrogateescape" if encoding.startswith("utf-8") else "surrogatepass"
    newline = "" if _has_lone_cr(head.decode(encoding, "ignore")) else "\n"
    buffered = rejoined(head, file)
    text = io.TextIOWrapper(buffered, encoding, errors, newline=newline)
    for number, line in enumerate(_bounded(text, whole), start=1):
        # What is not UTF-8 was decoded to lone surrogates, so that the lines before it are read.
        if errors == "surrogateescape" and not line.isascii() and not _is_whole(line):
            raise InvalidInput(whole, f"line {number} is not UTF-8; save the file as CSV in UTF-8")
        yield line


def _bounded(text: io.TextIOWrapper, whole: str) -> Iterator[str]:
    try:
        while line := text.readline(LINE_CHARS_MAX):
            yield line
            rest = line
            while len(rest) == LINE_CHARS_MAX and not rest.endswith(("\n", "\r")):
                rest = text.readline(LINE_CHARS_MAX)
    except UnicodeDecodeError:
        raise InvalidInput(whole, f"ends within a character, or is not {text.encoding.upper()}; {_SAVE}") from None


def _encoding(head: bytes) -> str:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    # Without a mark: a header begins with ASCII, of which UTF-16 makes every other byte zero.
    match [byte == 0 for byte in head[:4]]:
        case [False, True, False, True]:
            return "utf-16-le"
        case [True, False, True, False]:
            return "utf-16-be"
        case _:
            return "utf-8"


def _has_lone_cr(head: str) -> bool:
    at = head.find("\r")
    return 0 <= at < len(head) - 1 and head[at + 1] != "\n" and "\n" not in head[:at]


def _is_whole(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def rejoined(head: bytes, rest: BinaryIO) -> io.BufferedReader:
    """A stream whose beginning was read already, from there again."""
    return io.BufferedReader(_Again(head, rest), HEAD_BYTES)


class _Again(io.RawIOBase):
    """It may be a pipe, which cannot go back."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        chunk = self._head[: len(view)] or self._rest.read(len(view))
        self._head = self._head[len(view) :]
        view[: len(chunk)] = chunk
        return len(chunk)
