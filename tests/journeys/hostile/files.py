"""Files that people write: recipients as CSV and as workbooks, campaigns as JSON and TOML. Each is read, or refused in words."""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random  # noqa: TID251 - seeded
from typing import Any

from adapters.documents.campaign import parse_campaign
from adapters.documents.input import parse_json
from adapters.documents.written import json_in_either
from adapters.recipient_columns import Conventions
from adapters.recipient_file import read_recipients, table_of
from domain.errors import InvalidInput
from tests.adapters.tables.books import ods, ods_row, packed, rows, xlsx
from tests.journeys.hostile.judge import Surface, Take
from tests.journeys.hostile.mutation import Mutator

ROWS_MAX = 200_000
CSV = (
    b"number,zone,name\n+15551230002,Europe/Berlin,Ada\n+15551230003,,Bob\n",
    'Nummer;Name;callback_at\n0151 2000 0333;"Ada ""A"" \u00e9";2026-06-01T09:00\n'.encode("cp1252"),
    "\ufeffnumber\tname\r\n+15551230002\tAda\r\n".encode("utf-16"),
    b'{"number":"+15551230002","name":"Ada"}\n',
)
CSV_WORDS = (b"=1+1", b"@SUM(A1)", b'"', b'""', b";", b"\t", b"\r", b"\n", b"\0", b"number", b"zone", b"0012", b"1e5")
CAMPAIGNS: tuple[dict[str, Any], ...] = (
    {"id": "spring_followup", "from": "+15551230001", "record": False, "metadata": {"a": "b"}},
    {
        "id": "careful",
        "from": "+15551230001",
        "limits": {"calls_per_second": 1, "calls_at_once": 10},
        "policy": {
            "attempts_max": 3,
            "hours": {"weekdays": ["09:00-12:00", "13:00-17:30"], "holidays": ["US-FL"]},
            "budget": {"calls_max": 10},
            "retries": {"busy": {"wait_minutes": 5}},
            "starts_at": "2026-06-01T09:00:00Z",
        },
    },
    {
        "id": "worded",
        "from": "+15551230001",
        "script": {"start": "a", "steps": {"a": {"actions": [{"say": "Hello, {name}."}], "end": True}}},
    },
)
TOML = (
    b'id = "spring_followup"\nfrom = "+15551230001"\n[limits]\ncalls_per_second = 0.5\n',
    b'id = "a"\nfrom = "+15551230001"\n[policy]\nattempts_max = 2\nstarts_at = 2026-06-01T09:00:00Z\n',
)


def _recipients(data: bytes, _: Mutator, chance: Random) -> str:
    """So many rows as there can be at most in a request are read; a refusal names what it is about."""
    region = chance.choice((None, "DE", "US"))
    try:
        for number, row in enumerate(read_recipients(table_of(io.BytesIO(data), "people"), Conventions(region))):
            repr(row)
            if number > ROWS_MAX:
                raise AssertionError("more rows than there are bytes")
    except InvalidInput as refused:
        return named(refused)
    return "read"


def named(refused: InvalidInput) -> str:
    """A refusal says what it is about."""
    assert refused.field, refused
    return "refused"


def _workbook(data: bytes, mutator: Mutator, chance: Random) -> str:
    """Half of them are broken as files, half have broken parts: those are packed again."""
    if chance.random() < 0.5:
        return _recipients(data, mutator, chance)
    parts = dict(chance.choice(PARTS))
    name = chance.choice(sorted(parts))
    alone = Mutator(chance, [parts[name]], CSV_WORDS)
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, content in parts.items():
            archive.writestr(one, alone.next() if one == name else content)
    return _recipients(body.getvalue(), mutator, chance)


def _parts(book: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(book)) as found:
        return {name: found.read(name) for name in found.namelist()}


BOOKS = (
    xlsx(rows(["number", "name"], ["+15551230002", "Ada"], ["<c><v>15120000333</v></c>", '<c t="b"><v>1</v></c>'])),
    ods(ods_row("number", "name") + ods_row("+15551230002", "Ada")),
    packed({"a.txt": "no workbook"}),
)
PARTS = tuple(_parts(one) for one in BOOKS[:2])


def _campaign(data: bytes, _: Mutator, __: Random) -> str:
    """As the command line and the route read one."""
    try:
        parse_campaign(parse_json(json_in_either("plan", data)))
    except InvalidInput as refused:
        return named(refused)
    return "read"


def _surface(name: str, corpus: tuple[bytes, ...], words: tuple[bytes, ...], take: Take) -> Surface:
    @contextmanager
    def opened(_: Path) -> Iterator[Take]:
        yield take

    return Surface(name, corpus, words, opened)


RECIPIENTS_CSV = _surface("csv", CSV, CSV_WORDS, _recipients)
RECIPIENTS_BOOK = _surface("workbooks", BOOKS, CSV_WORDS, _workbook)
CAMPAIGN_FILES = _surface("campaigns", (*(json.dumps(one).encode() for one in CAMPAIGNS), *TOML), (), _campaign)
