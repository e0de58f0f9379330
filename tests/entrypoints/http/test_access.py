import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entrypoints.http import limits
from entrypoints.http.description import OPERATIONS
from tests.entrypoints.http.guarded import GUARDED, PERSONAL, fill
from tests.entrypoints.http.guarded_routes import COMMANDS, NO_TOKEN, READS, UNKNOWN_TOKEN, not_allowed
from tests.entrypoints.serving import (
    AUDITOR,
    OPERATOR,
    TO,
    VIEWER,
    Serving,
    assert_problem,
    play,
)
from tests.entrypoints.shared_stage import Play, shared_stage


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """Plays what only asks, on one guarded installation, where each of many wrong tokens is told that it is wrong."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(limits, "WRONG_TOKENS_BURST", 1_000_000)
        with shared_stage(tmp_path_factory.mktemp("guarded"), fill, **GUARDED) as play_here:
            yield play_here


@pytest.mark.parametrize("asked", READS)
def test_every_role_reads_and_nobody_else(asking: Play, asked: str) -> None:
    async def scene(stage: Serving) -> None:
        path = asked.replace("{person}", stage.known_as(TO))
        owner = {"authorization": f"Bearer {stage.parts.owner_token}"}
        answers = [await stage.client.get(path, headers=one) for one in (VIEWER, AUDITOR, OPERATOR, owner)]
        assert [answer.status_code for answer in answers] == [200] * 4
        assert answers[1].json() == answers[2].json() == answers[3].json()
        assert_problem(await stage.client.get(path), NO_TOKEN)
        for wrong in ("Bearer wrong", "Bearer command-token2", "Bearer ", "Basic command-token", "command-token", "x"):
            answer = await stage.client.get(path, headers={"authorization": wrong})
            expected = UNKNOWN_TOKEN if wrong in {"Bearer wrong", "Bearer command-token2"} else NO_TOKEN
            assert_problem(answer, expected)
            assert answer.headers["www-authenticate"] == "Bearer"

    asking(scene)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("number", [TO, "+15551239999", "%2B15551230002"])
@pytest.mark.parametrize("what", ["", "/explain", "?as_of=3", "/explain?as_of=3"])
def test_a_viewer_learns_nothing_by_asking_for_numbers(asking: Play, method: str, number: str, what: str) -> None:
    async def scene(stage: Serving) -> None:
        path = f"/v1/campaigns/spring_followup/recipients/{number}{what}"
        assert (await stage.client.request(method, path, headers=VIEWER)).status_code == 403
        full = (await stage.client.request(method, path, headers=AUDITOR)).status_code
        assert full == (404 if number == "+15551239999" else 200)
        by_pseudonym = path.replace(number, stage.known_as(number.replace("%2B", "+")))
        assert (await stage.client.request(method, by_pseudonym, headers=VIEWER)).status_code == full

    asking(scene)


def test_the_list_has_the_pseudonym_by_which_viewers_ask(asking: Play) -> None:
    async def scene(stage: Serving) -> None:
        path = "/v1/campaigns/spring_followup/recipients"
        for item in (await stage.json(path, VIEWER))["items"]:
            one = await stage.json(f"{path}/{item['recipient']}", VIEWER)
            assert (one["number"], one["recipient"]) == (item["number"], item["recipient"])
            assert "…" in one["number"]
            assert (await stage.json(f"{path}/{item['recipient']}/explain", VIEWER))["number"] == item["number"]

    asking(scene)


def test_no_answer_of_the_api_is_kept_on_the_way_or_taken_for_something_else(asking: Play) -> None:
    async def scene(stage: Serving) -> None:
        for path in [*READS, "/v1/nowhere", "/metrics", f"/v1/campaigns/spring_followup/recipients/{TO}"]:
            for headers in (OPERATOR, {}):
                for method in ("GET", "HEAD", "PUT"):
                    answer = await stage.client.request(method, path, headers=headers)
                    told = [answer.headers.get_list(name) for name in ("cache-control", "x-content-type-options")]
                    assert (path, told) == (path, [["no-store"], ["nosniff"]])

    asking(scene)


@pytest.mark.parametrize("second", [OPERATOR, VIEWER, {"authorization": ""}, {"authorization": "Basic b2xnYQ=="}])
def test_who_says_twice_who_they_are_is_nobody(asking: Play, second: dict[str, str]) -> None:
    async def scene(stage: Serving) -> None:
        for first in (VIEWER, OPERATOR):
            answer = await stage.client.get("/v1/calls", headers=[*first.items(), *second.items()])
            assert_problem(answer, {**NO_TOKEN, "detail": "Authorization is there more than once; send one"})
            assert (await stage.client.get("/v1/calls", headers=first)).status_code == 200

    asking(scene)


def test_only_operators_and_the_owner_command(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        last = ""
        for method, path, body, status in COMMANDS:
            stored = stage.feed()
            for role, headers in (("viewer", VIEWER), ("auditor", AUDITOR)):
                assert_problem(await stage.client.request(method, path, json=body, headers=headers), not_allowed(role))
            assert_problem(await stage.client.request(method, path, json=body), NO_TOKEN)
            assert stage.feed() == stored
            done = await stage.client.request(method, path, json=body, headers=OPERATOR)
            assert (path, done.status_code) == (path, status)
            last = done.headers["x-request-id"]
        owner = {"authorization": f"Bearer {stage.parts.owner_token}"}
        asked = {"x-request-id": "shift-change.1"}
        by_owner = await stage.client.post("/v1/suppressions", json={"number": TO}, headers=owner | asked)
        assert by_owner.status_code == 201
        assert [recorded.metadata for recorded in stage.feed()[-2:]] == [
            {"actor": "operator:olga", "request": last},
            {"actor": "operator:owner", "request": "shift-change.1"},
        ]

    play(tmp_path, scene, **GUARDED)


def test_each_route_lets_in_the_roles_that_its_description_names_and_no_other(tmp_path: Path) -> None:
    everybody = {"viewer": VIEWER, "auditor": AUDITOR, "operator": OPERATOR}

    async def scene(stage: Serving) -> None:
        await fill(stage)
        for operation in OPERATIONS:
            let_in = set()
            method = "HEAD" if operation.method == "GET" else operation.method  # a stream's GET has no end
            path = operation.path.replace("{id}", "nobody").replace("{number}", "+15551230099")
            for role, headers in everybody.items():
                answer = await stage.client.request(method, path, headers=headers)
                let_in |= set() if answer.status_code == 403 else {role}
            named = re.search(r"Roles?: ([a-z, ]+)\.", operation.description)
            assert let_in == (set(everybody) if named is None else set(named[1].split(", "))), operation.path

    play(tmp_path, scene, **GUARDED)


def test_viewers_see_masked_numbers_and_no_bodies_digits_or_variables_anywhere(asking: Play) -> None:
    async def scene(stage: Serving) -> None:
        seen = {
            name: "".join(
                [
                    (await stage.client.get(path.replace("{person}", stage.known_as(TO)), headers=headers)).text
                    for path in READS
                ]
            )
            for name, headers in (("operator", OPERATOR), ("auditor", AUDITOR), ("viewer", VIEWER))
        }
        by_role = {role: {what for what, secret in PERSONAL.items() if secret in text} for role, text in seen.items()}
        shown_to_all = by_role["operator"]
        assert shown_to_all == set(PERSONAL)
        assert by_role == {"operator": shown_to_all, "auditor": shown_to_all, "viewer": set()}
        assert "+15…02" in seen["viewer"]

    asking(scene)


@pytest.mark.parametrize("path", ["/v1/nowhere", "/v1/campaigns/", "/v1/%63ampaigns", "/v1//campaigns"])
def test_what_is_not_there_is_guarded_like_what_is(asking: Play, path: str) -> None:
    async def scene(stage: Serving) -> None:
        assert_problem(await stage.client.get(path), NO_TOKEN)

    asking(scene)


@pytest.mark.parametrize(
    "path", ["//v1/campaigns", "/V1/campaigns", "/%76%31/campaigns", "/health/../v1/campaigns", "/v1"]
)
def test_no_other_way_of_writing_a_path_goes_round_the_guard(asking: Play, path: str) -> None:
    async def scene(stage: Serving) -> None:
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(b"host", b"127.0.0.1")],
        }
        await stage.parts.app(scope, receive, send)
        assert sent[0]["status"] in {401, 404}

    asking(scene)
