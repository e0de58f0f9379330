import json
from pathlib import Path
from typing import Any

import pytest

from entrypoints.cli import sent_file, suppressing
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi

PATH = "/v1/suppressions"


def answer(**counts: int) -> dict[str, Any]:
    return {**dict.fromkeys(suppressing.COUNTED, 0), **counts, "complaints": [], "position": 9}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gone.csv"


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sent_file, "BATCH_ROWS", 2)
    monkeypatch.setattr("entrypoints.cli.api.BUSY_WAIT_SECONDS", 0.0)


def test_a_list_goes_in_batches_and_its_rows_go_before_the_options(dialtrail: Run, api: FakeApi, file: Path) -> None:
    file.write_text("number,source,reason\n+15551230002,letter,\n+15551230003,,asked\n+15551230004,,\n")
    api.answers("POST", PATH, answer(rows=2, suppressed=1, already_suppressed=1))
    api.answers("POST", PATH, answer(rows=1, suppressed=1))

    ran = dialtrail("recipients", "suppress", "--file", str(file), "--source", "a list", "--reason", "old")

    assert ran == (0, "3 rows, 2 suppressed, 1 already suppressed\n", "")
    assert [one.body["suppressions"] for one in api.asked] == [
        [
            {"source": "letter", "reason": "old", "line": 2, "number": "+15551230002"},
            {"source": "a list", "reason": "asked", "line": 3, "number": "+15551230003"},
        ],
        [{"source": "a list", "reason": "old", "line": 4, "number": "+15551230004"}],
    ]


def test_each_row_that_cannot_be_used_is_named_with_its_line_whoever_found_it(
    dialtrail: Run, api: FakeApi, file: Path
) -> None:
    file.write_text("number,expires_at\n555,\n+15551230002,2020-01-01T00:00:00Z\n+15551230003,soon\n")
    past = {"line": 3, "field": "expires_at", "reason": "is in the past"}
    api.answers("POST", PATH, {**answer(rows=1, rejected=1), "complaints": [past]})

    code, data, talk = dialtrail("recipients", "suppress", "--file", str(file), "--json")

    told = json.loads(data)
    assert code == 1
    assert (told["rows"], told["rejected"], told["suppressed"]) == (3, 3, 0)
    assert [(one["line"], one["field"]) for one in told["complaints"]] == [
        (2, "number"),
        (4, "expires_at"),
        (3, "expires_at"),
    ]
    assert [line.split(":")[0] for line in talk.splitlines()] == [f"{file}, line {line}" for line in (2, 4, 3)]
    assert "555," not in talk


def test_a_busy_server_is_asked_again(dialtrail: Run, api: FakeApi, file: Path) -> None:
    file.write_text("number\n+15551230002\n")
    api.answers("POST", PATH, {"detail": "the ledger is busy"}, 503)
    api.answers("POST", PATH, answer(rows=1, suppressed=1))

    assert dialtrail("recipients", "suppress", "--file", str(file)).data == "1 row, 1 suppressed\n"


def test_a_failure_half_way_says_how_far_it_came(dialtrail: Run, api: FakeApi, file: Path) -> None:
    file.write_text("number\n+15551230002\n+15551230003\n+15551230004\n")
    api.answers("POST", PATH, answer(rows=2, suppressed=2))
    api.answers("POST", PATH, {"detail": "a mistake"}, 500)

    code, data, talk = dialtrail("recipients", "suppress", "--file", str(file))

    assert (code, data) == (1, "")
    assert talk == "dialtrail: a mistake; 2 people are suppressed so far, and the same command does the rest\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name a number, or a list of them with --file"),
        (["+15551230002", "--file", "x.csv"], "give a number, or --file, not both"),
        (["--file", "nobody.csv"], "nobody.csv"),
    ],
)
def test_wrong_words_and_a_missing_file_exit_2(dialtrail: Run, api: FakeApi, words: list[str], said: str) -> None:
    code, data, talk = dialtrail("recipients", "suppress", *words)

    assert (code, data, said in talk, api.asked) == (2, "", True, [])


def test_a_header_that_means_something_else_suppresses_nobody(dialtrail: Run, api: FakeApi, file: Path) -> None:
    file.write_text("number,until\n+15551230002,2030-01-01\n")

    code, _, talk = dialtrail("recipients", "suppress", "--file", str(file))

    assert code == 2
    assert "has other columns than number, source, reason and expires_at" in talk
    assert api.asked == []
