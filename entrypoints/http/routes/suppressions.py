"""People whom nobody shall call, over HTTP: one, or a list as CSV or JSON, each request one commit; and their release."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC
from functools import partial
from typing import Annotated, Any, TypeVar

from msgspec import Struct
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.callers import E164_FORM
from adapters.documents.input import parse_json, validated
from adapters.recipient_columns import Conventions
from adapters.recipient_file import Complaint, Remark
from adapters.suppression_file import SuppressionRow, read_suppressions, suppression_from_fields
from application.actor import Actor
from application.commands import recipients
from application.fields import E164, Count, Position, means
from application.going_on import NO_HANG_UP, going_on
from application.installation import Installation
from domain.errors import InvalidInput
from domain.person import meant
from domain.phone_number import parse_number
from domain.recipient import spelled_streams
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.answers import answered
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, DescribedRoute, Operation
from entrypoints.http.openapi.schemas import Schema
from entrypoints.http.parameters import PathPart
from entrypoints.http.parts import parts_of, read_body
from entrypoints.http.problems import TooLarge
from entrypoints.http.rows import (
    FILE_PARAMETERS,
    IMPORT_BYTES_MAX,
    IMPORT_ROWS_MAX,
    OddNumbers,
    OddRows,
    conventions_of,
    file_bodies,
    is_file,
    rows_in_json,
    table_in,
)

SOURCE = "import"
GivenT = TypeVar("GivenT")
RowsOf = Callable[[GivenT], Iterable[SuppressionRow | Complaint | Remark]]
PERSON = PathPart(name="number", kind=E164, means="the person", parse=partial(parse_number, field="number"))
Csv = Annotated[str, Field(description="a header with `number`, if wanted `source`, `reason`, `expires_at`")]
A_TEXT: Schema = {"type": ["string", "null"]}
SUPPRESSION_LIST = rows_in_json(
    "SuppressionList", "suppressions", "suppressed", dict.fromkeys(("source", "reason", "expires_at"), A_TEXT)
)


GoingOn = Annotated[
    Count | None,
    means(
        f"their calls that are, or may be, under way and go on to their end: {NO_HANG_UP}; null where that is not known, or nobody was suppressed"
    ),
]


class SuppressionChanged(Struct, frozen=True, kw_only=True):
    """How it is with a person now, and whether that is a change.

    Suppression and release are about the person: a number that is written otherwise, but means the same, is included.
    """

    number: E164
    meant: Annotated[E164 | None, means("how this number is written, where it was given in another form")]
    released: Annotated[list[E164], means("the spellings of this person's number that were suppressed until now")]
    suppressed: bool
    changed: bool
    going_on: GoingOn
    position: Position


class ManySuppressed(Struct, frozen=True, kw_only=True):
    """What became of the rows of a list."""

    rows: Count
    suppressed: Count
    already_suppressed: Count
    rejected: Count
    going_on: GoingOn
    complaints: list[Complaint]
    warnings: list[OddNumbers]
    position: Position


class SuppressionInput(BaseModel):
    """The body of POST /v1/suppressions."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(json_schema_extra=E164_FORM)
    source: str = Field("operator", min_length=1, max_length=100)
    reason: str | None = Field(None, max_length=1_000)
    expires_at: AwareDatetime | None = Field(None, description="with a zone, and in the future; null: for good")


async def suppress(request: Request) -> Response:
    """POST /v1/suppressions: one person, or a list of them."""
    actor = allow(request, COMMANDS)
    parts = parts_of(request)
    body = await read_body(request, IMPORT_BYTES_MAX)
    conventions = conventions_of(request, body)
    if is_file(request):
        rows_of = partial(_rows_of_file, conventions=conventions)
        return answered(request, await _suppress_many(parts, actor, rows_of, body))
    written = await asyncio.to_thread(parse_json, body)
    if isinstance(written, dict) and "suppressions" in written:
        return answered(request, await _suppress_many(parts, actor, _rows_of_json, written))
    done = await suppressed(parts, actor, validated(SuppressionInput, written))
    return answered(request, done, status_code=201 if done.changed else 200)


async def suppressed(parts: Installation, actor: Actor, given: SuppressionInput) -> SuppressionChanged:
    """Let nobody call this person, in the name of somebody. Raises `InvalidInput`."""
    number = parse_number(given.number, "number")
    try:
        expires_at = None if given.expires_at is None else given.expires_at.astimezone(UTC)
    except OverflowError:
        raise InvalidInput("expires_at", "is not a possible time") from None
    if expires_at is not None and expires_at <= parts.clock():
        raise InvalidInput("expires_at", "is in the past")
    done = await parts.ledger.execute(
        recipients.suppress_recipient(
            parts.ledger.recipient_stream(number), number, given.source, given.reason, expires_at
        ),
        lane="commands",
        metadata=actor.metadata,
    )
    return SuppressionChanged(
        number=number,
        meant=meant(number),
        released=[],
        suppressed=True,
        changed=done.result,
        going_on=await _going_on(parts, frozenset(spelled_streams(number, parts.ledger.recipient_stream))),
        position=done.position,
    )


async def release(request: Request) -> Response:
    """DELETE /v1/suppressions/{number}."""
    actor, parts = allow(request, COMMANDS), parts_of(request)
    return answered(request, await released(parts, actor, PERSON.read(request)))


async def released(parts: Installation, actor: Actor, number: str) -> SuppressionChanged:
    """Lift the suppression of this person, in the name of somebody."""
    done = await parts.ledger.execute(
        recipients.release_recipient(parts.ledger.recipient_stream(number), number),
        lane="commands",
        metadata=actor.metadata,
    )
    return SuppressionChanged(
        number=number,
        meant=meant(number),
        released=done.result,
        suppressed=False,
        changed=bool(done.result),
        going_on=None,
        position=done.position,
    )


def _rows_of_file(body: bytes, conventions: Conventions) -> Iterable[SuppressionRow | Complaint | Remark]:
    """The rows of a body that is a file. Raises `InvalidInput` where it is none."""
    return read_suppressions(table_in(body), conventions)


def _rows_of_json(given: dict[str, Any]) -> Iterable[SuppressionRow | Complaint]:
    """The rows of a JSON body with `suppressions`."""
    unknown = given.keys() - {"suppressions"}
    if unknown:
        raise InvalidInput(min(unknown), "is not a field that is known here")
    rows = given["suppressions"]
    if not isinstance(rows, list):
        raise InvalidInput("suppressions", 'must be a list of objects such as {"number": "+15551230002"}')
    return (suppression_from_fields(place, fields) for place, fields in enumerate(rows, start=1))


class _Sorted(Struct, frozen=True):
    """What a list has: usable rows with their streams, complaints, and what was read otherwise than it is written."""

    rows: list[tuple[str, SuppressionRow]]
    complaints: list[Complaint]
    warnings: OddRows


def _sorted_out(parts: Installation, rows_of: RowsOf[GivenT], given: GivenT) -> _Sorted:
    """Seconds of work for a large body, so not on the loop."""
    found = _Sorted([], [], OddRows())
    now = parts.clock()
    for row in rows_of(given):
        if isinstance(row, Remark):
            found.warnings.add(row.line, row.field, row.reason)
            continue
        if isinstance(row, Complaint):
            found.complaints.append(row)
        elif row.expires_at is not None and row.expires_at <= now:
            found.complaints.append(Complaint(row.line, "expires_at", "is in the past"))
        else:
            found.rows.append((parts.ledger.recipient_stream(row.number), row))
        if len(found.rows) + len(found.complaints) > IMPORT_ROWS_MAX:
            raise TooLarge("suppressions", f"at most {IMPORT_ROWS_MAX} rows a request; send the file in parts")
    return found


async def _suppress_many(parts: Installation, actor: Actor, rows_of: RowsOf[GivenT], given: GivenT) -> ManySuppressed:
    """All usable rows in one commit, or none; the others are complaints in the answer."""
    found = await asyncio.to_thread(_sorted_out, parts, rows_of, given)
    done = await parts.ledger.execute(
        recipients.suppress_recipients(found.rows, SOURCE), lane="imports", metadata=actor.metadata
    )
    people = await asyncio.to_thread(_people, parts, found.rows)
    return ManySuppressed(
        rows=len(found.rows) + len(found.complaints),
        suppressed=done.result,
        already_suppressed=len(found.rows) - done.result,
        rejected=len(found.complaints),
        going_on=await _going_on(parts, people),
        complaints=found.complaints,
        warnings=found.warnings.kinds(),
        position=done.position,
    )


def _people(parts: Installation, rows: Iterable[tuple[str, SuppressionRow]]) -> frozenset[str]:
    """The streams of all spellings."""
    stream_of = parts.ledger.recipient_stream
    return frozenset(stream for _, row in rows for stream in spelled_streams(row.number, stream_of))


async def _going_on(parts: Installation, people: frozenset[str]) -> int | None:
    found = await going_on(parts, lambda one: one.stream in people)
    return None if found is None else found.calls + found.perhaps


ROUTES = [
    DescribedRoute(
        suppress,
        Operation(
            method="POST",
            path="/v1/suppressions",
            tag="suppressions",
            summary="Nobody calls this person any more, or these people",
            description=(
                "201 where one person was named and that changed something. `expires_at` must be in the future. "
                "Of a list, all usable rows in one commit, or none. Role: operator."
            ),
            parameters=FILE_PARAMETERS,
            bodies={JSON: (SuppressionInput, SUPPRESSION_LIST), **file_bodies(Csv)},
            answers={201: SuppressionChanged, 200: (SuppressionChanged, ManySuppressed)},
            problems=(*COMMAND, *BODY),
        ),
    ),
    DescribedRoute(
        release,
        Operation(
            method="DELETE",
            path="/v1/suppressions/{number}",
            tag="suppressions",
            summary="Lift a suppression, in whatever form the number was given",
            description="Role: operator.",
            parameters=(PERSON,),
            answers={200: SuppressionChanged},
            problems=(*COMMAND, "invalid-input", "not-found"),
        ),
    ),
]
