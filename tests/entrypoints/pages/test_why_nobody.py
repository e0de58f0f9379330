from datetime import timedelta
from pathlib import Path

from domain.dial_outcome import Unresolved
from tests.entrypoints.pages.campaign_page import PAGE, answer_on, figure_on, made
from tests.entrypoints.pages.staging import load
from tests.entrypoints.serving import OTHER, TO, Serving, payload, play


def test_the_first_tab_answers_why_nobody_is_being_called(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        hours = {"weekdays": ["09:00-20:00"]}
        await made(stage, policy={"hours": hours, "default_zone": "America/New_York"})
        assert answer_on(await load(stage, PAGE)) == "It has not been started, and nobody is enrolled."
        await stage.client.post("/v1/campaigns/spring_followup/start")
        assert answer_on(await load(stage, PAGE)) == "Nobody is enrolled."
        await stage.enroll(TO, OTHER)
        html = await load(stage, PAGE)
        assert answer_on(html) == (
            "Nobody can be called now: 2 wait for their hours or a gap to pass. "
            "The next of them can be called at 2026-05-29 13:00:00 UTC."
        )
        assert (figure_on(html, "waiting"), figure_on(html, "callable-now")) == ("2", "0")
        stage.clock.now += timedelta(hours=2)
        html = await load(stage, PAGE)
        assert answer_on(html) == "2 people are next in the queue."
        assert (figure_on(html, "waiting"), figure_on(html, "callable-now")) == ("0", "2")
        await stage.dial(TO, "call_1")
        html = await load(stage, PAGE)
        assert answer_on(html) == "1 person is being called at this moment."
        assert figure_on(html, "in-flight") == "1"
        await stage.client.post("/v1/suppressions", json={"number": OTHER})
        await stage.deliver(payload("call.completed", seconds=7300))
        html = await load(stage, PAGE)
        assert answer_on(html) == "Nobody is left to call."
        assert (figure_on(html, "suppressed"), figure_on(html, "done")) == ("1", "1")
        await stage.client.post("/v1/campaigns/spring_followup/cancel")
        assert answer_on(await load(stage, PAGE)) == "It is canceled: nobody is called any more."

    play(tmp_path, scene)


def test_one_attempt_that_is_left_in_doubt_is_no_alarm(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage, TO, OTHER)
        await stage.client.post("/v1/campaigns/spring_followup/start")
        await stage.dial(TO, "call_1")
        await stage.deliver(payload("call.answered", seconds=1))
        await stage.deliver(payload("call.completed", seconds=9))
        await stage.settle(await stage.start(OTHER, "att_2"), Unresolved(why="timed out", status=None, body=None))
        html = await load(stage, PAGE)
        assert "1 person is unresolved" in answer_on(html)
        assert 'class="answer answer-waiting" id="answer"' in html
        assert "answer-stopped" not in html

    play(tmp_path, scene)


def test_it_is_asked_why_nobody_is_called_only_where_nobody_is(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await made(stage, TO, OTHER)
        assert ">Why is nobody being called?</h2>" in await load(stage, PAGE)
        await stage.client.post("/v1/campaigns/spring_followup/start")
        await stage.dial(TO, "call_1")
        assert ">Who is being called?</h2>" in await load(stage, PAGE)

    play(tmp_path, scene)
