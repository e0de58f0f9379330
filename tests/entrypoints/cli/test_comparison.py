import json
from typing import Any

import pytest

from entrypoints.cli import comparison
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi

PATH = "/v1/views/compare"
DIFFERENCE: dict[str, Any] = {
    "view": "recipient_status",
    "what": "+15551230002 in spring_followup",
    "field": "status",
    "view_says": "queued",
    "ledger_says": "reached",
}


def page(compared: int, following: str | None, *items: dict[str, Any]) -> dict[str, Any]:
    return {"items": list(items), "compared": compared, "next": following, "position": 1_234}


def test_views_that_say_what_the_ledger_says_exit_0(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{PATH}?limit=100", page(100, "7"))
    api.answers("GET", f"{PATH}?limit=100&after=7", page(40, None))

    said = (0, "140 rows compared as of position 1234: no difference\n", "")
    assert dialtrail("doctor", "--views", "--all") == said
    assert dialtrail("doctor", "--views") == said


def test_each_difference_is_named_and_exits_1(dialtrail: Run, api: FakeApi) -> None:
    missing = {**DIFFERENCE, "view": "call_index", "what": "call_1", "field": "row", "view_says": None}
    api.answers("GET", f"{PATH}?limit=100", page(100, "7", DIFFERENCE))
    api.answers("GET", f"{PATH}?limit=100&after=7", page(40, None, missing))

    code, data, talk = dialtrail("doctor", "--views", "--all")

    assert (code, talk) == (1, "")
    assert data.splitlines() == [
        "view              what                             field   view says  ledger says",
        "recipient_status  +15551230002 in spring_followup  status  queued     reached",
        "call_index        call_1                           row                reached",
        "",
        "140 rows compared as of position 1234: 2 differences",
        "→ the ledger is right; make the views anew with: dialtrail rebuild",
    ]


@pytest.mark.parametrize(("sample", "limit", "compared"), [("5", 5, 5), ("100", 100, 100)])
def test_of_a_sample_only_the_first_are_compared(
    dialtrail: Run, api: FakeApi, sample: str, limit: int, compared: int
) -> None:
    api.answers("GET", f"{PATH}?limit={limit}", page(compared, "7"))

    said = f"{compared} rows compared as of position 1234: no difference (--all compares the rest, too)\n"
    assert dialtrail("doctor", "--views", "--sample", sample) == (0, said, "")
    assert len(api.asked) == 1


def test_json_has_the_differences_and_of_very_many_the_first(
    dialtrail: Run, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "DIFFERENCES_KEPT_MAX", 2)
    api.answers("GET", f"{PATH}?limit=100", page(3, None, DIFFERENCE, DIFFERENCE, DIFFERENCE))

    code, data, talk = dialtrail("doctor", "--views", "--json")

    assert (code, talk) == (1, "")
    assert json.loads(data) == {
        "same": False,
        "compared": 3,
        "all": True,
        "position": 1_234,
        "differences": [DIFFERENCE, DIFFERENCE],
        "differences_omitted": 1,
    }
    assert "\nand 1 more\n" in dialtrail("doctor", "--views").data


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--views", "--all", "--sample", "5"), "--sample, --all: say one of them"),
        (("--all",), "--sample, --all: go with --views"),
        (("--sample", "5"), "--sample, --all: go with --views"),
        (("--views", "--call", "c"), "--call, --views: say one of them: with --views only the views are looked at"),
    ],
)
def test_words_that_do_not_go_together_are_refused(dialtrail: Run, words: tuple[str, ...], said: str) -> None:
    assert dialtrail("doctor", *words) == (2, "", f"dialtrail: {said}\n")
