import csv
import io
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.cli.export.sheet import FORMULA_STARTS, Format, Sheet, cell_of, excel_cell_of
from tests.entrypoints.cli.terminal import Terminal


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        ("", ""),
        ("ended", "ended"),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (-1.5, "-1.5"),
        ([], ""),
        (["late", "lost"], "late lost"),
        ({"name": "=1+1"}, '{"name":"=1+1"}'),
        ([{"a": 1}], '[{"a":1}]'),
    ],
)
def test_each_kind_of_value_has_its_cell(value: Any, cell: str) -> None:
    assert cell_of(value) == cell


@pytest.mark.parametrize("number", ["+15551230002", "+1…02", "+…", "-5", "+1.5"])
def test_a_number_is_left_alone(number: str) -> None:
    assert cell_of(number) == number


@pytest.mark.parametrize(
    "formula",
    [
        "=1+1",
        "@SUM(A1)",
        "+1+cmd|' /C calc'!A0",
        "-2+3",
        "\t=1",
        "\r=1",
        "\n=1",
        "+",
        "-",
        "+…=A1",
        "\uff1d1",
        "+15551230002\n",
    ],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(formula: str) -> None:
    assert cell_of(formula) == "'" + formula
    assert cell_of([formula]) == "'" + formula


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("+15551230002", '="+15551230002"'),
        ("0012", '="0012"'),
        ("1e5", '="1e5"'),
        ("3/4", '="3/4"'),
        ("+15…02", "+15…02"),
        ("=1+1", "'=1+1"),
        ("call_1", "call_1"),
        (3, "3"),
        (None, ""),
    ],
)
def test_for_excel_what_looks_like_a_number_stays_a_text(value: Any, cell: str) -> None:
    assert excel_cell_of(value) == cell


@given(st.text())
def test_no_text_begins_as_a_formula_unless_it_is_a_number(text: str) -> None:
    cell = cell_of(text)

    assert cell in {text, "'" + text}
    assert cell[:1] not in FORMULA_STARTS or cell == "" or set(cell) <= set("+-.…0123456789")


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", "new"]), st.text(alphabet='a,"\n;é\r ')), max_size=5))
def test_csv_is_read_back_with_the_same_columns_whatever_the_items_have(items: list[dict[str, str]]) -> None:
    file = io.StringIO(newline="")

    Sheet(file, Format.CSV, ("b", "a")).add(items)

    expected = [{name: cell_of(item.get(name)) for name in ("b", "a")} for item in items]
    assert list(csv.DictReader(io.StringIO(file.getvalue(), newline=""))) == expected


def test_json_lines_have_everything_that_the_api_said() -> None:
    file = io.StringIO()
    items: list[dict[str, Any]] = [{"z": 1, "new": {"é": ["=1"]}}, {"a": "\n"}]

    Sheet(file, Format.JSONL, ("a",)).add(items)

    assert [orjson.loads(line) for line in file.getvalue().splitlines()] == items
    assert file.getvalue().startswith('{"z":1,"new":{"é":["=1"]}}\n')


@pytest.mark.parametrize("form", [Format.CSV, Format.JSONL])
def test_on_a_terminal_control_characters_are_written_out(form: Format) -> None:
    file = Terminal()

    Sheet(file, form, ("a",)).add([{"a": "x\x9b\x7f"}])

    assert file.getvalue().splitlines()[-1] == {"csv": "x\\x9b\\x7f", "jsonl": '{"a":"x\\u009b\\u007f"}'}[form]
