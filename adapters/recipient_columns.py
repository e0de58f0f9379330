"""The header of a file of recipients: which column is what."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from adapters.recipient_callback import CALLBACK_COLUMNS
from adapters.recipient_consent import CONSENT_COLUMNS
from adapters.tables.record import Record, text_fault
from adapters.tables.separated import QUOTE
from adapters.written_number import parse_region
from domain.errors import InvalidInput
from domain.recipient import REFERENCE, is_reference

COLUMN_NAME_CHARS_MAX = 128
OTHER_NAMES = frozenset(
    [
        "phone",
        "telephone",
        "mobile",
        "cell",
        "msisdn",
        "phone_number",
        "phonenumber",
        "telefon",
        "telefonnummer",
        "handy",
        "mobil",
        "rufnummer",
        "nummer",
        "téléphone",
        "numéro",
        "teléfono",
        "número",
        "telefono",
        "numero",
        "tel",
        "tel.",
    ]
)
EXPORTED_COLUMNS = frozenset({"number", "status", "reason", "until", "attempts", "call_id", "zone", "variables"})
EXPORTED_SINCE = frozenset({"wished_at"})
"""Columns that exports of 0.1.0 do not have. Whoever is enrolled from an export wishes nothing by it."""
"""The columns of an export of recipients: who has all of them is one, and most of them are no variables."""


class Conventions(Struct, frozen=True):
    """How a file is written: the region of numbers without a country, and what its columns, by their names, are here.

    `sheet` is which one of a workbook is read, by its name; the first where it is None.
    """

    region: str | None = None
    columns: Mapping[str, str] = {}
    sheet: str | None = None


AS_NAMED = Conventions()


def parse_conventions(region: str | None, columns: Iterable[str], sheet: str | None = None) -> Conventions:
    """How a file is written, by what people say of it: `columns` are texts such as `phone=number`. Raises `InvalidInput`."""
    named: dict[str, str] = {}
    for text in columns:
        written, equals, name = (part.strip() for part in text.rpartition("="))
        if not (written and equals and name):
            raise InvalidInput("column", "is written like phone=number: the name in the file, and what it is here")
        if named.setdefault(written.casefold(), name) != name:
            raise InvalidInput("column", "names one column of the file twice; keep one of them")
    return Conventions(None if region is None else parse_region(region), named, sheet)


class ColumnRead(Struct, frozen=True):
    """What became of a column of a file: `number`, `zone`, `reference`, `variable NAME`, `variables`, or `left out`."""

    column: str
    read_as: str


class Columns(Struct, frozen=True):
    """Where a row has what. `nameless` are columns that nothing may stand in.

    `exported` is the column that has the variables as JSON, in an export of recipients.
    """

    width: int
    number: int
    zone: int | None
    variables: tuple[tuple[str, int], ...]
    nameless: tuple[int, ...]
    exported: int | None = None

    def name(self, index: int) -> str:
        """What a column is here, or nothing."""
        if index in {self.number, self.zone}:
            return "number" if index == self.number else "zone"
        return next((name for name, at in self.variables if at == index), "")

    def role(self, index: int) -> str:
        """What became of a column, as `ColumnRead` says it."""
        name = self.name(index)
        if index == self.exported:
            return "variables"
        if is_reference(name):
            return REFERENCE
        if not name:
            return "left out"
        is_ours = index in {self.number, self.zone} or name in CALLBACK_COLUMNS | CONSENT_COLUMNS
        return name if is_ours else f"variable {name}"

    def fault(self, record: Record) -> str | None:
        """Why a row does not fit the header, or None; empty values behind its last column are nothing."""
        values = record.values
        if len(values) < self.width:
            return f"has {len(values)} of {self.width} values; add the separators of those that are empty"
        if any(map(str.strip, values[self.width :])):
            return f"has {len(values)} values, but the header has {self.width} columns; {QUOTE}"
        for index in self.nameless:
            if values[index].strip():
                return f"has a value in column {index + 1}, which has no name; name it in the header, or take it out"
        return None


def parse_header(written: Sequence[str], conventions: Conventions) -> Columns:
    """Which column is what. Raises `InvalidInput` where it cannot be used."""
    names = [column_name(name, conventions) for name in written]
    missing = conventions.columns.keys() - {name.strip().casefold() for name in written}
    if missing:
        raise InvalidInput(
            "column", f"the header has no column named {min(missing)}; write its name as it stands there"
        )
    if "number" not in names:
        raise InvalidInput("header", _why_no_number(names))
    for position, name in enumerate(names, start=1):
        if not name:
            continue
        if (fault := name_fault(name)) is not None:
            raise InvalidInput("header", f"the name of column {position} {fault}")
        if (first := names.index(name) + 1) != position:
            raise InvalidInput("header", f"column {position} has the name of column {first}; rename one of them")
    is_export = set(names) >= EXPORTED_COLUMNS
    # What an export has as the reference is among its variables, too.
    no_variables = {"", "number", "zone", *((*EXPORTED_COLUMNS, *EXPORTED_SINCE, REFERENCE) if is_export else ())}
    return Columns(
        len(names),
        names.index("number"),
        names.index("zone") if "zone" in names else None,
        tuple((name, index) for index, name in enumerate(names) if name not in no_variables),
        tuple(index for index, name in enumerate(names) if not name),
        names.index("variables") if is_export else None,
    )


def _why_no_number(names: Sequence[str]) -> str:
    # Of what was found only what certainly is a name is repeated: without a header, it is somebody's number.
    likely = next((name for name in names if name.casefold() in OTHER_NAMES), None)
    if likely is not None:
        return f"has no column named number; if {likely} is it, say so: --column {likely}=number, over HTTP ?column={likely}=number"
    return "has no column named number; the first line names the columns, like number,zone,first_name"


def column_name(written: str, conventions: Conventions) -> str:
    """What a column is here, by the name that it has in the file."""
    name = written.strip()
    name = conventions.columns.get(name.casefold(), name)
    # What cannot be seen, such as a mark of direction, makes no other name of these two.
    seen = "".join(one for one in name if unicodedata.category(one) != "Cf").strip().casefold()
    return seen if seen in {"number", "zone"} else name


def name_fault(name: str) -> str | None:
    """Why a column cannot have this name, or None."""
    return text_fault(name, chars_max=COLUMN_NAME_CHARS_MAX) if name else "is empty; name it, or take it out"
