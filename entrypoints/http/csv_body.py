"""Bodies that are CSV."""

import io

from starlette.requests import Request

from domain.errors import InvalidInput

IMPORT_BYTES_MAX = 16 * 1024 * 1024


def is_csv(request: Request) -> bool:
    """Whether the request says so of its body."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/csv"


def csv_lines(body: bytes) -> io.StringIO:
    """The lines of a CSV body. Raises `InvalidInput` where it is not UTF-8."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise InvalidInput("body", f"line {line} is not UTF-8; save the file as CSV in UTF-8") from None
    return io.StringIO(text, newline="")
