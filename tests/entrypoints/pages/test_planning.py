"""A campaign made and revised on a page, after what it would do was shown beside the form."""

import html as html_texts
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.campaign import CampaignCreated, CampaignRevised
from tests.entrypoints.pages.campaign_page import PAGE, made
from tests.entrypoints.pages.staging import GUARDED, form_token, load, read, sign_in
from tests.entrypoints.serving import FROM, OPERATOR, OTHER, TO, Serving, play

NEW, REVISE = "/new-campaign", f"{PAGE}/revise"
DOCUMENT = '[policy]\nattempts_max = 3\n\n[metadata]\nseason = "spring"\n'
PLAIN = {"id": "autumn", "from": FROM, "calls_per_second": "2.5", "record": "yes", "document": DOCUMENT}


def seen(html: str) -> str:
    return html.partition('name="seen" value="')[2].partition('"')[0]


async def sent(stage: Serving, path: str, **fields: str) -> httpx.Response:
    return await stage.client.post(path, data={"form_token": form_token(await load(stage, path)), **fields})


async def looked(stage: Serving, path: str, **fields: str) -> dict[str, Any]:
    """The same form as it is sent once it was looked at."""
    answer = await sent(stage, path, **fields)
    assert answer.status_code == 200, answer.text
    return {"form_token": form_token(answer.text), "seen": seen(answer.text), **fields}


def test_a_campaign_is_made_once_it_was_looked_at(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        assert f'href="{NEW}"' in await load(stage, "/campaigns")
        again = await looked(stage, NEW, **PLAIN)
        assert stage.names() == []
        other = await stage.client.post(NEW, data={**again, "calls_per_second": "9"})
        assert (other.status_code, stage.names()) == (200, [])
        done = await stage.client.post(NEW, data=again)
        assert (done.status_code, done.headers.get("location")) == (303, "/campaigns/autumn"), done.text
        (event,) = stage.feed()
        assert isinstance(event.event, CampaignCreated)
        plan = event.event.plan
        assert (plan.caller_number, plan.record, plan.limits.calls_per_second) == (FROM, True, 2.5)
        assert plan.policy is not None
        assert (plan.policy.attempts_max, plan.metadata) == (3, {"season": "spring"})
        assert event.metadata["actor"] == "operator:olga"

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"id": ""}, "id: is missing"),
        ({"from": "12"}, "is not a phone number"),
        ({"calls_per_second": "fast"}, "limits.calls_per_second: is not a number"),
        ({"document": "[policy"}, "document: is not TOML"),
        ({"document": "{"}, "document: is not JSON"),
        ({"document": '{"from": "+15551239999"}'}, "keep one of them"),
        ({"document": "limits = 3"}, "limits: must be a table"),
        ({"document": "colour = 1"}, "colour"),
    ],
)
def test_what_is_wrong_is_said_beside_the_form_which_keeps_what_was_written(
    tmp_path: Path, more: dict[str, str], says: str
) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        answer = await sent(stage, NEW, **{**PLAIN, **more})
        assert (answer.status_code, says in answer.text, seen(answer.text)) == (400, True, ""), answer.text
        assert 'value="2.5"' in answer.text or "fast" in answer.text
        assert stage.names() == []

    play(tmp_path, scene, **GUARDED)


def test_a_campaign_is_revised_once_it_was_looked_at(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await made(stage, TO)
        del stage.client.headers["authorization"]
        await sign_in(stage, "operator")
        assert f'href="{REVISE}"' in await load(stage, f"{PAGE}/plan")
        stored = len(stage.feed())
        hours = '[policy.hours]\nmonday = ["09:00-10:00"]\n'
        fields = {"calls_at_once": "3", "document": hours, "reason": "the works council asked for it"}
        assert (await sent(stage, REVISE, **{**fields, "reason": ""})).status_code == 400
        assert (await sent(stage, REVISE, **{**fields, "document": 'reason = "x"'})).status_code == 400
        again = await looked(stage, REVISE, **fields)
        answer = await stage.client.post(REVISE, data={**again, "seen": ""})
        assert "1 person: queued → held (zone unknown)" in answer.text
        assert len(stage.feed()) == stored
        done = await stage.client.post(REVISE, data=again)
        assert (done.status_code, done.headers.get("location")) == (303, PAGE), done.text
        (event,) = stage.feed()[stored:]
        assert isinstance(event.event, CampaignRevised)
        assert (event.event.plan.limits.calls_at_once, event.event.reason) == (3, fields["reason"])

    play(tmp_path, scene, **GUARDED)


POLICY = {
    "hours": {"weekdays": ["09:00-12:00", "13:00-20:00"]},
    "attempts_max": 3,
    "attempt_gap_seconds": 5_400,
    "retry": {"not_reached": {"after_seconds": 14_400}},
    "caps": [{"attempts_max": 2, "period_hours": 24}],
}
SCHEDULE = {"zone": "Europe/Berlin", "start_at": "2026-06-01T08:00", "pause": ["12:00"], "resume": ["13:00"]}
CALLERS = {"pool": [FROM, OTHER], "choose": "sticky", "calls_a_day_max": 9}


def shown(html: str) -> dict[str, str]:
    """What the form's fields have, and what it says that they had."""
    inputs = re.findall(r'<input id="(\w+)" name="\1" value="([^"]*)"', html)
    areas = re.findall(r'<textarea id="(\w+)"[^>]*>([^<]*)<', html)
    chosen = re.findall(r'<select id="(\w+)".*?<option value="([^"]*)" selected', html)
    was = html.partition('name="was" value="')[2].partition('"')[0]
    return {name: html_texts.unescape(value) for name, value in (*inputs, *areas, *chosen, ("was", was))}


async def planned(stage: Serving) -> None:
    """A campaign with something in each part that has fields."""
    stage.client.headers.update(OPERATOR)
    plan = {"policy": POLICY, "schedule": SCHEDULE, "from": CALLERS, "agents": {"life_seconds": 90}}
    made = await stage.client.post("/v1/campaigns", json={"id": "spring_followup", **plan})
    assert made.status_code == 201, made.text
    del stage.client.headers["authorization"]
    await sign_in(stage, "operator")


def test_the_fields_show_the_plan_and_what_is_left_as_it_was_stays(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await planned(stage)
        html = await load(stage, REVISE)
        assert read(html).faults == []
        fields = shown(html)
        assert {
            name: fields[name] for name in ("hours_monday", "hours_sunday", "attempt_gap", "retry_not_reached")
        } == {
            "hours_monday": "09:00-12:00, 13:00-20:00",
            "hours_sunday": "",
            "attempt_gap": "1 hour 30 minutes",
            "retry_not_reached": "4 hours",
        }
        assert (fields["start_at"], fields["pause"]) == ("2026-06-01 08:00", "12:00")
        assert (fields["from"], fields["choose"], fields["agents_life"]) == (
            f"{FROM}\n{OTHER}",
            "sticky",
            "1 minute 30 seconds",
        )
        same = await sent(stage, REVISE, **{**fields, "reason": "nothing"})
        assert "Nothing changes: its plan says so already." in same.text

    play(tmp_path, scene, **GUARDED)


def test_all_but_what_was_changed_stays_and_so_does_what_somebody_else_changed_meanwhile(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await planned(stage)
        fields = shown(await load(stage, REVISE))
        others = {"policy": {**POLICY, "attempts_max": 5}, "reason": "more"}
        revised = await stage.client.post("/v1/campaigns/spring_followup/revise", json=others, headers=OPERATOR)
        assert revised.status_code == 200, revised.text
        mine = {
            **fields,
            "hours_saturday": "10:00-16:00",
            "retry_not_reached": "",
            "attempt_gap": "2 h",
            "pause": "11:30",
        }
        again = await looked(stage, REVISE, **{**mine, "reason": "Saturdays, too"})
        assert (await stage.client.post(REVISE, data=again)).status_code == 303
        event = stage.feed()[-1].event
        assert isinstance(event, CampaignRevised)
        policy, schedule = event.plan.policy, event.plan.schedule
        assert policy is not None
        assert (policy.attempts_max, policy.attempt_gap_seconds, dict(policy.retry)) == (5, 7_200, {})
        assert policy.hours is not None
        assert ([str(one) for one in policy.hours["saturday"]], len(policy.caps)) == (["10:00-16:00"], 1)
        assert (schedule.pause, schedule.resume) == (("11:30",), ("13:00",))  # type: ignore[union-attr]
        assert event.plan.caller_pool is not None
        assert event.plan.caller_pool.calls_a_day_max == 9

    play(tmp_path, scene, **GUARDED)


def test_what_is_emptied_is_taken_out_and_shown_before(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await planned(stage)
        fields = shown(await load(stage, REVISE))
        empty = {name: "" for name in fields if name.startswith(("hours_", "schedule_", "agents_"))}
        empty |= dict.fromkeys(("start_at", "pause", "resume", "calls_per_second"), "")
        answer = await sent(stage, REVISE, **{**fields, **empty, "reason": "any hour"})
        assert answer.status_code == 200, answer.text
        told = re.sub(r"<[^>]+>", " ", answer.text.partition('id="would"')[2])
        for says in ("Hours", "any hour of any day", "By the clock", "A word on agents is believed for"):
            assert says in told
        assert "Calls a second" not in told
        fault = await sent(stage, REVISE, **{**fields, "attempt_gap": "4", "reason": "x"})
        assert (fault.status_code, "policy.attempt_gap_seconds: write a length of time" in fault.text) == (400, True)
        both = {**fields, "attempts_max": "4", "document": "[policy]\nattempts_max = 2\n", "reason": "x"}
        assert "policy.attempts_max: is otherwise in the document" in (await sent(stage, REVISE, **both)).text
        assert "was: is not of this form" in (await sent(stage, REVISE, **{**fields, "was": "["})).text

    play(tmp_path, scene, **GUARDED)


def test_a_campaign_is_made_by_the_fields_alone(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        fields = {
            "id": "autumn", "from": f"{FROM}, {OTHER}", "preset": "us", "hours_monday": "09:00-12:00", "attempts_max": "2",
            "retry_failed": "30 min", "holidays": "US, GB", "schedule_zone": "Europe/Berlin", "start_at": "2026-06-01 08:00",
            "agents_factor": "1", "calls_max": "500",
        }  # fmt: skip
        done = await stage.client.post(NEW, data=await looked(stage, NEW, **fields))
        assert done.status_code == 303, done.text
        event = stage.feed()[-1].event
        assert isinstance(event, CampaignCreated)
        policy, pool = event.plan.policy, event.plan.caller_pool
        assert policy is not None
        assert (policy.attempts_max, policy.retry["failed"].after_seconds, policy.holidays) == (2, 1_800, ("US", "GB"))
        assert policy.hours is not None
        assert (set(policy.hours), policy.budget is not None) == ({"monday"}, True)
        assert pool is not None
        assert (pool.numbers, pool.choose) == ((FROM, OTHER), "round")
        assert event.plan.agent_rules is not None

    play(tmp_path, scene, **GUARDED)


def test_where_the_plan_has_changed_meanwhile_it_is_looked_at_again(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await made(stage, TO)
        del stage.client.headers["authorization"]
        await sign_in(stage, "operator")
        fields = {"calls_at_once": "3", "reason": "the works council asked for it"}
        mine, others = (
            await looked(stage, REVISE, **fields),
            await looked(stage, REVISE, **{**fields, "calls_at_once": "5"}),
        )
        assert (await stage.client.post(REVISE, data=others)).status_code == 303
        stored = len(stage.feed())
        again = await stage.client.post(REVISE, data=mine)
        assert (again.status_code, len(stage.feed())) == (200, stored)
        assert (await stage.client.post(REVISE, data=await looked(stage, REVISE, **fields))).status_code == 303

    play(tmp_path, scene, **GUARDED)


def test_a_document_is_bounded_as_one_that_is_sent_to_the_api_is(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        large = await sent(stage, NEW, document="a=[" + "1," * 140_000 + "1]")
        assert (large.status_code, "at most 262,144 are taken" in large.text) == (400, True)

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_nobody_else_is_asked_or_may(tmp_path: Path, role: str) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await made(stage, TO)
        del stage.client.headers["authorization"]
        await sign_in(stage, role)
        stored = stage.feed()
        html = await load(stage, f"{PAGE}/plan")
        assert REVISE not in html
        assert NEW not in await load(stage, "/campaigns")
        for path in (NEW, REVISE):
            assert (await stage.client.get(path)).status_code == 403
            answer = await stage.client.post(path, data={"form_token": form_token(html), **PLAIN})
            assert answer.status_code == 403
        assert stage.feed() == stored

    play(tmp_path, scene, **GUARDED)
