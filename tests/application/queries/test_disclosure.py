"""Evidence that a call said of itself what it had to: by the first answer of its own walk, by the policy of that moment."""

from pathlib import Path
from typing import Any

from application.commands.calls import serve_answer
from domain.call import AnswerServed
from tests.entrypoints.serving import NOON, OTHER, SPRING, TO, Serving, play

HELLO = '{"actions":[{"say":{"text":"Hello, I am an automated assistant."}}]}'
OTHERWISE = '{"actions":[{"say":{"text":"Hello."}}]}'
SCRIPT = {"start": "hello", "steps": {"hello": {"actions": [{"say": "I am an automated assistant."}], "end": True}}}
POLICY = {"disclosure": {"says": "An automated assistant"}}


async def story(stage: Serving, call_id: str) -> Any:
    return (await stage.json(f"/v1/calls/{call_id}/story"))["disclosure"]


def served(actions: str, **more: Any) -> AnswerServed:
    return AnswerServed(
        occurred_at=NOON, step="hello", request="{}", actions=actions, duration_ms=1.0, walk="w", **more
    )


def test_the_first_answer_that_the_call_was_served_is_the_evidence(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        made = await stage.client.post("/v1/campaigns", json={**SPRING, "policy": POLICY, "script": SCRIPT})
        assert made.status_code == 201, made.text
        await stage.enroll(TO, OTHER)
        await stage.client.post("/v1/campaigns/spring_followup/start")
        await stage.dial(TO, "call_1")
        assert await story(stage, "call_1") == {
            "says": "An automated assistant",
            "said": False,
            "position": None,
            "step": None,
            "at": None,
        }
        await stage.do(serve_answer("call_1", served(HELLO)), "answers")
        position = stage.feed()[-1].position
        said = await story(stage, "call_1")
        assert (said["said"], said["position"], said["step"]) == (True, position, "hello")
        await stage.do(serve_answer("call_1", served(OTHERWISE, place="menu")), "answers")
        assert await story(stage, "call_1") == said
        change = {"policy": {}, "reason": "no more"}
        assert (await stage.client.post("/v1/campaigns/spring_followup/revise", json=change)).status_code == 200
        assert await story(stage, "call_1") == said
        await stage.dial(OTHER, "call_2")
        assert await story(stage, "call_2") is None

    play(tmp_path, scene)


def test_a_call_that_was_told_otherwise_is_shown_as_that(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.client.post("/v1/campaigns", json={**SPRING, "policy": POLICY, "script": SCRIPT})
        await stage.enroll(TO)
        await stage.client.post("/v1/campaigns/spring_followup/start")
        await stage.dial(TO, "call_1")
        await stage.do(serve_answer("call_1", served(OTHERWISE)), "answers")
        assert (await story(stage, "call_1"))["said"] is False

    play(tmp_path, scene)


def test_a_campaign_whose_script_does_not_say_it_is_neither_made_nor_revised(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        silent = {"start": "hello", "steps": {"hello": {"actions": [{"say": "Hello."}], "end": True}}}
        refused = await stage.client.post("/v1/campaigns", json={**SPRING, "policy": POLICY, "script": silent})
        assert (refused.status_code, refused.json()["field"]) == (400, "script.steps.hello.actions")
        await stage.client.post("/v1/campaigns", json={**SPRING, "script": silent})
        change = {"policy": POLICY, "reason": "the law"}
        revised = await stage.client.post("/v1/campaigns/spring_followup/revise", json=change)
        assert (revised.status_code, revised.json()["field"]) == (400, "script.steps.hello.actions")
        both = await stage.client.post("/v1/campaigns/spring_followup/revise", json={**change, "script": SCRIPT})
        assert both.status_code == 200

    play(tmp_path, scene)
