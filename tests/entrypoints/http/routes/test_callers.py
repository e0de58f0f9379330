"""The numbers of a pool over HTTP: shown, taken out, and put back by a revision."""

from pathlib import Path
from typing import Any

from tests.entrypoints.serving import FROM, OPERATOR, OTHER, TO, TOKENS, VIEWER, Serving, play

PATH = "/v1/campaigns/spring_followup"
POOL = {"pool": [FROM, OTHER], "choose": "sticky", "calls_a_day_max": 1}


async def created(stage: Serving) -> None:
    body = {"id": "spring_followup", "from": POOL}
    assert (await stage.client.post("/v1/campaigns", json=body, headers=OPERATOR)).status_code == 201
    given = {"import": "test", "recipients": [{"number": TO}]}
    assert (await stage.client.post(f"{PATH}/recipients", json=given, headers=OPERATOR)).status_code == 200
    assert (await stage.client.post(f"{PATH}/start", headers=OPERATOR)).status_code == 200


def test_a_pool_is_shown_with_how_it_was_used(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage)
        assert (await stage.json(PATH, OPERATOR))["from"] == POOL
        assert (await stage.json(PATH, VIEWER))["from"]["pool"] == [
            f"{FROM[:3]}…{FROM[-2:]}",
            f"{OTHER[:3]}…{OTHER[-2:]}",
        ]
        await stage.dial(TO, "call_1")
        found = await stage.json(f"{PATH}/callers", OPERATOR)
        assert [(one["number"], one["state"], one["calls_today"]) for one in found["items"]] == [
            (FROM, "at_its_cap", 1),
            (OTHER, "in_use", 0),
        ]
        person = await stage.json(f"{PATH}/recipients/{TO}", OPERATOR)
        assert [(one["caller_number"], one["caller_why"]) for one in person["history"]] == [(FROM, "round")]

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_a_number_is_taken_out_and_put_back_and_the_past_knows_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage)
        await stage.dial(TO, "call_1")
        remove = f"{PATH}/callers/{OTHER}/remove"
        assert (await stage.client.post(remove, headers=VIEWER)).status_code == 403
        done = await stage.client.post(remove, json={"reason": "blocked"}, headers=OPERATOR)
        assert done.status_code == 200, done.text
        assert [(one["state"], one["cause"], one["reason"]) for one in done.json()["items"]] == [
            ("at_its_cap", None, None),
            ("removed", "operator", "blocked"),
        ]
        explained = await stage.json(f"{PATH}/recipients/{TO}/explain", OPERATOR)
        against = {one["rule"]: one["until"] for one in explained["rules"] if one["stands_against"]}
        assert against["caller_numbers_capped"] == "2026-05-30T00:00:00.000000Z"
        warned = {one["about"] for one in (await stage.json(f"{PATH}/preflight", OPERATOR))["warnings"]}
        assert {"no_caller_number", "callers_removed", "unknown_caller"} <= warned

        again = {"reason": "free again", "from": POOL}
        assert (await stage.client.post(f"{PATH}/revise", json=again, headers=OPERATOR)).status_code == 200
        assert [one["state"] for one in (await stage.json(f"{PATH}/callers", OPERATOR))["items"]] == [
            "at_its_cap",
            "in_use",
        ]
        history = (await stage.json(f"{PATH}/history", OPERATOR))["items"]
        assert history[-1]["changes"] == [{"field": "from.pool", "before": [FROM], "after": [FROM, OTHER]}]
        then = await stage.json(f"{PATH}/recipients/{TO}/explain?as_of={history[-2]['position']}", OPERATOR)
        assert then["may_dial"] is False
        assert "caller_numbers_capped" in {one["rule"] for one in then["rules"] if one["stands_against"]}

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_what_cannot_be_taken_out_is_said(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign()
        alone = await stage.client.post(f"{PATH}/callers/{FROM}/remove")
        assert alone.status_code == 409
        assert "has no pool" in alone.json()["detail"]
        assert (await stage.client.post(f"{PATH}/callers/5/remove")).json()["field"] == "number"
        assert (await stage.client.get("/v1/campaigns/autumn/callers")).status_code == 404
        assert [one["calls_today"] for one in (await stage.json(f"{PATH}/callers"))["items"]] == [None]

    play(tmp_path, scene)


def test_the_past_knows_how_they_were_used_that_day_and_which_were_in_the_pool(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await created(stage)
        before = (await stage.json(f"{PATH}/callers", OPERATOR))["position"]
        await stage.dial(TO, "call_1")
        used = (await stage.json(f"{PATH}/callers", OPERATOR))["position"]
        remove = f"{PATH}/callers/{OTHER}/remove"
        assert (await stage.client.post(remove, headers=OPERATOR)).status_code == 200

        def shown(found: Any) -> list[tuple[str, str, int]]:
            return [(one["number"], one["state"], one["calls_today"]) for one in found["items"]]

        then = await stage.json(f"{PATH}/callers?as_of={before}", OPERATOR)
        assert shown(then) == [(FROM, "in_use", 0), (OTHER, "in_use", 0)]
        assert then["position"] == before
        later = await stage.json(f"{PATH}/callers?as_of={used}", OPERATOR)
        assert shown(later) == [(FROM, "at_its_cap", 1), (OTHER, "in_use", 0)]
        assert later["day"] == "2026-05-29"
        now = await stage.json(f"{PATH}/callers", OPERATOR)
        assert shown(now) == [(FROM, "at_its_cap", 1), (OTHER, "removed", 0)]
        assert (await stage.client.get(f"{PATH}/callers?as_of=0", headers=OPERATOR)).status_code == 404
        assert (await stage.client.get(f"{PATH}/callers?as_of=soon", headers=OPERATOR)).status_code == 400

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)
