from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Raw
from msgspec.structs import replace

from adapters.ledger.transaction import Transaction
from adapters.rule_data import installed_rule_data
from application.commands.command import Command
from domain import recipient
from domain.dialing import RULES, RULES_NUMBER, Verdict
from entrypoints.http.routes.judgement import DECISIONS_EVENTS_DEFAULT
from tests.entrypoints.serving import (
    AUDITOR,
    FROM,
    NOON,
    OPERATOR,
    OTHER,
    TO,
    TOKENS,
    VIEWER,
    Serving,
    assert_problem,
    at,
    payload,
    play,
    problem,
)

PATH = f"/v1/campaigns/spring_followup/recipients/{TO}/explain"
ELEVEN_TO_SIX = {"hours": {"every_day": ["18:00-23:00"]}, "default_zone": "Europe/Berlin", "attempts_max": 2}


async def with_policy(stage: Serving, policy: dict[str, Any], zone: str | None = "Europe/Berlin") -> None:
    body = {"id": "spring_followup", "from": FROM, "policy": policy}
    assert (await stage.client.post("/v1/campaigns", json=body)).status_code == 201
    rows = {"import": "test", "recipients": [{"number": TO, "zone": zone}]}
    assert (await stage.client.post("/v1/campaigns/spring_followup/recipients", json=rows)).status_code == 200
    assert (await stage.client.post("/v1/campaigns/spring_followup/start")).status_code == 200


def rules(answer: Any, *, against: bool) -> list[str]:
    return [one["rule"] for one in answer["rules"] if one["stands_against"] is against]


def test_every_rule_is_listed_once_those_against_first_each_with_what_it_went_by(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await with_policy(stage, ELEVEN_TO_SIX)
        answer = await stage.json(PATH)
        told = {name: answer[name] for name in answer if name != "rules"}
        assert told == {
            "campaign_id": "spring_followup",
            "number": TO,
            "position": stage.ledger.position,
            "judged_at": at(0),
            "may_dial": False,
            "status": "held",
            "reason": "outside_hours",
            "until": "2026-05-29T16:00:00.000000Z",
            "zones": ["Europe/Berlin"],
        }
        where = {"zones": "Europe/Berlin", "zone": "Europe/Berlin", "weekday": "friday", "windows": "18:00-23:00"}
        assert answer["rules"][0] == {
            "rule": "outside_hours",
            "stands_against": True,
            "scope": "recipient",
            "final": False,
            "until": "2026-05-29T16:00:00.000000Z",
            "inputs": {**where, "local_time": "2026-05-29T14:00+02:00", "searched_days": 400},
        }
        assert rules(answer, against=True) == ["outside_hours"]
        assert rules(answer, against=False) == [rule for rule in RULES if rule != "outside_hours"]
        by_rule = {one["rule"]: one["inputs"] for one in answer["rules"]}
        assert by_rule["attempts_used_up"] == {"counted": 0, "attempts_max": 2}
        assert by_rule["campaign_not_running"] == {"phase": "running"}

        stage.clock.now = NOON + timedelta(hours=5)
        later = await stage.json(PATH)
        assert (later["may_dial"], later["status"], rules(later, against=True)) == (True, "queued", [])
        (hours,) = (one for one in later["rules"] if one["rule"] == "outside_hours")
        assert hours["inputs"] == {**where, "local_time": "2026-05-29T19:00+02:00"}

    play(tmp_path, scene)


def test_of_a_past_instant_it_says_what_was_known_then(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        before = stage.ledger.position
        stage.clock.now = NOON + timedelta(seconds=10)
        await stage.dial(TO, "call_1")
        await stage.deliver(payload("call.answered", seconds=11))
        await stage.deliver(payload("call.completed", seconds=12))
        assert rules(await stage.json(PATH), against=True) == ["attempts_used_up"]
        for moment in (str(before), "2026-05-29T12:00:09Z"):
            then = await stage.json(f"{PATH}?as_of={moment}")
            assert (then["may_dial"], then["status"], then["position"]) == (True, "queued", before)
        assert (await stage.json(f"{PATH}?as_of=2026-05-29T12:00:09Z"))["judged_at"] == at(9)
        during = await stage.json(f"{PATH}?as_of={before + 1}")
        assert rules(during, against=True) == ["open_attempt"]

    play(tmp_path, scene)


def test_a_past_moment_is_judged_by_the_plan_the_suppressions_and_the_calls_of_then(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await with_policy(stage, {"attempts_max": 2})
        moments = [("queued", stage.ledger.position)]
        revision = {"reason": "evenings only", "policy": ELEVEN_TO_SIX}
        for seconds, method, path, body in (
            (10, "POST", "/v1/campaigns/spring_followup/revise", revision),
            (20, "POST", "/v1/suppressions", {"number": TO, "expires_at": at(100)}),
            (30, "DELETE", f"/v1/suppressions/{TO}", None),
            (40, "POST", "/v1/campaigns/spring_followup/pause", None),
        ):
            stage.clock.now = NOON + timedelta(seconds=seconds)
            assert (await stage.client.request(method, path, json=body)).is_success
            moments.append((path.rpartition("/")[2], stage.ledger.position))
        stage.clock.now = NOON + timedelta(days=1)
        against = []
        for instant in (9, 10, 20, 30, 40):
            then = await stage.json(f"{PATH}?as_of={at(instant)}")
            assert then == await stage.json(f"{PATH}?as_of={then['position']}") | {"judged_at": at(instant)}
            against.append((then["position"], then["status"], rules(then, against=True)))
        assert against == [
            (moments[0][1], "queued", []),
            (moments[1][1], "held", ["outside_hours"]),
            (moments[2][1], "suppressed", ["suppressed", "outside_hours"]),
            (moments[3][1], "held", ["outside_hours"]),
            (moments[4][1], "held", ["campaign_not_running", "outside_hours"]),
        ]
        expired = await stage.json(f"{PATH}?as_of={moments[2][1]}")
        assert expired["rules"][0]["until"] == at(100)

    play(tmp_path, scene)


def test_whoever_is_not_enrolled_then_is_not_found(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        detail = "this number is not enrolled in a campaign named spring_followup"
        missing = problem("not-found", 404, "Nothing is known under that name", detail)
        assert_problem(await stage.client.get(PATH.replace(TO, OTHER)), missing)
        assert_problem(await stage.client.get(f"{PATH}?as_of=1"), missing)

    play(tmp_path, scene)


def test_viewers_see_the_number_masked_and_not_on_whose_word_somebody_is_suppressed(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await stage.campaign(TO)
        await stage.client.post("/v1/suppressions", json={"number": TO, "source": "letter of +15551230099"})
        seen = await stage.json(PATH.replace(TO, stage.known_as(TO)), VIEWER)
        assert (seen["number"], seen["reason"], seen["rules"][0]["inputs"]) == ("+15…02", None, {"source": None})
        full = await stage.json(PATH, AUDITOR)
        assert full["rules"][0]["inputs"] == {"source": "letter of +15551230099"}

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


WRONG = msgspec.json.encode(
    Verdict(judged_at=NOON, attempts_counted=1, attempts_max=1, rules=RULES_NUMBER, rule_data=installed_rule_data())
)


def smuggled(stream: str, **verdicts: bytes) -> Command[None]:
    """An attempt for each name, begun by that verdict."""

    def decide(tx: Transaction) -> None:
        for attempt_id, said in verdicts.items():
            started = recipient.AttemptStarted(
                attempt_id=attempt_id,
                campaign_id="spring_followup",
                request="{}",
                epoch="test",
                verdict=Raw(said),
            )
            tx.append(stream, [started])

    return decide


def counted(compared: int, *, other_rules: int = 0, other_rule_data: int = 0) -> dict[str, int]:
    return {"compared": compared, "other_rules": other_rules, "other_rule_data": other_rule_data}


def test_each_verdict_on_disk_is_what_the_ledger_gives_for_the_moment_before(tmp_path: Path) -> None:
    policy = {"attempts_max": 3, "retry": {"not_reached": {"after_seconds": 60}}}

    async def scene(stage: Serving) -> None:
        await with_policy(stage, policy)
        await stage.dial(TO, "call_1")
        await stage.deliver(payload("call.completed", seconds=1))
        stage.clock.now = NOON + timedelta(seconds=100)
        await stage.dial(TO, "call_2")
        await stage.client.post("/v1/campaigns/spring_followup/pause")
        answer = await stage.json("/v1/decisions/compare")
        assert answer == {"items": [], **counted(2), "next": None, "position": stage.ledger.position}

    play(tmp_path, scene, DIALTRAIL_ONLY_NUMBERS=OTHER)


def test_a_verdict_that_comes_out_otherwise_is_reported_and_pages_end(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER)
        await stage.dial(OTHER, "call_0")
        await stage.client.post("/v1/campaigns/spring_followup/pause")
        await stage.do(smuggled(stage.ledger.recipient_stream(TO), att_smuggled=WRONG, att_unreadable=b"{}"))
        end = stage.ledger.position
        about = {"position": end - 1, "attempt_id": "att_smuggled", "campaign_id": "spring_followup"}
        expected = [
            {**about, "basis": "same", "field": "may_dial", "stored": True, "recomputed": False},
            {**about, "basis": "same", "field": "attempts_counted", "stored": 1, "recomputed": 0},
            {**about, "basis": "same", "field": "reasons", "stored": [], "recomputed": ["campaign_not_running"]},
            {
                "position": end,
                "attempt_id": "att_unreadable",
                "campaign_id": "spring_followup",
                "basis": "same",
                "field": "verdict",
                "stored": "unreadable",
                "recomputed": None,
            },
        ]
        whole = await stage.json("/v1/decisions/compare")
        assert whole == {"items": expected, **counted(3), "next": None, "position": end}
        found: list[Any] = []
        compared, pages = 0, 0
        after: str | None = "0"
        while after is not None:
            page = await stage.json(f"/v1/decisions/compare?after={after}&limit=1")
            found += page["items"]
            compared += page["compared"]
            after = page["next"]
            pages += 1
        assert (found, compared, pages) == (expected, 3, end)
        assert end < DECISIONS_EVENTS_DEFAULT

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("verdict", "basis"),
    [
        ({"rules": RULES_NUMBER + 1}, "other_rules"),
        ({"rule_data": None}, "other_rule_data"),
        ({"rule_data": replace(installed_rule_data(), zones="1999a")}, "other_rule_data"),
        ({"rule_data": replace(installed_rule_data(), holidays="0.1")}, "other_rule_data"),
    ],
)
def test_what_other_rules_or_other_data_gave_is_counted_and_marked(
    tmp_path: Path, verdict: dict[str, Any], basis: str
) -> None:
    stored = msgspec.json.encode(replace(msgspec.json.decode(WRONG, type=Verdict), **verdict))

    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.do(smuggled(stage.ledger.recipient_stream(TO), att_old=stored))
        answer = await stage.json("/v1/decisions/compare")
        assert [(one["basis"], one["field"]) for one in answer["items"]] == [
            (basis.replace("_", " "), "attempts_counted")
        ]
        assert {name: answer[name] for name in counted(0)} == counted(1, **{basis: 1})

    play(tmp_path, scene)


def test_one_campaigns_verdicts_can_be_compared_by_themselves(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.campaign(OTHER, campaign_id="autumn")
        await stage.dial(TO, "call_1")
        await stage.dial(OTHER, "call_2", "autumn")
        end = stage.ledger.position
        for query, compared in (("", 2), ("?campaign=autumn", 1), ("?campaign=spring_followup", 1)):
            answer = await stage.json(f"/v1/decisions/compare{query}")
            assert answer == {"items": [], **counted(compared), "next": None, "position": end}
        detail = "no campaign is named winter; `dialtrail campaign list` shows those there are"
        missing = problem("not-found", 404, "Nothing is known under that name", detail)
        assert_problem(await stage.client.get("/v1/decisions/compare?campaign=winter"), missing)

    play(tmp_path, scene)


def test_viewers_may_not_compare_decisions(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        refused = await stage.client.get("/v1/decisions/compare", headers=VIEWER)
        assert refused.status_code == 403
        assert (await stage.json("/v1/decisions/compare", AUDITOR))["compared"] == 0

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)
