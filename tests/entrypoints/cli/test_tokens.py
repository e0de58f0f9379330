import json
from typing import Any

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi

AT = "2026-05-29T12:00:00.000000Z"
TOKENS: dict[str, Any] = {
    "items": [
        {"name": "ada", "role": "operator", "last_seen_at": AT},
        {"name": "books", "role": "auditor", "last_seen_at": None},
    ],
    "since": AT,
}


def test_each_is_a_line_with_the_role_and_when_it_was_last_seen(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/tokens", TOKENS)

    code, data, talk = dialtrail("tokens", "--tz", "Europe/Berlin")

    assert (code, talk) == (0, "")
    assert data.splitlines() == [
        "name   role      last seen",
        "ada    operator  2026-05-29T14:00:00.000000+02:00",
        "books  auditor   not seen",
        "",
        "since the server began to watch, at 2026-05-29T14:00:00.000000+02:00",
    ]


def test_json_is_what_the_api_says(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/tokens", TOKENS)

    code, data, talk = dialtrail("tokens", "--json")

    assert (code, json.loads(data), talk) == (0, TOKENS, "")


def test_without_tokens_it_says_who_comes_in(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/tokens", {"items": [], "since": AT})

    code, data, talk = dialtrail("tokens")

    assert (code, data) == (0, "")
    assert talk == "no token is set: whoever is on the server's machine is operator there, and nobody else comes in\n"


def test_a_viewer_is_refused(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/tokens", {"detail": "viewers may not"}, 403)

    code, data, talk = dialtrail("tokens")

    assert (code, data, talk.startswith("dialtrail: viewers may not")) == (1, "", True)
