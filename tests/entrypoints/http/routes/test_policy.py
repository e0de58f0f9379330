"""A campaign's policy over HTTP: sent, shown, refused, and seen in the verdict on a recipient."""

from datetime import UTC, datetime
from pathlib import Path

from domain.policy import WEEKDAYS
from tests.entrypoints.serving import (
    AUDITOR,
    OPERATOR,
    SPRING,
    TOKENS,
    VIEWER,
    Serving,
    assert_problem,
    invalid,
    play,
)

POLICY = {
    "preset": "us",
    "attempts_max": 3,
    "retry": {"not_reached": {"after_seconds": 3600}},
    "only": ["+12025550123", "+12025550124"],
}
HOURS = {day: ["08:00-21:00"] for day in WEEKDAYS}
BASED_ON = {"preset": "us", "as_of": "2026-11-23"}
SHOWN = {**{name: value for name, value in POLICY.items() if name != "preset"}, "hours": HOURS, "based_on": BASED_ON}


def test_a_policy_is_shown_as_it_was_sent_and_to_viewers_without_numbers(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        created = await stage.client.post("/v1/campaigns", json={**SPRING, "policy": POLICY})

        assert (created.status_code, created.json()["policy"]) == (201, SHOWN)
        assert (await stage.client.post("/v1/campaigns", json={**SPRING, "policy": POLICY})).status_code == 200
        assert (await stage.client.post("/v1/campaigns", json={**SPRING, "policy": SHOWN})).status_code == 200
        assert (await stage.client.post("/v1/campaigns", json=SPRING)).status_code == 409
        path = f"/v1/campaigns/{SPRING['id']}"
        assert (await stage.json(path, AUDITOR))["policy"] == SHOWN
        assert (await stage.json(path, VIEWER))["policy"] == {**SHOWN, "only": ["+12…23", "+12…24"]}

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_without_a_policy_null_is_shown(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign()
        assert (await stage.json("/v1/campaigns/spring_followup"))["policy"] is None

    play(tmp_path, scene)


def test_what_is_wrong_in_a_policy_is_named(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        wrong = {**SPRING, "policy": {"caps": [{"attempts_max": 0, "period_hours": 24}]}}
        refused = await stage.client.post("/v1/campaigns", json=wrong)

        assert_problem(refused, invalid("policy.caps[0].attempts_max", "input should be greater than or equal to 1"))

    play(tmp_path, scene)


def test_the_verdict_on_a_recipient_says_what_it_was_judged_by(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.client.post("/v1/campaigns", json={**SPRING, "policy": POLICY})
        await stage.enroll("+12025550123", "+12025550199")
        await stage.client.post("/v1/campaigns/spring_followup/start")
        path = "/v1/campaigns/spring_followup/recipients"
        callable_now = await stage.json(f"{path}/%2B12025550123")
        not_in_list = await stage.json(f"{path}/%2B12025550199")
        stage.clock.now = datetime(2026, 5, 30, 2, tzinfo=UTC)
        at_night = await stage.json(f"{path}/%2B12025550123")

        assert callable_now["verdict"]["reasons"] == []
        assert (at_night["status"], at_night["reason"], at_night["until"]) == (
            "held",
            "outside_hours",
            "2026-05-30T12:00:00.000000Z",
        )
        assert at_night["verdict"]["reasons"] == [
            {
                "rule": "outside_hours",
                "scope": "recipient",
                "final": False,
                "until": "2026-05-30T12:00:00.000000Z",
                "inputs": {
                    "zones": "America/New_York",
                    "zone": "America/New_York",
                    "local_time": "2026-05-29T22:00-04:00",
                    "weekday": "friday",
                    "windows": "08:00-21:00",
                    "searched_days": 400,
                },
            }
        ]
        assert [(r["rule"], r["inputs"]) for r in not_in_list["verdict"]["reasons"]] == [
            ("not_in_only_list", {"numbers_in_list": 2})
        ]

    play(tmp_path, scene)
