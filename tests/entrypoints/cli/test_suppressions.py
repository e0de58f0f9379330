import json
from typing import Any

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi
from tests.entrypoints.cli.terminal import on_a_terminal, without_colours

AT = "2026-05-29T12:00:00.000000Z"
LIST = "/v1/suppressions"
HELD: dict[str, Any] = {
    "number": "+15551230002",
    "recipient": "p1",
    "position": 7,
    "since": AT,
    "source": "letter",
    "reason": "asked not to be called",
    "expires_at": None,
    "holds": True,
}
OVER = {**HELD, "number": "+15551230003", "reason": None, "expires_at": "2026-05-30T12:00:00.000000Z", "holds": False}
MASKED = {**HELD, "number": "+15…04", "source": None, "reason": None}


def page(items: list[dict[str, Any]], following: str | None = None) -> dict[str, Any]:
    return {"items": items, "next": following, "position": 9, "judged_at": AT}


def test_each_is_a_line_with_the_word_that_holds_and_until_when(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{LIST}?limit=50", page([HELD, OVER, MASKED]))

    code, data, talk = dialtrail("suppressions", "list")

    assert (code, talk) == (0, "")
    assert data.splitlines() == [
        "number        since                        source  reason                  until                        holds",
        "+15551230002  2026-05-29T12:00:00.000000Z  letter  asked not to be called  for good                     yes",
        "+15551230003  2026-05-29T12:00:00.000000Z  letter                          2026-05-30T12:00:00.000000Z  no",
        "+15…04        2026-05-29T12:00:00.000000Z                                  for good                     yes",
        "",
        f"as of position 9, judged at {AT}",
    ]


def test_a_past_moment_and_where_to_go_on_are_in_the_command_that_goes_on(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{LIST}?limit=1&as_of=8&after=7", page([HELD], "5"))

    code, data, talk = dialtrail("suppressions", "list", "--as-of", "8", "--after", "7", "--limit", "1", "--json")

    assert (code, json.loads(data)) == (0, page([HELD], "5"))
    assert talk == "there are more: dialtrail suppressions list --as-of 8 --after 5\n"


def test_all_pages_of_one_list_are_of_one_moment(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{LIST}?limit=1000", page([HELD] * 1000, "1000"))
    api.answers("GET", f"{LIST}?limit=500&as_of=9&after=1000", page([OVER]))

    code, data, talk = dialtrail("suppressions", "list", "--limit", "1500", "--json")

    assert (code, talk, len(json.loads(data)["items"])) == (0, "", 1001)


def test_nobody_is_said_and_a_wrong_moment_refused(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{LIST}?limit=50", page([]))

    assert dialtrail("suppressions", "list") == (0, "", "nobody is suppressed\n")
    code, _, talk = dialtrail("suppressions", "list", "--as-of", "yesterday")
    assert (code, "--as-of: 'yesterday' is neither" in talk) == (2, True)


def test_at_80_columns_it_is_stacked(api: FakeApi) -> None:
    api.answers("GET", f"{LIST}?limit=50", page([HELD]))

    assert without_colours(on_a_terminal(api.url, 80, "suppressions", "list")).splitlines() == [
        f"+15551230002  {AT}",
        "    source letter  reason asked not to be called  until for good  holds yes",
        "",
        f"as of position 9, judged at {AT}",
    ]


def test_without_a_server_the_data_folder_answers(dialtrail: Run, tmp_path: Any) -> None:
    (tmp_path / "spring.json").write_text(json.dumps({"id": "spring_a", "from": "+15551230001"}))
    assert dialtrail("campaign", "create", str(tmp_path / "spring.json")).code == 0
    assert dialtrail("recipients", "suppress", "+15551230002", "--source", "letter").code == 0

    code, data, _ = dialtrail("suppressions", "list", "--json")

    assert code == 0
    assert [(one["number"], one["source"], one["holds"]) for one in json.loads(data)["items"]] == [
        ("+15551230002", "letter", True)
    ]
