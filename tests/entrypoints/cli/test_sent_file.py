"""A file on its way to the server, and what is said of its rows, in the words that people use."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from entrypoints.cli.api import Api, Json
from entrypoints.cli.importing import Import
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi
from tests.entrypoints.cli.sending import PATH, answer, write

WARNED = {"field": "number", "reason": "is odd", "line": 4}


class Answering:
    """An API that answers each batch alike."""

    def __init__(self, answer: Json) -> None:
        self._answer = answer

    async def get(self, _: str) -> Json:
        return {"state": "created"}

    async def post_again(self, _: str, __: bytes) -> Json:
        return self._answer


def told(tmp_path: Path, answer: Json, *, is_preview: bool) -> tuple[list[str], str]:
    """What is said of a file of one row, and of it all, where the server answers so."""
    file = tmp_path / "people.csv"
    file.write_text("number\n+15551230001\n")
    said: list[str] = []
    sent = Import("spring", file, said.append, is_preview=is_preview)
    asyncio.run(sent.enrol(cast("Api", Answering(answer))))
    return said, sent.in_words()


@pytest.mark.parametrize(
    ("rows", "is_preview", "which"),
    [
        (1, False, "line 4; enrolled anyway"),
        (1, True, "line 4; would be enrolled anyway"),
        (2, False, "2 rows, the first in line 4; enrolled anyway"),
        (2_000, True, "2,000 rows, the first in line 4; would be enrolled anyway"),
    ],
)
def test_a_warning_says_which_rows_it_is_about(tmp_path: Path, rows: int, is_preview: bool, which: str) -> None:
    answer: dict[str, Any] = {"warnings": [{**WARNED, "rows": rows}]}

    said, _ = told(tmp_path, answer, is_preview=is_preview)

    assert said == [f"warning: number: is odd ({which})"]


@pytest.mark.parametrize(
    ("counts", "is_preview", "words"),
    [
        ({"rows": 1, "enrolled": 1}, False, "spring: 1 row, 1 enrolled"),
        ({"rows": 1, "enrolled": 1}, True, "spring: of 1 row, 1 would be enrolled"),
        ({"rows": 3, "already_enrolled": 3}, True, "spring: of 3 rows, 0 would be enrolled, 3 already enrolled"),
        ({"rows": 1_000, "enrolled": 999, "repeated": 1}, False, "spring: 1,000 rows, 999 enrolled, 1 repeated"),
    ],
)
def test_the_sum_is_said_of_rows(tmp_path: Path, counts: Json, is_preview: bool, words: str) -> None:
    assert told(tmp_path, counts, is_preview=is_preview)[1] == words


def test_a_busy_server_is_asked_again(dialtrail: Run, campaign: FakeApi, file: Path) -> None:
    write(file, "+15551230002,,")
    campaign.answers("POST", f"{PATH}/recipients", {"detail": "try again"}, 503)
    campaign.answers("POST", f"{PATH}/recipients", answer(rows=1, enrolled=1))

    assert dialtrail("recipients", "import", "spring_followup", str(file)).code == 0


def test_a_failure_half_way_says_how_far_it_came(dialtrail: Run, campaign: FakeApi, file: Path) -> None:
    write(file, "+15551230002,,", "+15551230003,,", "+15551230004,,")
    campaign.answers("POST", f"{PATH}/recipients", answer(rows=2, enrolled=2))
    campaign.answers("POST", f"{PATH}/recipients", {"detail": "the disk is full"}, 503)

    code, data, talk = dialtrail("recipients", "import", "spring_followup", str(file))

    assert (code, data) == (1, "")
    assert talk == "dialtrail: the disk is full; 2 rows are enrolled so far, and the same command continues\n"
    assert len([one for one in campaign.asked if one.method == "POST"]) == 1 + 5


def test_a_file_that_turns_bad_half_way_says_how_far_it_came(dialtrail: Run, campaign: FakeApi, file: Path) -> None:
    write(file, "+15551230002,,", "+15551230003,,")
    file.write_bytes(file.read_bytes() + b"\xff\n")
    campaign.answers("POST", f"{PATH}/recipients", answer(rows=2, enrolled=2))

    code, _, talk = dialtrail("recipients", "import", "spring_followup", str(file))

    assert code == 2
    assert talk == (
        f"dialtrail: {file}: line 4 is not UTF-8; save the file as CSV in UTF-8; "
        "2 rows are enrolled so far, and the same command continues\n"
    )
