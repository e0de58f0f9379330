from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.serving import AUDITOR, OPERATOR, SPRING, TOKENS, VIEWER, Serving, assert_problem, play, problem

AGENT = "+15551230009"


def script(text: str, destination: str = AGENT) -> dict[str, Any]:
    return {
        "start": "hello",
        "steps": {"hello": {"actions": [{"say": text}], "transfer": {"destination": destination}}},
    }


BASE = "/v1/campaigns/spring_followup"


async def three_versions(stage: Serving) -> None:
    """Hello, Hi, and Hello again."""
    stage.client.headers.update(OPERATOR)
    created = await stage.client.post("/v1/campaigns", json={**SPRING, "script": script("Hello.")})
    assert created.status_code == 201, created.text
    for text, reason in (("Hi.", "shorter"), ("Hello.", "nobody understood it")):
        revised = await stage.client.post(f"{BASE}/revise", json={"script": script(text), "reason": reason})
        assert revised.status_code == 200, revised.text


def test_every_version_says_since_when_by_whom_and_why(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await three_versions(stage)
        found = await stage.json(f"{BASE}/scripts")
        assert [(one["version"], one["actor"], one["reason"], one["steps"]) for one in found["items"]] == [
            (1, "operator:olga", None, 1),
            (2, "operator:olga", "shorter", 1),
            (3, "operator:olga", "nobody understood it", 1),
        ]
        assert [one["at_position"] for one in found["items"]] == [1, 2, 3]
        assert (found["next"], found["position"]) == (None, 3)

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_pages_and_the_past(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await three_versions(stage)
        first = await stage.json(f"{BASE}/scripts?limit=2")
        rest = await stage.json(f"{BASE}/scripts?limit=2&after={first['next']}")
        assert [[one["version"] for one in page["items"]] for page in (first, rest)] == [[1, 2], [3]]
        assert len((await stage.json(f"{BASE}/scripts?as_of=2"))["items"]) == 2

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_a_version_is_shown_whole_and_two_are_compared(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await three_versions(stage)
        whole = await stage.json(f"{BASE}/scripts/2")
        assert whole["script"] == script("Hi.")
        found = await stage.json(f"{BASE}/scripts/1/compare/2")
        changed = [{"field": "steps.hello.actions[0].say", "before": "Hello.", "after": "Hi."}]
        assert (found["before"]["version"], found["after"]["version"], found["changes"]) == (1, 2, changed)
        assert (await stage.json(f"{BASE}/scripts/1/compare/3"))["changes"] == []

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_the_script_for_who_rings_back_has_versions_of_its_own(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        greeting = {"start": "hello", "steps": {"hello": {"actions": [{"say": "You rang."}], "end": True}}}
        shorter = {"start": "hello", "steps": {"hello": {"actions": [{"say": "Yes?"}], "end": True}}}
        plan = {**SPRING, "script": script("Hello."), "inbound_script": greeting}
        assert (await stage.client.post("/v1/campaigns", json=plan)).status_code == 201
        for change, reason in (({"script": script("Hi.")}, "brief"), ({"inbound_script": shorter}, "shorter")):
            revised = await stage.client.post(f"{BASE}/revise", json={**change, "reason": reason})
            assert revised.status_code == 200, revised.text
        found = await stage.json(f"{BASE}/scripts?inbound=true")
        told = [(one["version"], one["at_position"], one["reason"], one["steps"]) for one in found["items"]]
        assert told == [(1, 1, None, 1), (2, 3, "shorter", 1)]
        assert (await stage.json(f"{BASE}/scripts/1?inbound=true"))["script"] == greeting
        changes = (await stage.json(f"{BASE}/scripts/1/compare/2?inbound=true"))["changes"]
        assert changes == [{"field": "steps.hello.actions[0].say", "before": "You rang.", "after": "Yes?"}]
        assert [one["version"] for one in (await stage.json(f"{BASE}/scripts?inbound=false"))["items"]] == [1, 2]
        assert (await stage.client.get(f"{BASE}/scripts/3?inbound=true")).status_code == 404

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


@pytest.mark.parametrize("path", ["scripts/4", "scripts/0", "scripts/1/compare/9"])
def test_a_version_that_there_is_not_is_told_with_those_there_are(tmp_path: Path, path: str) -> None:
    async def scene(stage: Serving) -> None:
        await three_versions(stage)
        number = path.rpartition("/")[2]
        says = f"the campaign has no version {number} of its script; there are 1 to 3"
        answer = await stage.client.get(f"{BASE}/{path}")
        assert_problem(answer, problem("not-found", 404, "Nothing is known under that name", says))
        wrong = await stage.client.get(f"{BASE}/scripts/first")
        assert (wrong.status_code, wrong.json()["field"]) == (400, "version")

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_viewers_see_no_destination_and_no_reason(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await three_versions(stage)
        for path in ("scripts", "scripts/1", "scripts/1/compare/2"):
            seen = (await stage.client.get(f"{BASE}/{path}", headers=VIEWER)).text
            assert (AGENT in seen, "shorter" in seen) == (False, False)
        assert AGENT in (await stage.client.get(f"{BASE}/scripts/1", headers=AUDITOR)).text

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_a_campaign_that_there_is_not_has_no_versions(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert (await stage.client.get("/v1/campaigns/none/scripts")).status_code == 404

    play(tmp_path, scene)
