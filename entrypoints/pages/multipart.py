"""A form with a file, as browsers send it (RFC 7578): its fields, and the file's bytes."""

import re

from domain.errors import InvalidInput

PARTS_MAX = 20
_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_NAME = re.compile(rb'[;\s]name="([^"]*)"', re.IGNORECASE)
_FILE = re.compile(rb"[;\s]filename\*?=", re.IGNORECASE)


def read_multipart(content_type: str, body: bytes) -> tuple[dict[str, str], bytes]:
    """The fields, each once, and the bytes of the one file; no bytes where none was chosen. Raises `InvalidInput`."""
    kind = content_type.partition(";")[0].strip().lower()
    found = _BOUNDARY.search(content_type)
    if kind != "multipart/form-data" or found is None:
        raise _unreadable()
    mark = b"--" + (found[1] or found[2]).encode()
    pieces = (b"\r\n" + body).split(b"\r\n" + mark, PARTS_MAX + 1)
    if len(pieces) > PARTS_MAX + 1 or len(pieces) < 2 or pieces[-1].strip() != b"--":
        raise _unreadable()
    fields: dict[str, str] = {}
    content = b""
    for piece in pieces[1:-1]:
        head, gap, value = piece.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not gap or name is None:
            raise _unreadable()
        if _FILE.search(head):
            content = value
            continue
        try:
            fields[name[1].decode()] = value.decode()
        except UnicodeDecodeError:
            raise _unreadable() from None
    return fields, content


def _unreadable() -> InvalidInput:
    return InvalidInput("body", "is not a form with a file as browsers send it; load the page anew, and do it again")
