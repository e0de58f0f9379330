"""Callbacks over HTTP: wished by an instant or a local time, moved, dropped, and refused in words."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.instants import time_text
from tests.entrypoints.serving import AUDITOR, NOON, OPERATOR, OTHER, TO, TOKENS, VIEWER, Serving, play
from tests.entrypoints.shared_stage import Play, shared_by_module

PATH = f"/v1/campaigns/spring_followup/recipients/{TO.replace('+', '%2B')}"


async def put(stage: Serving, body: Any) -> tuple[int, Any]:
    answer = await stage.client.put(f"{PATH}/callback", json=body)
    return answer.status_code, answer.json()


def test_a_local_time_in_a_zone_is_the_instant_and_it_is_shown_wherever_the_person_is(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        status, said = await put(stage, {"at": "2026-05-29T17:30", "zone": "Europe/Berlin"})
        assert (status, said["changed"], said["status"]) == (200, True, "held")
        at = time_text(NOON + timedelta(hours=3, minutes=30))
        assert said["callback"] == {
            "at": at,
            "local": "2026-05-29T17:30",
            "zone": "Europe/Berlin",
            "source": "operator",
            "set_at": time_text(NOON),
            "give_up_at": time_text(NOON + timedelta(hours=27, minutes=30)),
            "is_due": False,
            "earliest": at,
            "reason": None,
        }
        person = await stage.json(PATH)
        assert (person["callback"], person["reason"], person["until"]) == (said["callback"], "callback_waits", at)
        explained = await stage.json(f"{PATH}/explain")
        assert (explained["rules"][0]["rule"], explained["rules"][0]["until"]) == ("callback_waits", at)
        assert (await put(stage, {"at": "2026-05-29T17:30", "zone": "Europe/Berlin"}))[1]["changed"] is False

    play(tmp_path, scene)


def test_it_is_moved_and_dropped_and_the_past_keeps_what_was_known(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        _, first = await put(stage, {"at": "2026-05-30T09:00:00+02:00"})
        _, moved = await put(stage, {"at": "2026-05-30T10:00:00Z"})
        assert (moved["changed"], moved["callback"]["local"]) == (True, None)
        dropped = (await stage.client.delete(f"{PATH}/callback")).json()
        assert (dropped["changed"], dropped["callback"], dropped["status"]) == (True, None, "queued")
        assert (await stage.client.delete(f"{PATH}/callback")).json()["changed"] is False
        then = await stage.json(f"{PATH}?as_of={first['position']}")
        assert then["callback"]["at"] == first["callback"]["at"]
        assert stage.names()[-3:] == ["recipient.callback_set"] * 2 + ["recipient.callback_dropped"]

    play(tmp_path, scene)


def test_what_became_of_each_wish_is_told_by_whom_and_why(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await put(stage, {"at": "2026-05-29T12:10:00Z"})
        await put(stage, {"at": "2026-05-29T17:30", "zone": "Europe/Berlin"})
        await stage.client.delete(f"{PATH}/callback")
        await put(stage, {"at": "2026-05-29T12:10:00Z"})
        stage.clock.now += timedelta(minutes=10)
        await stage.dial(TO, "call_1")
        lines = (await stage.json(PATH))["callbacks"]
        told = [(one["act"], one["at"][11:16], one["why"], one["call_id"]) for one in reversed(lines)]
        assert told == [
            ("wished", "12:10", None, None),
            ("moved", "15:30", None, None),
            ("given_up", "15:30", "operator", None),
            ("wished", "12:10", None, None),
            ("kept", "12:10", None, "call_1"),
        ]
        assert [one["actor"] for one in lines] == ["test", *["operator:loopback"] * 4]
        assert (lines[3]["local"], lines[3]["zone"]) == ("2026-05-29T17:30", "Europe/Berlin")
        assert (await stage.json(f"/v1/people/{TO.replace('+', '%2B')}"))["callbacks"] == lines
        first = lines[-1]["position"]
        assert (await stage.json(f"{PATH}?as_of={first}"))["callbacks"] == lines[-1:]

    play(tmp_path, scene)


def test_a_list_shows_who_wished_which_time_and_shows_them_alone(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(OTHER, TO)
        _, first = await put(stage, {"at": "2026-05-29T17:30", "zone": "Europe/Berlin"})
        people, at_least = "/v1/campaigns/spring_followup/recipients", f"at_least={first['position']}"
        listed = await stage.json(f"{people}?{at_least}")
        assert [one["wished_at"] for one in listed["items"]] == [None, first["callback"]["at"]]
        wished = await stage.json(f"{people}?wished=true&{at_least}")
        assert wished["items"] == listed["items"][1:]
        assert (await stage.json(f"{people}?wished=false&{at_least}"))["items"] == listed["items"]
        for more in ("status=held", f"as_of={first['position']}"):
            refused = await stage.client.get(f"{people}?wished=true&{more}")
            assert (refused.status_code, refused.json()["field"]) == (400, "wished")
        dropped = (await stage.client.delete(f"{PATH}/callback")).json()
        assert (await stage.json(f"{people}?wished=true&at_least={dropped['position']}"))["items"] == []
        then = await stage.json(f"{people}?as_of={first['position']}")
        assert then["items"][1]["wished_at"] == first["callback"]["at"]

    play(tmp_path, scene)


asking = shared_by_module(lambda stage: stage.campaign(TO))


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({"at": "2027-03-28T02:30", "zone": "Europe/Berlin"}, "at", "2027-03-28T03:30:00+02:00"),
        ({"at": "2026-10-25T02:30", "zone": "Europe/Berlin"}, "at", "comes twice in Europe/Berlin"),
        ({"at": "2026-05-29T17:30"}, "at", "neither an offset nor a zone"),
        ({"at": "tomorrow", "zone": "Europe/Berlin"}, "at", "is no time"),
        ({"at": "2026-05-29T17:30", "zone": "Europe/Bärlin"}, "zone", "IANA"),
        ({"at": "2026-05-29T11:59:59Z"}, "at", "in the past"),
        ({"at": "2028-05-29T11:59:59Z"}, "at", "more than 366 days"),
        ({"zone": "Europe/Berlin"}, "at", "is missing"),
        ({"at": "2026-05-30T12:00:00Z", "when": "noon"}, "when", "not a field"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_to_write(asking: Play, body: Any, field: str, says: str) -> None:
    async def scene(stage: Serving) -> None:
        stored = len(stage.feed())
        status, said = await put(stage, body)
        assert (status, said["field"]) == (400, field)
        assert says in said["detail"]
        assert len(stage.feed()) == stored

    asking(scene)


def test_where_no_attempt_is_left_or_nobody_is_enrolled_or_the_campaign_is_over_it_is_refused(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        other = await stage.client.put(f"{PATH.replace('0002', '0003')}/callback", json={"at": "2026-05-30T12:00:00Z"})
        assert (other.status_code, OTHER[-4:]) == (404, "0003")
        await stage.start(TO, "a1")
        status, said = await put(stage, {"at": "2026-05-30T12:00:00Z"})
        assert status == 409
        assert "1 attempt is used up of 1; revise the campaign" in said["detail"]
        await stage.client.post("/v1/campaigns/spring_followup/cancel")
        assert "is canceled" in (await put(stage, {"at": "2026-05-30T12:00:00Z"}))[1]["detail"]

    play(tmp_path, scene)


def test_only_operators_wish_and_viewers_see_no_number(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await stage.campaign(TO)
        await put(stage, {"at": "2026-05-30T12:00:00Z"})
        pseudonym = (await stage.json(PATH))["recipient"]
        for role in (AUDITOR, VIEWER):
            stage.client.headers.update(role)
            assert (await put(stage, {"at": "2026-05-30T13:00:00Z"}))[0] == 403
        shown = await stage.json(f"/v1/campaigns/spring_followup/recipients/{pseudonym}")
        assert shown["callback"]["at"] == time_text(NOON + timedelta(days=1))
        assert TO not in str(shown)

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)
