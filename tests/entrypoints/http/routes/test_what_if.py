"""What if, over HTTP: the recorded attempts under other policies, page by page, and nothing written."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.instants import time_text
from tests.entrypoints.http.routes.test_judgement import WRONG, smuggled
from tests.entrypoints.serving import AUDITOR, FROM, NOON, OPERATOR, OTHER, TO, TOKENS, VIEWER, Serving, payload, play

PATH = "/v1/campaigns/spring_followup/what-if"
THIRD = "+15551230007"
OWN = {"attempts_max": 4, "retry": {"not_reached": {"after_seconds": 60}}}
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
SUMS = ("recipients", "people_called", "people_reached", "people_lost", "people_lost_in_turn", "attempts", "reached")
MORE_SUMS = ("not_allowed", "not_allowed_in_turn", "reached_not_allowed", "not_by_policy", "unreadable")


async def fill(stage: Serving) -> None:
    """At noon (UTC) somebody in Berlin is called, in vain, and answers two minutes later; in New York one answers at eight; a third is not called."""
    stage.client.headers.update(OPERATOR)
    body = {"id": "spring_followup", "from": FROM, "policy": OWN}
    assert (await stage.client.post("/v1/campaigns", json=body)).status_code == 201
    people = [{"number": TO, "zone": BERLIN}, {"number": OTHER, "zone": NEW_YORK}, {"number": THIRD, "zone": BERLIN}]
    path = "/v1/campaigns/spring_followup"
    assert (await stage.client.post(f"{path}/recipients", json={"import": "a", "recipients": people})).is_success
    assert (await stage.client.post(f"{path}/start")).is_success
    await stage.dial(TO, "call_1")
    await stage.deliver(payload("call.completed", "call_1", 1))
    for seconds, number, call_id in ((120, TO, "call_2"), (240, OTHER, "call_3")):
        stage.clock.now = NOON + timedelta(seconds=seconds)
        await stage.dial(number, call_id)
        await stage.deliver(payload("call.answered", call_id, seconds + 2, to=number))
        await stage.deliver(payload("call.completed", call_id, seconds + 9, to=number))
    assert await stage.parts.projector.wait_for(stage.ledger.position, 20)


async def judged(stage: Serving, policy: Any, query: str = "") -> Any:
    answer = await stage.client.post(f"{PATH}{query}", json={"policy": policy}, headers=AUDITOR)
    assert answer.status_code == 200, answer.text
    return answer.json()


def sums(found: Any) -> dict[str, int]:
    return {name: found[name] for name in (*SUMS, *MORE_SUMS) if found[name]}


def rules(found: Any) -> dict[str, tuple[int, int, int]]:
    return {one["rule"]: (one["attempts"], one["alone"], one["people_lost"]) for one in found["by_rule"]}


ALL = {"recipients": 3, "people_called": 2, "people_reached": 2, "attempts": 3, "reached": 2}
CLOSED = {**OWN, "hours": {"weekdays": ["09:00-20:00"]}}
LATER = {**OWN, "starts_at": time_text(NOON + timedelta(seconds=60)), "caps": [{"attempts_max": 1, "period_hours": 24}]}


@pytest.mark.parametrize(
    ("policy", "found", "by_rule"),
    [
        (OWN, {}, {}),
        (
            CLOSED,
            {
                "not_allowed": 1,
                "not_allowed_in_turn": 1,
                "reached_not_allowed": 1,
                "people_lost": 1,
                "people_lost_in_turn": 1,
            },
            {"outside_hours": (1, 1, 1)},
        ),
        (
            {**CLOSED, "attempts_max": 1},
            {
                "not_allowed": 2,
                "not_allowed_in_turn": 2,
                "reached_not_allowed": 2,
                "people_lost": 2,
                "people_lost_in_turn": 2,
            },
            {"attempts_used_up": (1, 1, 1), "outside_hours": (1, 1, 1)},
        ),
        # The first was in vain, and the second, which is allowed, was answered: nobody is lost.
        (
            {name: said for name, said in LATER.items() if name != "caps"},
            {"not_allowed": 1, "not_allowed_in_turn": 1},
            {"not_started_yet": (1, 1, 0)},
        ),
        # The first is not made under this policy, and so the second would be: only as it happened does the cap stand against it.
        (
            LATER,
            {"not_allowed": 2, "not_allowed_in_turn": 1, "reached_not_allowed": 1, "people_lost": 1},
            {"person_cap": (1, 1, 1), "not_started_yet": (1, 1, 0)},
        ),
    ],
    ids=["its own", "hours", "hours and tries", "later", "one after the other"],
)
def test_history_under_another_policy(
    tmp_path: Path, policy: dict[str, Any], found: dict[str, int], by_rule: dict[str, tuple[int, int, int]]
) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        before = stage.feed()
        answer = await judged(stage, policy)

        assert sums(answer) == ALL | found
        assert rules(answer) == by_rule
        assert (answer["next"], answer["position"], answer["other_rules"], answer["other_rule_data"]) == (
            *(None, stage.ledger.position),
            *(0, 0),
        )
        assert len(answer["items"]) == found.get("not_allowed", 0)
        assert len(answer["cannot_know"]) >= 4
        assert stage.feed() == before

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_hours_are_those_of_the_recipients_day_and_each_attempt_is_named(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        answer = await judged(stage, CLOSED)

        assert answer["by_hour"] == [
            {"zone": NEW_YORK, "hour": 8, "attempts": 1, "not_allowed": 1, "people_lost": 1},
            {"zone": BERLIN, "hour": 14, "attempts": 2, "not_allowed": 0, "people_lost": 0},
        ]
        (item,) = answer["items"]
        assert (item["number"], item["zone"], item["hour"], item["rules"]) == (OTHER, NEW_YORK, 8, ["outside_hours"])
        assert (item["attempt_id"], item["call_id"], item["reached"]) == ("att_call_3", "call_3", True)
        assert (item["is_person_lost"], item["only_after_others"]) == (True, False)
        later = (await judged(stage, LATER))["items"]
        assert [(one["attempt_id"], one["only_after_others"]) for one in later] == [
            ("att_call_1", False),
            ("att_call_2", True),
        ]

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_steps_add_up_to_the_whole_and_the_past_is_as_it_was(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        policy, end = {**CLOSED, "attempts_max": 1}, stage.ledger.position
        total: Counter[str] = Counter()
        after: str | None = "0"
        steps = 0
        while after is not None:
            step = await judged(stage, policy, f"?limit=1&after={after}&as_of={end}")
            total.update(sums(step))
            after, steps = step["next"], steps + 1
        assert (dict(total), steps) == (sums(await judged(stage, policy)), 3)

        answered = next(one.position for one in stage.feed() if one.name == "call.answered")
        past = await judged(stage, policy, f"?as_of={answered - 1}")
        assert (past["attempts"], past["reached"], past["not_allowed"], past["people_lost"]) == (2, 0, 1, 0)

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_what_no_verdict_goes_by_is_said_and_what_cannot_be_read_is_counted(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        await stage.client.post("/v1/campaigns/spring_followup/pause")
        await stage.do(smuggled(stage.ledger.recipient_stream(THIRD), att_smuggled=WRONG, att_unreadable=b"{}"))
        answer = await judged(stage, {"attempts_max": 4, "budget": {"calls_max": 1}, "weight": 2})

        assert answer["not_judged"] == ["budget", "weight"]
        assert (answer["unreadable"], answer["not_by_policy"]) == (1, 1)
        assert rules(answer) == {"outcome_not_retried": (1, 1, 1)}

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_it_is_for_those_who_may_see_everything_and_refuses_what_is_no_policy(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        assert (await stage.client.post(PATH, json={"policy": OWN}, headers=VIEWER)).status_code == 403
        for body, field in (
            ({"policy": {"attempts_max": 0}}, "policy.attempts_max"),
            ({}, "policy"),
            ({"x": 1}, "policy"),
        ):
            refused = await stage.client.post(PATH, json=body)
            assert (refused.status_code, refused.json()["field"]) == (400, field)
        nobody = await stage.client.post(PATH.replace("spring_followup", "autumn"), json={"policy": OWN})
        assert nobody.status_code == 404

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)
