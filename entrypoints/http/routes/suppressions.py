"""A list of people whom nobody shall call, over HTTP: CSV or JSON, each request one commit."""

import io
from collections.abc import Iterable
from typing import Any

from starlette.responses import Response

from adapters.recipient_file import Complaint
from adapters.suppression_file import SuppressionRow, read_suppressions, suppression_from_fields
from application.actor import Actor
from application.commands import recipients
from application.installation import Installation
from domain.errors import InvalidInput
from entrypoints.http.json import JsonResponse
from entrypoints.http.problems import TooLarge

ROWS_MAX = 10_000
SOURCE = "import"


def rows_of_csv(body: bytes) -> Iterable[SuppressionRow | Complaint]:
    """The rows of a CSV body. Raises `InvalidInput` where it is none."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise InvalidInput("body", f"line {line} is not UTF-8; save the file as CSV in UTF-8") from None
    return read_suppressions(io.StringIO(text, newline=""))


def rows_of_json(given: dict[str, Any]) -> Iterable[SuppressionRow | Complaint]:
    """The rows of a JSON body with `suppressions`."""
    unknown = given.keys() - {"suppressions"}
    if unknown:
        raise InvalidInput(min(unknown), "is not a field that is known here")
    rows = given["suppressions"]
    if not isinstance(rows, list):
        raise InvalidInput("suppressions", 'must be a list of objects such as {"number": "+15551230002"}')
    return (suppression_from_fields(place, fields) for place, fields in enumerate(rows, start=1))


async def suppress_many(parts: Installation, actor: Actor, read: Iterable[SuppressionRow | Complaint]) -> Response:
    """All usable rows in one commit, or none; the others are complaints in the answer."""
    rows: list[tuple[str, SuppressionRow]] = []
    complaints: list[Complaint] = []
    now = parts.clock()
    for place, row in enumerate(read):
        if place >= ROWS_MAX:
            raise TooLarge("suppressions", f"at most {ROWS_MAX} rows a request; send the file in parts")
        if isinstance(row, Complaint):
            complaints.append(row)
        elif row.expires_at is not None and row.expires_at <= now:
            complaints.append(Complaint(row.line, "expires_at", "is in the past"))
        else:
            rows.append((parts.ledger.recipient_stream(row.number), row))
    done = await parts.ledger.execute(
        recipients.suppress_recipients(rows, SOURCE), lane="imports", metadata=actor.metadata
    )
    return JsonResponse(
        {
            "rows": len(rows) + len(complaints),
            "suppressed": done.result,
            "already_suppressed": len(rows) - done.result,
            "rejected": len(complaints),
            "complaints": complaints,
            "position": done.position,
        }
    )
