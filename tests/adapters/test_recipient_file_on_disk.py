"""A recipient file by its path: found, opened and decoded."""

import os
from pathlib import Path
from threading import Thread

import pytest

from adapters.recipient_file import (
    Complaint,
    RecipientRow,
    Remark,
    read_recipients,
    rows_at,
)
from adapters.tables.record import RECORD_CHARS_MAX
from adapters.tables.text import LINE_CHARS_MAX, text_lines
from domain.errors import InvalidInput
from tests.adapters.recipient_rows import ONE, TWO


def read(path: Path) -> list[RecipientRow | Complaint | Remark]:
    return list(rows_at(path, str(path), read_recipients))


def test_a_file_is_read_with_its_byte_order_mark_and_umlauts(tmp_path: Path) -> None:
    path = tmp_path / "recipients.csv"
    path.write_bytes(f"number,name\r\n{ONE},Jürgen\r\n".encode("utf-8-sig"))

    assert read(path) == [RecipientRow(2, ONE, None, {"name": "Jürgen"})]


def test_a_file_that_is_not_there_is_refused_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "missing.csv"
    with pytest.raises(InvalidInput) as raised:
        read(path)

    assert str(raised.value) == f"{path}: there is no such file"


def test_a_folder_is_refused_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as raised:
        read(tmp_path)

    assert str(raised.value) == f"{tmp_path}: is a folder; name the file in it"


def test_a_path_through_a_file_is_refused_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput) as raised:
        read(tmp_path / "file" / "r.csv")

    assert str(raised.value) == f"{tmp_path / 'file' / 'r.csv'}: cannot be read: Not a directory"


def test_bytes_that_are_not_utf_8_are_refused_by_path_and_line(tmp_path: Path) -> None:
    path = tmp_path / "recipients.csv"
    path.write_bytes(f"number,name\n{ONE},Ada\n{TWO},Jürgen\n".encode("cp1252"))
    with pytest.raises(InvalidInput) as raised:
        read(path)

    assert str(raised.value) == f"{path}: line 3 is not UTF-8; save the file as CSV in UTF-8"


def test_a_pipe_is_read_as_it_comes(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_bytes, args=(f"number,name\n{ONE},Jürgen\n".encode("utf-16"),))
    writer.start()

    assert read(pipe) == [RecipientRow(2, ONE, None, {"name": "Jürgen"})]
    writer.join()


def test_a_line_without_end_is_cut_and_complained_of_once(tmp_path: Path) -> None:
    path = tmp_path / "recipients.csv"
    path.write_bytes(
        b"number,a\n" + f"{ONE},".encode() + "é".encode() * (3 * LINE_CHARS_MAX // 2) + f"\n{TWO},y\n".encode()
    )

    with path.open("rb") as file:
        assert [len(line) <= LINE_CHARS_MAX for line in text_lines(file, "f")] == [True] * 3
    assert read(path) == [
        Complaint(
            2,
            "row",
            f"is longer than {RECORD_CHARS_MAX} characters; shorten it",
        ),
        RecipientRow(3, TWO, None, {"a": "y"}),
    ]
