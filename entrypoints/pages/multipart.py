"""A form with a file, as browsers send it (RFC 7578): its fields, and the file's bytes.

Starlette's own reader, on python-multipart, was weighed: it writes what is larger than 1 MiB, here people's numbers, into
a file outside the data folder, bounds no file's size, and reads on the event loop, in Python.
"""

import re
from collections.abc import Iterator

from domain.errors import InvalidInput

PARTS_MAX = 20
HEAD_BYTES_MAX = 4 * 1024
END_BYTES_MAX = 64
_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_NAME = re.compile(rb'[;\s]name="([^"]*)"', re.IGNORECASE)
_FILE = re.compile(rb"[;\s]filename\*?=", re.IGNORECASE)


def read_multipart(content_type: str, body: bytes) -> tuple[dict[str, str], bytes]:
    """The fields, each once, and the bytes of the one file; no bytes where none was chosen. Raises `InvalidInput`."""
    kind = content_type.partition(";")[0].strip().lower()
    found = _BOUNDARY.search(content_type)
    if kind != "multipart/form-data" or found is None:
        raise _unreadable()
    fields: dict[str, str] = {}
    content = b""
    for begin, end in _parts(body, b"--" + (found[1] or found[2]).encode()):
        gap = body.find(b"\r\n\r\n", begin, min(end, begin + HEAD_BYTES_MAX))
        name = _NAME.search(body, begin, max(gap, begin))
        if name is None:
            raise _unreadable()
        value = memoryview(body)[gap + 4 : end]
        if _FILE.search(body, begin, gap):
            content = bytes(value)
            continue
        try:
            fields[name[1].decode()] = str(value, "utf-8")
        except UnicodeDecodeError:
            raise _unreadable() from None
    return fields, content


def _parts(body: bytes, mark: bytes) -> Iterator[tuple[int, int]]:
    """Where each part begins and ends: a file is large, and cut out once. Raises `InvalidInput`."""
    line = b"\r\n" + mark
    found = 0 if body.startswith(mark) else body.find(line)
    if found < 0:
        raise _unreadable()
    begin = body.index(mark, found) + len(mark)
    for _ in range(PARTS_MAX):
        end = body.find(line, begin)
        if end < 0:
            break
        yield begin, end
        begin = end + len(line)
    if len(body) - begin > END_BYTES_MAX or body[begin:].strip() != b"--":
        raise _unreadable()


def _unreadable() -> InvalidInput:
    return InvalidInput("body", "is not a form with a file as browsers send it; load the page anew, and do it again")
