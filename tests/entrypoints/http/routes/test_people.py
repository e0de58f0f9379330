"""A person over all campaigns, as whoever asks over HTTP meets them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from application.queries import person_read
from domain.dial_outcome import Unresolved
from domain.instants import time_text
from domain.recipient import RecipientState, as_person
from tests.entrypoints.serving import (
    AUDITOR,
    FROM,
    NOON,
    OPERATOR,
    OTHER,
    SECRET,
    TOKENS,
    VIEWER,
    Serving,
    payload,
    play,
)

BERLIN, WRITTEN = "+493012345678", "+4903012345678"
GUARDED = {"DIALTRAIL_TOKENS": TOKENS, "MINIVOICE_WEBHOOK_SECRET": SECRET}


async def a_life(stage: Serving) -> None:
    """Called by one campaign in one spelling, then by another in the other, by others, and suppressed."""
    await stage.campaign(BERLIN, OTHER)
    await stage.campaign(WRITTEN, campaign_id="autumn")
    await stage.dial(BERLIN, "monday")
    await stage.deliver(payload("call.answered", "monday", seconds=2, to=BERLIN))
    await stage.deliver(payload("call.gathered", "monday", seconds=5, to=BERLIN, data={"digits": "1"}))
    await stage.deliver(payload("call.completed", "monday", seconds=9, to=BERLIN))
    stage.clock.now += timedelta(days=1)
    await stage.dial(WRITTEN, "tuesday", "autumn")
    await stage.deliver(payload("call.failed", "tuesday", to=WRITTEN))
    await stage.deliver(payload("call.created", "strange", to=BERLIN))
    stage.clock.now += timedelta(days=1)
    given = {"number": BERLIN, "source": "letter", "reason": "asked by letter"}
    assert (await stage.client.post("/v1/suppressions", json=given)).status_code == 201


def path_of(named: str, **query: object) -> str:
    tail = "&".join(f"{name}={value}" for name, value in query.items())
    return f"/v1/people/{named.replace('+', '%2B')}" + (f"?{tail}" if tail else "")


async def person(stage: Serving, named: str, **query: object) -> Any:
    return await stage.json(path_of(named, **query))


def brief(found: Any) -> dict[str, Any]:
    """Where they stand in each campaign, and which calls and attempts there are."""
    return {
        "spellings": [one["number"] for one in found["spellings"]],
        "campaigns": {
            one["campaign_id"]: (one["number"], one["status"], [reason["rule"] for reason in one["verdict"]["reasons"]])
            for one in found["campaigns"]
        },
        "calls": [(one["call_id"], one["campaign_id"], one["reached"]) for one in found["calls"]],
        "attempts": [(one["attempt_id"], one["campaign_id"], one["number"]) for one in found["attempts"]],
        "suppression": found["suppression"] and found["suppression"]["reason"],
    }


@pytest.mark.parametrize("named", [BERLIN, WRITTEN, "the pseudonym of one", "the pseudonym of the other"])
def test_all_spellings_are_one_person_with_every_call_attempt_suppression_and_verdict(
    tmp_path: Path, named: str
) -> None:
    async def scene(stage: Serving) -> None:
        await a_life(stage)
        by = {"the pseudonym of one": stage.known_as(BERLIN), "the pseudonym of the other": stage.known_as(WRITTEN)}
        found = await person(stage, by.get(named, named), at_least=stage.ledger.position)
        assert {**brief(found), "spellings": sorted(brief(found)["spellings"])} == {
            "spellings": [WRITTEN, BERLIN],
            "campaigns": {
                "spring_followup": (BERLIN, "reached", ["suppressed", "attempts_used_up"]),
                "autumn": (WRITTEN, "suppressed", ["suppressed", "attempts_used_up"]),
            },
            "calls": [("strange", None, False), ("tuesday", "autumn", False), ("monday", "spring_followup", True)],
            "attempts": [("att_tuesday", "autumn", WRITTEN), ("att_monday", "spring_followup", BERLIN)],
            "suppression": "asked by letter",
        }
        assert found["calls"][2]["person_proofs"] == ["digits"]
        assert [one["event"] for one in found["history"]] == [
            "recipient.suppressed",
            *("attempt.accepted", "attempt.started") * 2,
            *("recipient.enrolled",) * 2,
        ]

    play(tmp_path, scene)


def test_the_past_is_as_it_was_known_then(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await a_life(stage)
        then = time_text(NOON + timedelta(hours=12))
        by_instant = await person(stage, BERLIN, as_of=then)
        assert brief(by_instant)["calls"] == [("monday", "spring_followup", True)]
        assert by_instant["suppression"] is None
        assert brief(by_instant)["campaigns"]["autumn"] == (WRITTEN, "queued", [])
        accepted = next(one.position for one in stage.feed() if one.name == "attempt.accepted")
        begun = await person(stage, WRITTEN, as_of=accepted)
        assert brief(begun)["attempts"] == [("att_monday", "spring_followup", BERLIN)]
        assert brief(begun)["campaigns"]["spring_followup"][1] == "dialing"
        answer = await stage.client.get(path_of(BERLIN, as_of=1))
        assert answer.status_code == 404

    play(tmp_path, scene)


def test_a_call_that_was_somebody_elses_then_was_not_theirs(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(BERLIN, OTHER)
        await stage.settle(await stage.start(OTHER, "att_1"), Unresolved(why="time-out"))
        await stage.deliver(payload("call.created", "x", to=OTHER))
        assert (await stage.client.post("/v1/attempts/att_1/resolve", json={"call": "x"})).status_code == 200
        then = stage.ledger.position
        await stage.dial(BERLIN, "x")
        assert [one["call_id"] for one in (await person(stage, BERLIN))["calls"]] == ["x"]
        assert (await person(stage, BERLIN, as_of=then))["calls"] == []

    play(tmp_path, scene)


def test_one_whom_only_calls_of_others_name_is_shown_with_these(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.deliver(payload("call.answered", "strange", to=BERLIN))
        found = await person(stage, WRITTEN, at_least=stage.ledger.position)
        assert [one["call_id"] for one in found["calls"]] == ["strange"]
        assert (found["campaigns"], found["spellings"], found["history"]) == ([], [], [])
        answer = await stage.client.get(path_of("+493099999999"))
        assert answer.status_code == 404
        assert "3099999999" not in answer.text

    play(tmp_path, scene)


def test_who_was_released_and_whose_suppression_ran_out_are_not_suppressed(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        until = time_text(NOON + timedelta(days=1))
        for number in (BERLIN, OTHER):
            await stage.client.post("/v1/suppressions", json={"number": number, "expires_at": until})
        assert (await person(stage, BERLIN))["suppression"]["expires_at"] == until
        await stage.client.delete(f"/v1/suppressions/{OTHER.replace('+', '%2B')}")
        released = await person(stage, OTHER)
        assert (released["suppression"], released["history"][0]["event"]) == (None, "recipient.released")
        stage.clock.now += timedelta(days=2)
        assert (await person(stage, BERLIN))["suppression"] is None

    play(tmp_path, scene)


def test_viewers_ask_by_pseudonym_and_see_no_number_and_no_words(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await a_life(stage)
        del stage.client.headers["authorization"]
        for given in (BERLIN, WRITTEN):
            assert (await stage.client.get(path_of(given), headers=VIEWER)).status_code == 403
        path = path_of(stage.known_as(WRITTEN), at_least=stage.ledger.position)
        seen = await stage.client.get(path, headers=VIEWER)
        assert seen.status_code == 200
        for secret in (BERLIN[1:], WRITTEN[1:], FROM[1:], "letter", "olga"):
            assert secret not in seen.text
        assert len(seen.json()["calls"]) == 3
        whole = await stage.client.get(path, headers=AUDITOR)
        assert all(known in whole.text for known in (BERLIN, WRITTEN, "letter", "olga"))

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize("campaigns", [1, 6])
def test_a_person_is_put_together_as_often_however_many_campaigns_they_are_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, campaigns: int
) -> None:
    made = []

    def counted(*given: Any) -> RecipientState:
        made.append(given)
        return as_person(*given)

    monkeypatch.setattr(person_read, "as_person", counted)

    async def scene(stage: Serving) -> None:
        for n in range(campaigns):
            await stage.campaign(BERLIN, WRITTEN, campaign_id=f"campaign_{n}")
        found = await person(stage, BERLIN, at_least=stage.ledger.position)
        assert len(found["campaigns"]) == 2 * campaigns
        assert len(made) == 3  # by each spelling, and for the suppression

    play(tmp_path, scene)
