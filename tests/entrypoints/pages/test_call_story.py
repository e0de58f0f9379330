"""A call as a story: the sentence, what the caller heard, the same person's other calls, and two of a list side by side."""

import html as html_texts
import re
from pathlib import Path

import pytest

from application.commands.calls import serve_answer
from domain.call import AnswerServed
from tests.entrypoints.pages.staging import GUARDED, load, sign_in
from tests.entrypoints.serving import NOON, OPERATOR, OTHER, TO, Serving, payload, play

MENU = '{"actions":[{"say":{"text":"Hello Ada."}},{"gather":{"prompt":"Press a key.","num_digits":1}}]}'


async def tell(stage: Serving) -> None:
    """A call with keys, an earlier one to the same person in another campaign that nobody answered, and one that goes on."""
    stage.client.headers.update(OPERATOR)
    await stage.campaign(TO, campaign_id="winter")
    await stage.campaign(TO, OTHER)
    del stage.client.headers["authorization"]
    await stage.dial(TO, "call_0", "winter")
    await stage.deliver(payload("call.completed", "call_0", seconds=20, status="completed"))
    await stage.dial(TO, "call_1")
    served = AnswerServed(occurred_at=NOON, step="menu", request="{}", actions=MENU, duration_ms=1.0, walk="w")
    await stage.deliver(payload("call.answered", seconds=1))
    await stage.do(serve_answer("call_1", served), "answers")
    for nth, key in enumerate("890"):
        data = {"digits": key, "event_key": f"call_1:{nth}"}
        await stage.deliver(payload("call.gathered", seconds=1, data=data))
    await stage.deliver(payload("call.completed", seconds=2))
    await stage.dial(OTHER, "call_2")


def told(html: str) -> str:
    found = re.search(r'id="story">([^<]*)<', html)
    assert found
    return html_texts.unescape(found[1])


def test_the_first_line_tells_the_call_and_then_what_was_heard(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        await sign_in(stage, "auditor")
        html = await load(stage, "/calls/call_1")
        assert told(html) == "Answered after 1 s, pressed 8, 9, 0, ended after 2 s."
        heard = re.search(r'id="heard-lines">(.*?)</ol>', html, re.DOTALL)
        assert heard
        said = re.findall(r"<q[^>]*>([^<]*)</q>|<kbd>([^<]*)</kbd>", heard[1])
        assert [one or other for one, other in said] == ["Hello Ada.", "Press a key.", "8", "9", "0"]
        assert html.count("order not known") >= 3
        assert "data-live" not in html
        assert "That a person did, by keys that were pressed" in html
        story = await stage.json("/v1/calls/call_1/story")
        assert (story["says"], len(story["heard"])) == ("answered after 1 s, pressed 8, 9, 0, ended after 2 s", 5)
        await sign_in(stage, "viewer")
        html = await load(stage, "/calls/call_1")
        assert told(html) == "Answered after 1 s, keys were pressed, ended after 2 s."
        assert "Hello Ada." not in html
        assert "<kbd>" not in html

    play(tmp_path, scene, **GUARDED)


def test_whoever_was_never_reached_is_not_shown_as_done(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        await sign_in(stage, "auditor")
        html = await load(stage, "/calls/call_0")
        assert told(html) == "No answer, ended after 20 s."
        assert "Nothing that only an answered call has was reported" in html
        listed = await load(stage, "/calls")
        assert re.findall(r'came-(\w+)">', listed) == ["ringing", "answered", "no_answer"]
        assert "badge-completed" not in html + listed

    play(tmp_path, scene, **GUARDED)


def test_the_same_persons_other_calls_are_linked_and_compared(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        await sign_in(stage, "auditor")
        html = await load(stage, "/calls/call_1")
        siblings = html[html.index('id="siblings"') :]
        assert re.findall(r'class="id" href="/calls/([^"]+)"', siblings) == ["call_0"]
        assert 'href="/calls/call_1/compare/call_0"' in siblings
        assert "None that we know of" in await load(stage, "/calls/call_2")
        # What was not known then is not told of then.
        then = (await stage.json("/v1/calls/call_0/events"))["items"][-1]["position"]
        story = await stage.json(f"/v1/calls/call_0/story?as_of={then}")
        assert story["siblings"] == []

    play(tmp_path, scene, **GUARDED)


def test_a_call_that_goes_on_is_followed_and_one_of_the_past_is_not(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        await sign_in(stage, "auditor")
        assert 'id="live-story" data-live' in await load(stage, "/calls/call_2")
        assert "data-live" not in await load(stage, "/calls/call_2?step=1")

    play(tmp_path, scene, **GUARDED)


def test_two_calls_that_are_ticked_in_a_list_are_compared(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        await sign_in(stage, "auditor")
        ticks = re.findall(
            r'type="checkbox" name="call" value="([^"]+)" form="compare-two"', await load(stage, "/calls")
        )
        assert ticks == ["call_2", "call_1", "call_0"]
        found = await stage.client.get("/compare", params={"call": ["call_0", "call_2"]})
        assert (found.status_code, found.headers["location"]) == (303, "/calls/call_0/compare/call_2")
        assert 'value="call_1"' in await load(stage, "/compare?call=call_1")
        latest = await load(stage, "/compare")
        assert re.findall(r'name="call" value="([^"]+)" form="compare-two"', latest) == ["call_2", "call_1", "call_0"]
        assert "tick two calls" in await load(stage, "/compare?call=call_0&call=call_1&call=call_2", 400)
        then = await stage.client.get("/compare", params={"call": ["call_0", "call_1"], "as_of": "9"})
        assert then.headers["location"] == "/calls/call_0/compare/call_1?as_of=9"
        assert 'name="as_of" value="9"' in await load(stage, "/compare?call=call_1&as_of=9")

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize(("zone", "both"), [("Asia/Tokyo", "21:00 for them · 12:00 yours"), ("UTC", "12:00 for them")])
def test_both_clocks_are_shown(tmp_path: Path, zone: str, both: str) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(start=False)
        row = {"number": TO, "zone": zone}
        await stage.client.post("/v1/campaigns/spring_followup/recipients", json={"recipients": [row]})
        await stage.client.post("/v1/campaigns/spring_followup/start")
        await stage.dial(TO, "call_1")
        assert both in await load(stage, "/calls/call_1")

    play(tmp_path, scene)


@pytest.mark.parametrize("view", ["compact", "full"])
def test_a_call_of_which_only_the_end_was_told_has_its_page(tmp_path: Path, view: str) -> None:
    async def scene(stage: Serving) -> None:
        await stage.deliver(payload("call.completed", "call_9", seconds=9))
        await sign_in(stage, "viewer")
        assert "<dt>Last step</dt>" in await load(stage, f"/calls/call_9?view={view}")

    play(tmp_path, scene, **GUARDED)
