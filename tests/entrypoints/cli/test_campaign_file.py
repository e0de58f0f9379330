import io
import sys
from pathlib import Path

import pytest

from adapters.documents.bounds import NO_NUMBER, TOO_DEEP, TOO_MANY_DIGITS
from domain.errors import InvalidInput
from entrypoints.cli.campaign_file import FILE_BYTES_MAX, read_campaign_file


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        (
            "a.json",
            b'{"id": 1,\n"from" 2}',
            "is not JSON: unexpected character, expected ':' after key, line 2, column 8",
        ),
        ("a.json", b"[1]", "is not a JSON object; write {"),
        ("a.json", b"\xff", "is not JSON: "),
        ("a.toml", b"id = 1\nfrom\n", "is not TOML: "),
        ("a.toml", b"\xff", "is not UTF-8"),
        ("a.toml", b"n = 99999999999999999999", "has a number that JSON cannot hold"),
        ("a.yaml", b"id: a", "is neither .json nor .toml"),
        ("a.json", b" " * (FILE_BYTES_MAX + 1), "is larger than"),
    ],
)
def test_what_is_no_campaign_file_is_refused_with_its_name(
    tmp_path: Path, name: str, content: bytes, fault: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(InvalidInput) as caught:
        read_campaign_file(path)

    assert str(caught.value).startswith(f"{path}: {fault}")


def test_the_line_of_a_toml_fault_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("id = 1\nfrom = \n")

    with pytest.raises(InvalidInput, match="line 2"):
        read_campaign_file(path)


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="there is no such file"):
        read_campaign_file(tmp_path / "none.json")
    with pytest.raises(InvalidInput, match="cannot be read: Is a directory"):
        read_campaign_file(tmp_path)


def test_a_dash_reads_json_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"id":"a"}')))

    assert read_campaign_file(Path("-")).body == b'{"id":"a"}'


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("plan.toml", "a = " + "[" * 5_000 + "]" * 5_000, TOO_DEEP),
        ("plan.toml", "a = " + "[" * 150 + "]" * 150, TOO_DEEP),
        ("plan.toml", ".".join("a" * 150) + " = 1", TOO_DEEP),
        ("plan.toml", "a = " + "9" * 5_000, TOO_MANY_DIGITS),
        ("plan.toml", "a = -" + "9" * 41, TOO_MANY_DIGITS),
        ("plan.toml", "a = 0x" + "f" * 5_000, TOO_MANY_DIGITS),
        ("plan.toml", "a = nan", NO_NUMBER),
        ("plan.toml", "a = 1e400", NO_NUMBER),
        ("plan.json", "[" * 5_000, TOO_DEEP),
        ("plan.json", '{"a": ' + "9" * 5_000 + "}", TOO_MANY_DIGITS),
        ("plan.json", '{"a": ' + "9" * 41 + "}", TOO_MANY_DIGITS),
    ],
)
def test_what_is_too_deep_or_has_too_long_a_number_is_refused_in_words(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(InvalidInput) as refused:
        read_campaign_file(path)
    assert (refused.value.field, refused.value.message) == (str(path), message)
