import json
import re
from typing import Any

import pytest

from application.views.in_use import REBUILD_FAILED
from entrypoints.cli import rebuild
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi
from tests.entrypoints.cli.terminal import on_a_terminal, without_colours

START = ("POST", "/v1/views/rebuild")
VIEWS = ("GET", "/v1/views")


def views(position: int = 1_234, under_way: dict[str, Any] | None = None, trouble: str | None = None) -> dict[str, Any]:
    return {
        "items": [
            {"name": "recipient_status", "version": 2, "position": position, "rows": 40},
            {"name": "call_index", "version": 1, "position": position, "rows": 38},
        ],
        "position": position,
        "behind_events": 0,
        "behind_seconds": 0.0,
        "rebuild": under_way,
        "trouble": trouble,
    }


def at(done: int) -> dict[str, Any]:
    return {"done": done, "of": 1_234, "started_at": "2026-05-29T12:00:00.000000Z"}


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "POLL_SECONDS", 0.0)


@pytest.fixture
def rebuilding(api: FakeApi) -> FakeApi:
    api.answers(*START, {"views": ["recipient_status", "call_index"], "position": 1_234}, 202)
    return api


def test_all_views_are_rebuilt_and_the_pace_is_told(dialtrail: Run, rebuilding: FakeApi) -> None:
    rebuilding.answers(*VIEWS, views(under_way=at(10)))
    rebuilding.answers(*VIEWS, views(under_way=at(1_234)))
    rebuilding.answers(*VIEWS, views())

    code, data, talk = dialtrail("rebuild")

    *table, empty, told = data.splitlines()
    assert (code, talk, empty) == (0, "", "")
    assert table == [
        "view              version  position  rows",
        "recipient_status        2      1234    40",
        "call_index              1      1234    38",
    ]
    assert re.fullmatch(r"2 views rebuilt from 1,234 events in \d+\.\d s: [\d,]+ events a second", told)
    assert [(one.method, one.body) for one in rebuilding.asked] == [("POST", {}), *[("GET", None)] * 3]


def test_one_view_by_name_as_json(dialtrail: Run, api: FakeApi) -> None:
    api.answers(*START, {"views": ["call_index"], "position": 1_234}, 202)
    api.answers(*VIEWS, views())

    code, data, talk = dialtrail("rebuild", "call_index", "call_index", "--json")

    said = json.loads(data)
    assert (code, talk, api.asked[0].body) == (0, "", {"views": ["call_index"]})
    assert said.pop("seconds") >= 0
    assert said.pop("events_per_second") > 0
    assert said == {"views": [views()["items"][1]], "position": 1_234}


def test_it_is_done_once_the_views_have_all_that_there_was(dialtrail: Run, rebuilding: FakeApi) -> None:
    rebuilding.answers(*VIEWS, views(position=0))
    rebuilding.answers(*VIEWS, views(position=1_233))
    rebuilding.answers(*VIEWS, views(position=1_240))

    assert dialtrail("rebuild").code == 0
    assert len(rebuilding.asked) == 1 + 3


def test_one_that_is_under_way_is_not_begun_again(dialtrail: Run, api: FakeApi) -> None:
    api.answers(*START, {"detail": "a rebuild is under way; wait for it"}, 409)

    assert dialtrail("rebuild") == (1, "", "dialtrail: a rebuild is under way; wait for it\n")


def test_one_that_fails_says_why(dialtrail: Run, rebuilding: FakeApi) -> None:
    rebuilding.answers(*VIEWS, views(under_way=at(10)))
    rebuilding.answers(*VIEWS, views(trouble="the disk is full"))

    assert dialtrail("rebuild") == (
        1,
        "",
        "dialtrail: the rebuild failed: the disk is full; see the server's log, and try again\n",
    )


def test_one_after_which_the_old_views_stayed_says_why(dialtrail: Run, rebuilding: FakeApi) -> None:
    rebuilding.answers(*VIEWS, views() | {"made_anew": f"{REBUILD_FAILED}: the disk is full"})

    said = f"dialtrail: {REBUILD_FAILED}: the disk is full; see the server's log, and try again\n"
    assert dialtrail("rebuild") == (1, "", said)


def test_one_that_stands_still_is_not_watched_for_ever(
    dialtrail: Run, rebuilding: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "POLLS_WITHOUT_PROGRESS_MAX", 3)
    rebuilding.answers(*VIEWS, views(under_way=at(10)))
    rebuilding.answers(*VIEWS, views(under_way=at(11)))

    code, data, talk = dialtrail("rebuild")

    assert (code, data, len(rebuilding.asked)) == (1, "", 1 + 1 + 1 + 3)
    assert talk.startswith("dialtrail: nothing of the rebuild has moved for ")


def test_one_that_takes_too_long_is_left_to_the_server(
    dialtrail: Run, rebuilding: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "POLLS_MAX", 2)
    rebuilding.answers(*VIEWS, views(under_way=at(10)))
    rebuilding.answers(*VIEWS, views(under_way=at(11)))

    said = "dialtrail: the rebuild takes longer than this command watches; GET /v1/views shows how far it is\n"
    assert dialtrail("rebuild") == (1, "", said)


def test_on_a_terminal_there_is_a_bar(rebuilding: FakeApi) -> None:
    rebuilding.answers(*VIEWS, views(under_way=at(617)))
    rebuilding.answers(*VIEWS, views())

    shown = without_colours(on_a_terminal(rebuilding.url, 100, "rebuild"))

    assert re.search(r"rebuilding [━╸╺]+ +50%  617/1234 events", shown)
    assert "2 views rebuilt from 1,234 events" in shown
