"""What is read of a workbook."""

import io

import pytest

from adapters.recipient_columns import Conventions
from adapters.recipient_file import Complaint, RecipientRow, Remark, read_recipients, table_of
from domain.errors import InvalidInput

EMPTY = '<table:table-cell table:number-columns-repeated="16380"/>'
TO_THE_END = f'<table:table-row table:number-rows-repeated="1048000">{EMPTY}</table:table-row>'


def read(body: bytes, region: str | None = None) -> list[RecipientRow | Complaint | Remark]:
    return list(read_recipients(table_of(io.BytesIO(body), "people"), Conventions(region)))


def refusal_of(body: bytes) -> str:
    with pytest.raises(InvalidInput) as raised:
        read(body)
    return str(raised.value)
