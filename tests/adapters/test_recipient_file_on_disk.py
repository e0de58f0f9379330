"""A recipient file by its path: found, opened and decoded."""

from pathlib import Path

import pytest

from adapters.recipient_file import (
    LINE_BYTES_MAX,
    RECORD_CHARS_MAX,
    Complaint,
    RecipientRow,
    open_recipient_file,
    read_recipients,
)
from domain.errors import InvalidInput
from tests.adapters.recipient_rows import ONE, TWO


def test_a_file_is_read_with_its_byte_order_mark_and_umlauts(tmp_path: Path) -> None:
    path = tmp_path / "recipients.csv"
    path.write_bytes(f"number,name\r\n{ONE},Jürgen\r\n".encode("utf-8-sig"))

    assert list(read_recipients(open_recipient_file(path))) == [RecipientRow(2, ONE, None, {"name": "Jürgen"})]


def test_a_file_that_is_not_there_is_refused_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "missing.csv"
    with pytest.raises(InvalidInput) as raised:
        list(open_recipient_file(path))

    assert str(raised.value) == f"{path}: there is no such file"


def test_a_folder_is_refused_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as raised:
        list(open_recipient_file(tmp_path))

    assert str(raised.value) == f"{tmp_path}: is a folder; name the file in it"


def test_a_path_through_a_file_is_refused_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput) as raised:
        list(open_recipient_file(tmp_path / "file" / "r.csv"))

    assert str(raised.value) == f"{tmp_path / 'file' / 'r.csv'}: cannot be read: Not a directory"


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_bytes_that_are_not_utf_8_are_refused_by_path_and_line(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "recipients.csv"
    path.write_bytes(f"number,name\n{ONE},Ada\n{TWO},Jürgen\n".encode(encoding))
    line = {"cp1252": 3, "utf-16": 1}[encoding]
    with pytest.raises(InvalidInput) as raised:
        list(read_recipients(open_recipient_file(path)))

    assert str(raised.value) == f"{path}: line {line} is not UTF-8; save the file as CSV in UTF-8"


def test_a_line_without_end_is_cut_and_complained_of_once(tmp_path: Path) -> None:
    path = tmp_path / "recipients.csv"
    path.write_bytes(
        b"number,a\n" + f"{ONE},".encode() + "é".encode() * (3 * LINE_BYTES_MAX // 2) + f"\n{TWO},y\n".encode()
    )

    assert [len(line) <= LINE_BYTES_MAX for line in open_recipient_file(path)] == [True] * 3
    assert list(read_recipients(open_recipient_file(path))) == [
        Complaint(
            2,
            "row",
            f"is longer than {RECORD_CHARS_MAX} characters; shorten it",
        ),
        RecipientRow(3, TWO, None, {"a": "y"}),
    ]
