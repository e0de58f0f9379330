import html as html_texts
import json
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urljoin

import pytest

from entrypoints.pages import calls
from tests.entrypoints.pages.staging import GUARDED, load, read, sign_in
from tests.entrypoints.serving import OPERATOR, OTHER, TO, Serving, payload, play

PAGE = "/calls/call_1"


async def tell(stage: Serving) -> None:
    """A call whose answer was learned two minutes late, then again, and whose end is told in two ways."""
    stage.client.headers.update(OPERATOR)
    await stage.campaign(TO, OTHER)
    del stage.client.headers["authorization"]
    await stage.dial(TO, "call_1")
    answered = payload("call.answered", seconds=3)
    for body, later in (
        (payload("call.created", seconds=0), 1),
        (payload("call.completed", seconds=9), 9),
        (answered, 120),
        (answered, 30),
        (payload("call.failed", seconds=2), 1),
    ):
        stage.clock.now += timedelta(seconds=later)
        assert (await stage.deliver(body)).status_code == 204


def entries_on(html: str) -> list[str]:
    return re.findall(r'<svg class="line"[^>]* aria-label="([^"]*)"', html)


def test_the_three_views_tell_the_same_events(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        await sign_in(stage, "auditor")
        timeline = (await stage.json("/v1/calls/call_1/timeline"))["entries"]
        compact = await load(stage, f"{PAGE}?view=compact")
        assert len(re.findall(r'<li class="wrap"><span>', compact)) == len(timeline)
        assert re.findall(r'class="step step-(\w+)"', compact) == ["placed", "answered", "ended"] or "placed" in compact
        lines = await load(stage, f"{PAGE}?view=timeline")
        assert len(entries_on(lines)) == len(timeline)
        full = await load(stage, f"{PAGE}?view=full")
        assert "received at <time" in full
        assert "Delivered again: Answered" in full
        events = (await stage.json("/v1/calls/call_1/events"))["items"]
        assert re.findall(r'<li id="event-(\d+)"', full) == [str(one["position"]) for one in events]
        bodies = re.findall(r'<pre class="body" id="body-\d+"[^>]*>(.*?)</pre>', full, re.DOTALL)
        assert [json.loads(html_texts.unescape(one)) for one in bodies] == [one["body"] for one in events]

    play(tmp_path, scene, **GUARDED)


def test_the_timeline_marks_what_was_late_repeated_and_contradicted(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        await sign_in(stage, "viewer")
        html = await load(stage, f"{PAGE}?view=timeline")
        said = entries_on(html)
        (answered,) = [one for one in said if one.startswith("Answered: ")]
        assert "learned 2 min 7 s after that; came again 1 time; late, out of order, redelivered" in answered
        assert any(one.startswith("Ended: ") and one.endswith("contradicts") for one in said)
        assert (html.count('class="again"'), html.count('class="delay late"'), html.count('learned wrong"')) == (
            2,
            2,
            1,
        )
        places = [float(one) for one in re.findall(r'c?x="([\d.]+)%"', html)]
        assert places
        assert all(0 <= place <= 100 for place in places)

    play(tmp_path, scene, **GUARDED)


def test_the_slider_shows_what_was_known_then(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        await sign_in(stage, "auditor")
        events = (await stage.json("/v1/calls/call_1/events"))["items"]
        now = await load(stage, f"{PAGE}?view=full")
        assert f'max="{len(events)}" value="{len(events)}"' in now
        assert f"now: all {len(events)} events" in now
        for step in range(1, len(events)):
            html = await load(stage, f"{PAGE}?view=full&step={step}")
            assert re.findall(r'<li id="event-(\d+)"', html) == [str(one["position"]) for one in events[:step]]
            assert f"after event {step} of {len(events)}" in html
            assert ('id="later"' in html, 'id="earlier"' in html, 'id="now"' in html) == (True, step > 1, True)
            as_of = await load(stage, f"{PAGE}?view=full&as_of={events[step - 1]['position']}")
            assert re.findall(r'<li id="event-(\d+)"', as_of) == re.findall(r'<li id="event-(\d+)"', html)
        assert await load(stage, f"{PAGE}?view=full&step={len(events)}") == now.replace(
            "view%3Dfull", f"view%3Dfull%26step%3D{len(events)}"
        )

    play(tmp_path, scene, **GUARDED)


def test_deliveries_come_with_our_answer_and_the_time_between_them(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        await sign_in(stage, "operator")
        html = await load(stage, PAGE)
        table = html[html.index('id="call-deliveries"') :]
        table = table[: table.index("</table>")]
        assert table.count(">204</td>") == 5
        assert "repeated, no. 2" in table
        assert "30 s" in table
        assert "call.answered" in html_texts.unescape(table)
        await sign_in(stage, "viewer")
        assert "not for viewers" in await load(stage, PAGE)

    play(tmp_path, scene, **GUARDED)


def test_a_journey_can_be_downloaded_by_whoever_sees_the_page(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        await sign_in(stage, "auditor")
        html = await load(stage, f"{PAGE}?view=full")
        found = re.search(r'id="download" href="([^"]+)" download', html)
        assert found
        shown = await stage.json(html_texts.unescape(found[1]))
        assert next(one["event"] for one in shown["items"]) == "call.created"

    play(tmp_path, scene, **GUARDED)


def test_two_calls_are_compared(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        await stage.dial(OTHER, "call_2")
        await sign_in(stage, "operator")
        found = await stage.client.get("/compare", params={"a": "call_1", "b": "call_2"})
        assert (found.status_code, found.headers["location"]) == (303, "/calls/call_1/compare/call_2")
        html = await load(stage, "/calls/call_1/compare/call_2")
        assert read(html).faults == []
        assert 'not-here">not here' in html
        assert "Two calls side by side" in html
        assert ("talk_seconds" in html, "call.answered" in html) == (False, False)
        assert "4 things happened in A only." in html
        assert "Both went the same way." in await load(stage, "/calls/call_1/compare/call_1")
        await load(stage, "/calls/call_1/compare/nothing", 404)

    play(tmp_path, scene, **GUARDED)


def test_what_is_asked_most_is_one_click_and_keeps_the_rest(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        await sign_in(stage, "auditor")
        html = await load(stage, "/calls?campaign=spring_followup&phase=ended&answered=false&after=")
        assert read(html).faults == []
        found = re.findall(r'<a id="quick-([\w-]+)" href="([^"]+)"( aria-current="page")?', html)
        links = {name: (html_texts.unescape(href), bool(here)) for name, href, here in found}
        assert links["all"] == ("/calls?campaign=spring_followup", False)
        assert links["not-answered"] == ("/calls?campaign=spring_followup&answered=false&phase=ended", True)
        assert '<details class="more-filters" open>' in html
        for href, _ in links.values():
            await load(stage, href)
        plain = await load(stage, "/calls")
        assert 'id="quick-all" href="/calls" aria-current="page"' in plain
        assert '<details class="more-filters">' in plain

    play(tmp_path, scene, **GUARDED)


def test_deliveries_of_all_calls_are_filtered_and_paged(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        await stage.deliver(b"unreadable")
        await stage.deliver(payload("call.answered", "call_2", 1, to=OTHER))
        await sign_in(stage, "operator")
        html = await load(stage, "/deliveries")
        assert re.findall(r'<span class="note note-\w+">(\w+)</span>', html) == [
            "first",
            "quarantined",
            "first",
            "repeated",
            "first",
            "first",
            "first",
        ]
        for query, count in (
            ("result=repeated", 1),
            ("event=call.answered", 3),
            ("call=call_2", 1),
            ("result=changed", 0),
        ):
            assert (await load(stage, f"/deliveries?{query}")).count(">204</td>") == count
        assert "No delivery like this" in await load(stage, "/deliveries?call=nothing")

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize("call_id", [".", "..", "../campaigns", "%2E"])
def test_a_call_has_its_page_whatever_dots_its_id_has(tmp_path: Path, call_id: str) -> None:
    async def scene(stage: Serving) -> None:
        for one in (call_id, "call_2"):
            assert (await stage.deliver(payload("call.answered", one, seconds=3))).status_code == 204
        links = set(re.findall(r'href="(/calls/[^"?]+)"', await load(stage, "/calls")))
        pages = {urljoin("http://testserver/", link).removeprefix("http://testserver") for link in links}
        assert pages == links
        for link in links:
            html = html_texts.unescape(await load(stage, link))
            assert f"/v1{link}/timeline" in html
        chosen = await stage.client.get("/compare", params={"a": call_id, "b": "call_2"})
        assert chosen.status_code == 303
        assert f">{call_id}<" in html_texts.unescape(await load(stage, chosen.headers["location"]))

    play(tmp_path, scene)


def test_the_list_has_the_newest_calls_first_or_the_oldest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "PAGE_CALLS", 2)

    async def scene(stage: Serving) -> None:
        for number in range(5):
            await stage.deliver(payload("call.created", f"call_{number}"))
        await sign_in(stage, "auditor")
        await stage.json(f"/v1/calls?at_least={stage.ledger.position}")
        assert await shown_page_by_page(stage, "/calls") == [4, 3, 2, 1, 0]
        assert await shown_page_by_page(stage, "/calls?order=newest") == [4, 3, 2, 1, 0]
        assert await shown_page_by_page(stage, "/calls?order=oldest&phase=dialing") == [0, 1, 2, 3, 4]

    play(tmp_path, scene, **GUARDED)


async def shown_page_by_page(stage: Serving, address: str) -> list[int]:
    """The numbers of the calls on a list's first page and on all that its links lead to."""
    found: list[int] = []
    while True:
        html = await load(stage, address)
        found += [int(one) for one in re.findall(r'class="id" href="/calls/call_(\d)"', html)]
        following = re.search(r'id="next-page" href="([^"]+)"', html)
        if following is None:
            return found
        address = html_texts.unescape(following[1])
