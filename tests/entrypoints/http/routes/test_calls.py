import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.serving import (
    FROM,
    NOON,
    OTHER,
    TICK,
    TO,
    Serving,
    accepted,
    assert_problem,
    at,
    invalid,
    payload,
    play,
    problem,
)

NO_CALL = problem(
    "not-found",
    404,
    "Nothing is known under that name",
    "no call with this id is in the ledger; `dialtrail status CAMPAIGN NUMBER` shows a recipient's call ids",
)
ENDED: dict[str, Any] = {
    "phase": "ended",
    "outcome": "completed",
    "plain_outcome": "answered",
    "talk_seconds": 6.0,
    "reached": True,
    "answer_proofs": ["call.answered"],
    "person_proofs": [],
    "served_at": None,
    "step": "call.answered",
    "created_at": at(0),
    "answered_at": at(3),
    "ended_at": at(9),
    "contested": False,
}
NOBODYS: dict[str, Any] = {"call_id": "call_1", "campaign_id": None, "number": TO, "state": ENDED}


async def tell(stage: Serving, *deliveries: bytes) -> None:
    for body in deliveries:
        assert (await stage.deliver(body)).status_code == 204


async def tell_all(stage: Serving) -> None:
    """A whole call, its end first and its beginning twice."""
    completed, created = payload("call.completed", seconds=9), payload("call.created", data={"event_key": "k"})
    await tell(stage, completed, created, payload("call.answered", seconds=3), created)


def entry(stage: Serving, place: int, **more: Any) -> dict[str, Any]:
    """What an entry has of its event in the ledger, by its place there."""
    one = stage.feed()[place]
    event: Any = one.event
    return {
        "position": one.position,
        "event": one.name,
        "source": event.source,
        "order_known": True,
        "occurred_at": at((event.occurred_at - NOON).total_seconds()),
        "recorded_at": at(0, (one.recorded_at - NOON) // TICK),
        "deliveries": 1,
        "notes": [],
        "key": event.key,
        "detail": {"direction": "outbound", "digest": event.digest},
        **more,
    }


def test_a_timeline_has_every_report_in_the_order_in_which_it_happened(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell_all(stage)
        assert await stage.json("/v1/calls/call_1/timeline") == {
            **NOBODYS,
            "entries": [
                entry(stage, 1, notes=["out_of_order", "redelivered"], deliveries=2),
                entry(stage, 2, notes=["out_of_order"]),
                entry(stage, 0),
            ],
            "position": 4,
        }

    play(tmp_path, scene)


def test_a_call_that_was_claimed_shows_whose_it_is_and_why(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.dial(TO, "call_1")
        assert await stage.json("/v1/calls/call_1") == {
            "call_id": "call_1",
            "campaign_id": "spring_followup",
            "number": TO,
            "attempt_id": "att_call_1",
            "claimed_by": "response",
            "direction": None,
            "from": FROM,
            "to": TO,
            "insights": {},
            "state": {**ENDED, "phase": "dialing", "outcome": None, "reached": False, "step": "call.created"}
            | {"answered_at": None, "ended_at": None, "answer_proofs": []}
            | {"plain_outcome": "ringing", "talk_seconds": None},
            "position": 7,
        }
        timeline = await stage.json("/v1/calls/call_1/timeline")
        assert [(one["event"], one["source"], one["detail"].get("how")) for one in timeline["entries"]] == [
            ("call.claimed", "dialtrail", "response"),
            ("call.created", "api", None),
        ]

    play(tmp_path, scene)


@pytest.mark.parametrize("name", ["recording.completed", "recording.failed", "recording.started"])
def test_a_recording_that_is_reported_days_later_is_shown_late_and_reopens_nothing(tmp_path: Path, name: str) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.dial(TO, "call_1")
        await tell(stage, payload("call.answered", seconds=3), payload("call.completed", seconds=9))
        before = await stage.json("/v1/calls/call_1")
        figures = await stage.json("/v1/campaigns/spring_followup")
        in_flight = stage.parts.in_flight
        under_way = (dict(in_flight.attempts.open), dict(in_flight.calls.open), in_flight.calls.ended)
        stage.clock.now += timedelta(days=3)
        for seconds in (2, 12, 12):
            await tell(stage, payload(name, seconds=seconds, data={"recording": {"id": "rec_1"}}))
        after = await stage.json("/v1/calls/call_1")
        # One that began is a step of the call; that there is one proves the answer, too.
        may_change = {"step": after["state"]["step"], "answer_proofs": after["state"]["answer_proofs"]}
        assert after == {**before, "state": {**before["state"], **may_change}, "position": after["position"]}
        proofs = ["call.answered"] + ([name] if name != "recording.failed" else [])
        assert after["state"]["answer_proofs"] == proofs
        assert (after["state"]["step"] == before["state"]["step"]) is (name != "recording.started")
        assert (dict(in_flight.attempts.open), dict(in_flight.calls.open), in_flight.calls.ended) == under_way
        now = await stage.json(f"/v1/campaigns/spring_followup?at_least={after['position']}")
        assert [now[word] for word in ("state", "recipients")] == [figures[word] for word in ("state", "recipients")]
        entries = (await stage.json("/v1/calls/call_1/timeline"))["entries"]
        shown = [(one["notes"], one["deliveries"]) for one in entries if one["event"] == name]
        assert shown == [(["late", "out_of_order"], 1), (["late", "redelivered"], 2)]
        (listed,) = (await stage.json(f"/v1/calls?at_least={after['position']}"))["items"]
        assert (listed["phase"], listed["outcome"], listed["anomalies"]) == (
            "ended",
            "completed",
            ["late", "redelivered"],
        )

    play(tmp_path, scene)


def test_the_number_of_a_claimed_call_is_known_while_the_view_is_behind(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.parts.follower.stop()
        await asyncio.to_thread(stage.parts.projector.stop)
        await stage.dial(TO, "call_1")
        assert (await stage.json("/v1/calls/call_1"))["number"] == TO

    play(tmp_path, scene)


def test_the_number_of_a_claimed_call_is_its_recipients_whomever_the_provider_names(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.settle(await stage.start(TO, "att_1"), accepted("call_1", OTHER))
        shown = await stage.json("/v1/calls/call_1")
        assert (shown["number"], shown["to"]) == (TO, OTHER)

    play(tmp_path, scene)


def test_what_was_acknowledged_is_in_the_very_next_answer(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for place in range(50):
            await tell(stage, payload("call.gathered", seconds=place))
            assert len((await stage.json("/v1/calls/call_1/timeline"))["entries"]) == place + 1

    play(tmp_path, scene)


def test_events_are_what_the_ledger_holds_redeliveries_too(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell_all(stage)
        answer = await stage.json("/v1/calls/call_1/events")
        assert (answer["next"], answer["position"]) == (None, 4)
        assert [item["event"] for item in answer["items"]] == [
            "call.completed",
            "call.created",
            "call.answered",
            "call.redelivered",
        ]
        body = payload("call.completed", seconds=9)
        assert answer["items"][0] == {
            "position": 1,
            "event": "call.completed",
            "stream": "call:call_1",
            "version": 1,
            "event_id": "id-1",
            "recorded_at": at(0),
            "clock_at": None,
            "metadata": {"actor": "webhook", "received_at": at(0)},
            "body": {
                "source": "webhook",
                "key": "call.completed",
                "digest": stage.feed()[0].event.digest,  # type: ignore[union-attr]
                "body": body.decode(),
                "occurred_at": "2026-05-29T12:00:09Z",
                "snapshot": {"direction": "outbound", "from_number": FROM, "to_number": TO},
                "headers": {
                    "content-type": "application/json",
                    "user-agent": answer["items"][0]["body"]["headers"]["user-agent"],
                },
            },
        }

    play(tmp_path, scene)


def test_events_come_in_pages(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage, payload("call.answered", "other"))
        await tell_all(stage)
        first = await stage.json("/v1/calls/call_1/events?limit=2")
        second = await stage.json(f"/v1/calls/call_1/events?limit=2&after={first['next']}")
        pages = [[item["position"] for item in page["items"]] for page in (first, second)]
        assert (pages, second["next"]) == ([[2, 3], [4, 5]], None)

    play(tmp_path, scene)


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x"])
def test_a_page_of_events_has_its_bounds(tmp_path: Path, query: str) -> None:
    async def scene(stage: Serving) -> None:
        await tell_all(stage)
        answer = await stage.client.get(f"/v1/calls/call_1/events?{query}")
        assert_problem(answer, invalid("limit", "must be a whole number from 1 to 1000"))

    play(tmp_path, scene)


@pytest.mark.parametrize("end", ["", "/timeline", "/events"])
def test_a_call_that_nobody_spoke_of_is_not_found(tmp_path: Path, end: str) -> None:
    async def scene(stage: Serving) -> None:
        assert_problem(await stage.client.get(f"/v1/calls/nobody{end}"), NO_CALL)

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("x" * 201, "is longer than 200 characters"),
        ("a%00b", "has control characters"),
        ("%0A", "has control characters"),
    ],
)
def test_what_cannot_be_a_call_id_is_refused(tmp_path: Path, written: str, message: str) -> None:
    async def scene(stage: Serving) -> None:
        assert_problem(await stage.client.get(f"/v1/calls/{written}"), invalid("call id", message))
        assert_problem(await stage.client.get("/v1/calls/%ff"), invalid("id", "is not UTF-8 when percent-decoded"))

    play(tmp_path, scene)


def test_a_call_without_a_time_or_parties_shows_nulls(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage, b'{"event":"call.answered","call":{"id":"call_1"}}')
        shown = await stage.json("/v1/calls/call_1")
        assert {shown[name] for name in ("campaign_id", "number", "attempt_id", "direction", "from", "to")} == {None}
        assert (shown["state"]["phase"], shown["state"]["answered_at"]) == ("in_progress", None)
        only = (await stage.json("/v1/calls/call_1/timeline"))["entries"][0]
        assert (only["occurred_at"], only["notes"]) == (None, ["no_time"])

    play(tmp_path, scene)
