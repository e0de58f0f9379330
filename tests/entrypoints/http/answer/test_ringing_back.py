import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.call import AnswerServed
from domain.dial_outcome import Unresolved
from tests.entrypoints.http.answer.asking import (
    NAMELESS,
    NO_WAIT,
    SAFE,
    answers,
    ask,
    put_away,
    recorded,
    redirect_of,
    said,
)
from tests.entrypoints.http.ringing import INBOUND, call, called, person, pressed, ringing
from tests.entrypoints.serving import FROM, OPERATOR, OTHER, TO, TOKENS, VIEWER, Serving, play

RINGS: dict[str, Any] = {"json": {"call_id": "in_1", "from": TO, "to": FROM}}
HELLO = ["This is Example."]


async def served_on(stage: Serving, call_id: str = "in_1") -> list[AnswerServed]:
    await recorded(stage)
    return [
        one.event for one in stage.feed() if one.stream == f"call:{call_id}" and isinstance(one.event, AnswerServed)
    ]


@pytest.mark.parametrize("is_reported", [True, False])
@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/answer", RINGS),
        ("/answer", {"data": {"CallSid": "in_1", "Caller": TO, "Called": FROM}}),
        ("/answer?call_id=in_1&from=%2B15551230002&to=%2B15551230001", {}),
    ],
)
def test_who_rings_back_hears_the_campaigns_inbound_script(
    tmp_path: Path, path: str, options: dict[str, Any], is_reported: bool
) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage, script=NAMELESS, inbound_script=INBOUND)
        if is_reported:
            await stage.deliver(ringing("call.created"))
        assert said(await ask(stage, path, **options)) == HELLO
        (served,) = await served_on(stage)
        assert (served.inbound, served.campaign_id) == ("campaign", "spring_followup")
        assert (served.step, served.version, served.why) == ("menu", 1, None)
        assert served.found_by == ("call_id" if is_reported else "numbers")

    play(tmp_path, scene)


def test_a_digit_leads_on_and_opts_out(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage, inbound_script=INBOUND)
        await stage.deliver(ringing("call.created"))
        link = redirect_of(await ask(stage, "/answer", **RINGS))
        await stage.deliver(pressed("9"))
        assert said(await ask(stage, link)) == ["We will not."]
        found = person(stage).suppression
        assert found is not None
        assert (found.source, found.reason) == ("keypress", "in call in_1")
        assert [one.attempt_id for one in person(stage).attempts] == ["att_call_1"]

    play(tmp_path, scene)


def test_the_person_has_what_they_heard_and_pressed_and_viewers_see_no_keys(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await called(stage, inbound_script=INBOUND)
        await stage.deliver(ringing("call.created"))
        link = redirect_of(await ask(stage, "/answer", **RINGS))
        await stage.deliver(pressed("9"))
        await ask(stage, link)
        await recorded(stage, 2)
        await stage.deliver(ringing("call.completed", seconds=70))
        path = f"/v1/people/{stage.known_as(TO)}"
        (one,) = (await stage.json(path))["rang_back"]
        assert (one["call_id"], one["campaign_id"], one["attempt_id"]) == ("in_1", "spring_followup", "att_call_1")
        assert (one["heard"], one["pressed"]) == (["menu", "never"], ["9"])
        (seen,) = (await stage.json(path, VIEWER))["rang_back"]
        assert seen == {**one, "pressed": None}
        shown = await stage.client.post("/sign-in", data={"token": "command-token"})
        assert shown.status_code == 303
        html = (await stage.client.get(f"/people/{stage.known_as(TO)}")).text
        assert re.search(
            r"Rang back on <time [^>]*>Fri 2026-05-29[^<]*</time></strong>: heard menu, then never, pressed 9", html
        )

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


def test_without_one_of_the_campaign_the_installations_is_told(tmp_path: Path) -> None:
    file = tmp_path / "inbound.json"
    file.write_text(json.dumps({**INBOUND, "steps": {"hello": {"actions": [{"say": "Our office."}], "end": True}}}))

    async def scene(stage: Serving) -> None:
        await called(stage)
        assert said(await ask(stage, "/answer", **RINGS)) == ["Our office."]
        (served,) = await served_on(stage)
        assert (served.inbound, served.campaign_id, served.version) == ("installation", "spring_followup", None)
        await called(stage, "autumn", "call_2", inbound_script=INBOUND)
        assert said(await ask(stage, "/answer", json={"call_id": "in_2", "from": TO, "to": FROM})) == HELLO
        assert await ask(stage, "/answer", json={"call_id": "in_3", "from": OTHER, "to": FROM}) == SAFE

    play(tmp_path, scene, DIALTRAIL_INBOUND_SCRIPT=str(file))


@pytest.mark.parametrize(
    "asked",
    [
        {"call_id": "in_1", "from": "+15559990000", "to": FROM},
        {"call_id": "in_1", "from": TO, "to": "+15559990000"},
        {"call_id": "in_1", "from": TO},
        {"call_id": "in_1"},
    ],
)
def test_an_unknown_caller_hears_what_is_safe(tmp_path: Path, asked: dict[str, str]) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage, inbound_script=INBOUND)
        assert await ask(stage, "/answer", json=asked) == SAFE
        assert [one.inbound for one in await served_on(stage)] == [None]

    play(tmp_path, scene)


def test_a_caller_whose_campaign_has_nothing_to_say_hears_what_is_safe(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage, script=NAMELESS)
        assert await ask(stage, "/answer", **RINGS) == SAFE
        assert [(one.why, one.inbound) for one in await served_on(stage)] == [("no_script", "campaign")]

    play(tmp_path, scene)


def test_reports_of_who_calls_whom_count_more_than_what_an_asker_says(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage, inbound_script=INBOUND)
        await stage.deliver(ringing("call.created", whose=OTHER))
        assert await ask(stage, "/answer", **RINGS) == SAFE

    play(tmp_path, scene)


def test_an_attempt_in_doubt_does_not_take_the_call_with_which_they_ring_back(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage, script=NAMELESS, inbound_script=INBOUND)
        stage.clock.now += timedelta(minutes=5)
        await stage.enroll(OTHER)
        await stage.settle(await stage.start(OTHER, "att_2"), Unresolved(why="read_timeout"))
        asked = {"call_id": "in_2", "from": OTHER, "to": FROM}
        assert said(await ask(stage, "/answer", json=asked)) == HELLO
        attempt = person(stage, OTHER).attempt("att_2")
        assert attempt is not None
        assert attempt.phase == "unresolved"

    play(tmp_path, scene)


def test_the_call_that_was_placed_still_hears_its_own_script(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage, script=NAMELESS, inbound_script=INBOUND)
        await stage.enroll(OTHER)
        await stage.dial(OTHER, "call_2")
        outbound = ["Hello you, this is our office."]
        assert said(await ask(stage, "/answer", json={"call_id": "call_2", "from": FROM, "to": OTHER})) == outbound
        assert said(await ask(stage, "/answer", json={"call_id": "call_2", "from": OTHER, "to": FROM})) == outbound
        assert said(await ask(stage, "/answer", json={"call_id": "in_2", "from": OTHER, "to": FROM})) == HELLO

    play(tmp_path, scene)


def test_a_caller_whose_call_is_not_named_is_told_and_that_is_kept_apart(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage, inbound_script=INBOUND)
        assert said(await ask(stage, "/answer", json={"from": TO, "to": FROM})) == HELLO
        (kept,) = await put_away(stage, 1)
        assert "cannot be identified" in kept.reason

    play(tmp_path, scene)


def test_a_walk_stays_in_the_version_it_began_with(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage, inbound_script=INBOUND)
        link = redirect_of(await ask(stage, "/answer", **RINGS))
        changed = {**INBOUND["steps"], "goodbye": {"actions": [{"say": "See you."}], "end": True}}
        revised = {"reason": "kinder", "inbound_script": {**INBOUND, "steps": changed}}
        assert (await stage.client.post("/v1/campaigns/spring_followup/revise", json=revised)).status_code == 200
        assert said(await ask(stage, link)) == ["Goodbye."]
        again = redirect_of(await ask(stage, "/answer", json={"call_id": "in_2", "from": TO, "to": FROM}))
        assert said(await ask(stage, again)) == ["See you."]
        await recorded(stage, 4)
        assert {one.version for one in answers(stage)} == {1, 2}
        assert call(stage).claim is None

    play(tmp_path, scene, **NO_WAIT)
