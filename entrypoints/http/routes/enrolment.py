"""Enrolment over HTTP: recipients of a campaign as CSV or JSON, each request one commit."""

import asyncio
from collections.abc import Iterable
from contextlib import nullcontext
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.documents.input import parse_json
from adapters.recipient_callback import CALLBACK_COLUMNS
from adapters.recipient_columns import ColumnRead, Conventions
from adapters.recipient_consent import CONSENT_COLUMNS
from adapters.recipient_file import Complaint, RecipientRow, Remark, read_recipients, recipient_from_fields
from application.actor import Actor
from application.commands import recipients
from application.fields import Count, Position, means
from application.installation import Installation
from application.queries.references import references_before
from domain.errors import InvalidInput
from domain.number_kind import kind_of
from domain.number_plan import plan_warning
from domain.person import meant
from domain.recipient import REFERENCE, REFERENCE_CHARS_MAX, is_reference
from entrypoints.http.access import COMMANDS, allow
from entrypoints.http.answers import answered
from entrypoints.http.openapi.operation import BODY, COMMAND, JSON, DescribedRoute, Operation
from entrypoints.http.parameters import CAMPAIGN, OneOf, Text
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

IMPORT_ID_CHARS_MAX = 100
LINES_MAX = 10**12
BESIDE_VARIABLES = frozenset({"number", "zone", REFERENCE}) | CALLBACK_COLUMNS
ROW_FIELDS = BESIDE_VARIABLES | {"line", "variables"}
ImportId = Annotated[str, Meta(min_length=1, max_length=IMPORT_ID_CHARS_MAX)]
IMPORT = Text(name="import", kind=ImportId, means="names the import; for CSV, as JSON has a member for it")
REFERENCE_MEANS = "by what your own system knows them; among `variables` it is read as well"
PREVIEW = OneOf(
    name="preview",
    words=("true", "false"),
    means="`true`: what the import would do is answered, and nobody is enrolled",
)
ROWS_SHOWN_MAX = 5
COMPLAINTS_SHOWN_MAX = 100
REMARKS_MEAN = "of rows whose people are, or would be, in the campaign, but without a callback that their row wishes"
Csv = Annotated[str, Field(description="a header with `number`, then rows")]
ENROLMENT = rows_in_json(
    "Enrolment",
    "recipients",
    "enrolled",
    {
        "zone": {"type": ["string", "null"]},
        REFERENCE: {"type": ["string", "null"], "maxLength": REFERENCE_CHARS_MAX, "description": REFERENCE_MEANS},
        **{name: {"type": ["string", "null"]} for name in (*sorted(CALLBACK_COLUMNS), *sorted(CONSENT_COLUMNS))},
        "variables": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
    },
    {"import": {"anyOf": [msgspec.json.schema(ImportId), {"type": "null"}]}},
)


class EnrolmentDone(Struct, frozen=True, kw_only=True):
    """What became of the rows of an import."""

    import_id: str = field(name="import")
    rows: Count
    enrolled: Count
    already_enrolled: Count
    repeated: Count
    rejected: Count
    complaints: list[Complaint]
    remarks: Annotated[list[Remark], means(REMARKS_MEAN)]
    warnings: list[OddNumbers]
    position: Position


class EnrolmentForeseen(Struct, frozen=True, kw_only=True):
    """What an import would do; nobody was enrolled."""

    preview: Literal[True] = True
    rows: Count
    enrolled: Annotated[Count, means("how many would be")]
    already_enrolled: Count
    repeated: Count
    rejected: Count
    columns: Annotated[list[ColumnRead], means("of a file")]
    first: Annotated[list[RecipientRow], means("the first usable rows")]
    complaints: Annotated[list[Complaint], means(f"the first {COMPLAINTS_SHOWN_MAX} in the order of their lines")]
    complaints_omitted: Count
    remarks: Annotated[list[Remark], means(f"{REMARKS_MEAN}; the first {COMPLAINTS_SHOWN_MAX}")]
    remarks_omitted: Count
    warnings: list[OddNumbers]
    position: Position


async def enroll(request: Request) -> Response:
    """POST /v1/campaigns/{id}/recipients."""
    actor, parts, campaign_id = allow(request, COMMANDS), parts_of(request), CAMPAIGN.read(request)
    is_preview = PREVIEW.read(request) == "true"
    with parts.dear_reads.one(actor) if is_preview else nullcontext():
        body = await read_body(request, IMPORT_BYTES_MAX)
        import_id = _import_id(IMPORT.read(request))
        conventions = conventions_of(request, body)
        given = Given(
            body=body,
            conventions=conventions if is_file(request) else None,
            import_id=import_id,
            is_preview=is_preview,
        )
        return answered(request, await enrolled(parts, actor, campaign_id, given))


class Given(Struct, frozen=True, kw_only=True):
    """What is to be imported; `conventions` are those of a file, and None where the body is JSON."""

    body: bytes
    conventions: Conventions | None
    import_id: str | None
    is_preview: bool


async def enrolled(
    parts: Installation, actor: Actor, campaign_id: str, given: Given
) -> EnrolmentDone | EnrolmentForeseen:
    """Enrol them, in the name of somebody, or say what would become of them. Raises `InvalidInput`, `TooLarge`, `NotFound`."""
    named, found = await asyncio.to_thread(_read, parts, given.body, given.conventions)
    import_id = given.import_id if named is None else named
    import_id = parts.new_id() if import_id is None else import_id
    references = await references_before(parts, campaign_id, [row for _, row in found.rows])
    done = await parts.ledger.execute(
        recipients.enroll_recipients(
            campaign_id, import_id, found.rows, is_preview=given.is_preview, references=references
        ),
        lane="imports",
        metadata=actor.metadata,
    )
    if given.is_preview:
        return _foreseen(found, done.result, done.position)
    return EnrolmentDone(
        import_id=import_id,
        rows=len(found.rows) + len(found.complaints),
        enrolled=done.result.enrolled,
        already_enrolled=done.result.already_enrolled,
        repeated=len(done.result.repeats),
        rejected=len(found.complaints) + len(done.result.lacking),
        complaints=found.with_those_of(done.result),
        remarks=done.result.remarks,
        warnings=found.warnings.kinds(),
        position=done.position,
    )


def _foreseen(found: "_Sorted", would: recipients.Enrolled, position: int) -> EnrolmentForeseen:
    complaints = found.with_those_of(would)
    return EnrolmentForeseen(
        rows=len(found.rows) + len(found.complaints),
        enrolled=would.enrolled,
        already_enrolled=would.already_enrolled,
        repeated=len(would.repeats),
        rejected=len(found.complaints) + len(would.lacking),
        columns=found.columns,
        first=[row for _, row in found.rows[:ROWS_SHOWN_MAX]],
        complaints=complaints[:COMPLAINTS_SHOWN_MAX],
        complaints_omitted=max(0, len(complaints) - COMPLAINTS_SHOWN_MAX),
        remarks=would.remarks[:COMPLAINTS_SHOWN_MAX],
        remarks_omitted=max(0, len(would.remarks) - COMPLAINTS_SHOWN_MAX),
        warnings=found.warnings.kinds(),
        position=position,
    )


class _Sorted(Struct, frozen=True):
    """What an import has: usable rows with their streams, complaints, and what is odd about numbers, each once."""

    rows: list[tuple[str, RecipientRow]]
    complaints: list[Complaint]
    warnings: OddRows
    columns: list[ColumnRead]

    def with_those_of(self, done: recipients.Enrolled) -> list[Complaint]:
        """All complaints, in the order of their lines."""
        return sorted([*self.complaints, *done.repeats, *done.lacking], key=lambda complaint: complaint.line)


def _read(parts: Installation, body: bytes, conventions: Conventions | None) -> tuple[str | None, _Sorted]:
    """The import's name, where the body has one, and its rows: seconds of work for a large body, so not on the loop.

    `conventions` are those of a file, and None where the body is JSON.
    """
    if conventions is not None:
        columns: list[ColumnRead] = []
        return None, _sorted_out(parts, read_recipients(table_in(body), conventions, columns.extend), columns)
    named, rows = _from_json(parse_json(body))
    return named, _sorted_out(parts, rows, [])


def _sorted_out(
    parts: Installation, read: Iterable[RecipientRow | Complaint | Remark], columns: list[ColumnRead]
) -> _Sorted:
    found = _Sorted([], [], OddRows(), columns)
    for row in read:
        match row:
            case Complaint():
                found.complaints.append(row)
            case Remark():
                found.warnings.add(row.line, row.field, row.reason)
                continue
            case RecipientRow():
                found.rows.append((parts.ledger.recipient_stream(row.number), row))
                if (warning := _odd(row.number)) is not None:
                    found.warnings.add(row.line, "number", warning)
        if len(found.rows) + len(found.complaints) > IMPORT_ROWS_MAX:
            raise TooLarge(
                "recipients", f"at most {IMPORT_ROWS_MAX} rows a request; send the file in parts, under one import"
            )
    return found


def _odd(number: str) -> str | None:
    """What is odd about a number: it is written as nobody abroad dials it, is of a kind of its own, or no plan knows it."""
    better = meant(number)
    if better is not None:
        return f"is another spelling; {better} is meant"
    kind = kind_of(number)
    if kind is not None:
        return f"is of a kind of its own ({kind}); it is called only where policy.allow_kinds names that"
    return plan_warning(number)


def _import_id(text: str | None) -> str | None:
    if text is not None and not 0 < len(text) <= IMPORT_ID_CHARS_MAX:
        raise InvalidInput("import", f"must have 1 to {IMPORT_ID_CHARS_MAX} characters")
    return text


def _from_json(given: object) -> tuple[str | None, Iterable[RecipientRow | Complaint]]:
    if not isinstance(given, dict) or not isinstance(given.get("recipients"), list):
        raise InvalidInput("recipients", 'must be a list of objects such as {"number": "+15551230002"}')
    unknown = given.keys() - {"import", "recipients"}
    if unknown:
        raise InvalidInput(min(unknown), "is not a field that is known here")
    import_id = given.get("import")
    if import_id is not None and not isinstance(import_id, str):
        raise InvalidInput("import", "must be a text")
    return _import_id(import_id), (_row(place, fields) for place, fields in enumerate(given["recipients"], start=1))


def _row(place: int, fields: object) -> RecipientRow | Complaint:
    if not isinstance(fields, dict):
        return Complaint(line=place, field="row", reason='must be an object such as {"number": "+15551230002"}')
    line = fields.get("line", place)
    if isinstance(line, bool) or not isinstance(line, int) or not 0 < line < LINES_MAX:
        return Complaint(line=place, field="line", reason="must be a whole number from 1")
    variables = fields.get("variables")
    if variables is not None and not isinstance(variables, dict):
        return Complaint(line=line, field="variables", reason='must be an object of texts such as {"name": "Ada"}')
    unknown = min(fields.keys() - ROW_FIELDS, default=None)
    if unknown is not None:
        return Complaint(line=line, field=unknown, reason='is not a field that is known here; put it into "variables"')
    columns = {name: value for name, value in fields.items() if name in BESIDE_VARIABLES}
    for name in variables or ():
        if columns.get(REFERENCE) is not None and is_reference(name.strip()):
            return Complaint(line=line, field=REFERENCE, reason="is there twice; keep one of them")
        if name.strip().casefold() in {"number", "zone"}:
            return Complaint(line=line, field=name, reason='belongs beside "variables", not into it')
    return recipient_from_fields(line, columns | (variables or {}))


ROUTES = [
    DescribedRoute(
        enroll,
        Operation(
            method="POST",
            path="/v1/campaigns/{id}/recipients",
            tag="recipients",
            summary="Enrol recipients, from JSON or CSV",
            description="All usable rows in one commit, or none. Role: operator.",
            parameters=(CAMPAIGN, IMPORT, *FILE_PARAMETERS, PREVIEW),
            bodies={JSON: ENROLMENT, **file_bodies(Csv)},
            answers={200: (EnrolmentDone, EnrolmentForeseen)},
            problems=(*COMMAND, *BODY, "not-found"),
        ),
    ),
]
