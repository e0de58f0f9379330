"""A campaign's script over HTTP: sent, shown, refused, changed, and what it asks of recipients."""

from pathlib import Path
from typing import Any

import pytest

from tests.domain.script.given import MENU
from tests.entrypoints.serving import (
    AUDITOR,
    OPERATOR,
    OTHER,
    SPRING,
    TO,
    TOKENS,
    VIEWER,
    Serving,
    assert_problem,
    invalid,
    play,
    waited_for,
)

THIRD = "+15551230004"
PATH = "/v1/campaigns/spring_followup"
WITH_SCRIPT = {**SPRING, "script": MENU}
LACKS = "is missing or empty, and the campaign's script says it; fill it in, or give the script a default for it"


def destination(script: Any) -> str:
    found: str = script["steps"]["agent"]["transfer"]["destination"]
    return found


def test_a_script_is_shown_as_it_was_sent_and_to_viewers_without_numbers(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        created = await waited_for(stage.client.post("/v1/campaigns", json=WITH_SCRIPT), 201)
        assert created["script"] == MENU
        assert (
            await stage.client.post("/v1/campaigns", json={**SPRING, "script": created["script"]})
        ).status_code == 200
        assert (await stage.json(PATH, AUDITOR))["script"] == MENU
        seen = (await stage.json(PATH, VIEWER))["script"]
        assert (destination(MENU), destination(seen)) == ("+15551230009", "+15…09")
        assert list(seen["steps"]) == list(MENU["steps"])

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


@pytest.mark.parametrize(
    ("script", "field", "message"),
    [
        ({"start": "a"}, "script.steps", "is missing"),
        (
            {"start": "a", "steps": {"a": {"actions": [{"say": "Hello {name"}], "end": True}}},
            "script.steps.a.actions[0].say",
            "has a { without its other half; write {name}, or {{ for a brace",
        ),
    ],
)
def test_a_wrong_script_is_refused_with_the_step(tmp_path: Path, script: Any, field: str, message: str) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.post("/v1/campaigns", json={**SPRING, "script": script})
        assert_problem(answer, invalid(field, message))
        assert stage.names() == []

    play(tmp_path, scene)


def test_a_revision_shows_both_scripts_before_it_changes_one(tmp_path: Path) -> None:
    without_agent = {
        **MENU,
        "steps": {
            **{name: step for name, step in MENU["steps"].items() if name != "agent"},
            "menu": {**MENU["steps"]["menu"], "on": {"1": "confirmed"}},
        },
    }

    async def scene(stage: Serving) -> None:
        await waited_for(stage.client.post("/v1/campaigns", json=WITH_SCRIPT), 201)
        revision = {"reason": "nobody is there", "script": without_agent}
        change = [{"field": "script", "before": MENU, "after": without_agent}]
        preview = await waited_for(stage.client.post(f"{PATH}/revise", json={**revision, "preview": True}), 200)
        assert preview["changes"] == change
        revised = await waited_for(stage.client.post(f"{PATH}/revise", json=revision), 200)
        assert (revised["changes"], revised["campaign"]["script"]) == (change, without_agent)

    play(tmp_path, scene)


def test_a_row_without_a_variable_that_the_script_needs_is_a_complaint(tmp_path: Path) -> None:
    rows = f"number,name,day\n{TO},Ada,\n{OTHER}, ,monday\n+15551230005,\u200b,\n{TO},,\n"

    async def scene(stage: Serving) -> None:
        await waited_for(stage.client.post("/v1/campaigns", json=WITH_SCRIPT), 201)
        sent = stage.client.post(
            f"{PATH}/recipients?import=list", content=rows, headers={"content-type": "text/csv; charset=utf-8"}
        )
        answer = await waited_for(sent, 200)
        assert {name: answer[name] for name in ("rows", "enrolled", "already_enrolled", "repeated", "rejected")} == {
            "rows": 4,
            "enrolled": 1,
            "already_enrolled": 0,
            "repeated": 1,
            "rejected": 2,
        }
        assert answer["complaints"] == [
            {"line": 3, "field": "name", "reason": LACKS, "cell": None},
            {"line": 4, "field": "name", "reason": LACKS, "cell": None},
            {"line": 5, "field": "number", "reason": "repeats the number of line 2", "cell": None},
        ]
        one = {"line": 9, "number": THIRD, "variables": {"day": "today"}}
        answer = await waited_for(stage.client.post(f"{PATH}/recipients", json={"recipients": [one]}), 200)
        assert (answer["enrolled"], answer["complaints"]) == (
            0,
            [{"line": 9, "field": "name", "reason": LACKS, "cell": None}],
        )

    play(tmp_path, scene)


def test_who_is_enrolled_stays_so_when_a_script_comes_later(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, start=False)
        await waited_for(stage.client.post(f"{PATH}/revise", json={"reason": "a voice", "script": MENU}), 200)
        again = {"recipients": [{"number": TO}, {"number": OTHER}]}
        answer = await waited_for(stage.client.post(f"{PATH}/recipients", json=again), 200)
        assert (answer["already_enrolled"], answer["rejected"]) == (1, 1)
        assert answer["complaints"] == [{"line": 2, "field": "name", "reason": LACKS, "cell": None}]

    play(tmp_path, scene)
