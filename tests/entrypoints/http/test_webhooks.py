import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from domain import call
from domain.call import CallCompleted, CallCreated, CallRedelivered, CallReported, CallSnapshot
from domain.events import Recorded
from domain.instants import time_text
from tests.entrypoints.http.webhooks.deliveries import (
    COMPLETED,
    CREATED,
    SENT,
    SIGNED,
    VECTOR,
    VECTOR_SIGNATURE,
    digest,
)
from tests.entrypoints.serving import NOON, SECRET, Serving, at, payload, play, signature

pytestmark = pytest.mark.usefixtures("way")


def report(stage: Serving, place: int) -> call.Report:
    event = stage.feed()[place].event
    assert isinstance(event, call.Report)
    return event


def test_the_documented_creation_is_stored_verbatim_with_the_headers_worth_keeping(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.deliver(CREATED, SENT)
        assert (answer.status_code, answer.content) == (204, b"")
        assert stage.feed() == [
            Recorded(
                position=1,
                event_id="id-1",
                stream="call:call_123",
                version=1,
                recorded_at=NOON,
                metadata={"actor": "webhook", "received_at": time_text(NOON)},
                event=CallCreated(
                    source="webhook",
                    key="call.created|key|call_123:call.created",
                    digest=digest(CREATED),
                    body=CREATED.decode(),
                    occurred_at=NOON,
                    snapshot=CallSnapshot(
                        status="in_progress",
                        direction="outbound",
                        from_number="+15551230001",
                        to_number="+15551230002",
                    ),
                    headers={**SENT, **signature(SECRET, CREATED)},
                ),
            )
        ]

    play(tmp_path, scene, **SIGNED)


def test_the_documented_end_and_its_twin_with_another_body_are_both_stored_in_full(tmp_path: Path) -> None:
    def completed(body: bytes, direction: str, headers: dict[str, str], *, same_key: bool) -> CallCompleted:
        return CallCompleted(
            source="webhook",
            key="call.completed",
            digest=digest(body),
            body=body.decode(),
            occurred_at=NOON + timedelta(minutes=10),
            snapshot=CallSnapshot(
                status="completed", direction=direction, from_number="+15551230001", to_number="+15551230002"
            ),
            headers=headers,
            same_key=same_key,
        )

    async def scene(stage: Serving) -> None:
        vector = {"x-minivoice-timestamp": "1780056600", "x-minivoice-signature": VECTOR_SIGNATURE}
        stage.secret = None
        first = await stage.deliver(COMPLETED, SENT | signature(SECRET, COMPLETED))
        second = await stage.deliver(VECTOR, SENT | vector)
        assert (first.status_code, second.status_code) == (204, 204)
        assert [recorded.event for recorded in stage.feed()] == [
            completed(COMPLETED, "inbound", SENT | signature(SECRET, COMPLETED), same_key=False),
            completed(VECTOR, "outbound", SENT | vector, same_key=True),
        ]
        assert (await stage.json("/v1/calls/call_123"))["state"]["outcome"] == "completed"

    play(tmp_path, scene, **SIGNED)


@pytest.mark.parametrize(
    "name",
    [
        "call.created",
        "call.answered",
        "call.gathered",
        "call.completed",
        "call.failed",
        "call.canceled",
        "recording.started",
        "recording.completed",
        "recording.failed",
    ],
)
def test_every_event_of_the_provider_is_stored_under_its_name(tmp_path: Path, name: str) -> None:
    body = payload(name, data={"digits": "42", "timed_out": False, "unheard_of": [1, {"a": None}]}, surprise=True)

    async def scene(stage: Serving) -> None:
        assert (await stage.deliver(body)).status_code == 204
        assert stage.names() == [name]
        assert report(stage, 0).body == body.decode()

    play(tmp_path, scene)


def test_credentials_in_other_headers_are_nowhere_in_the_ledger(tmp_path: Path) -> None:
    secrets = {"authorization": "Bearer hidden-bearer", "cookie": "session=hidden-cookie", "x-api-key": "hidden-key"}

    async def scene(stage: Serving) -> None:
        await stage.deliver(CREATED, {**secrets, "user-agent": "shown-agent"})
        await stage.deliver(CREATED, {**secrets, "user-agent": "shown-again"})
        await stage.deliver(b"unreadable", {**secrets, "user-agent": "shown-quarantined"})
        assert stage.names() == ["call.created", "call.redelivered", "delivery.quarantined"]
        stored = stage.stored_bytes()
        assert all(shown in stored for shown in (b"shown-agent", b"shown-again", b"shown-quarantined"))
        assert b"hidden" not in stored

    play(tmp_path, scene, **SIGNED)


def test_an_event_of_an_unknown_name_is_stored_and_shown(tmp_path: Path) -> None:
    body = payload("call.transferred", seconds=3, data={"to": "sip:someone"})

    async def scene(stage: Serving) -> None:
        assert (await stage.deliver(body)).status_code == 204
        event = report(stage, 0)
        assert isinstance(event, CallReported)
        assert (event.NAME, event.name, event.body) == ("call.reported", "call.transferred", body.decode())
        assert [entry["detail"]["name"] for entry in (await stage.json("/v1/calls/call_1/timeline"))["entries"]] == [
            "call.transferred"
        ]

    play(tmp_path, scene)


def test_a_redelivery_is_noted_with_its_own_headers_and_changes_no_state(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.secret = None
        await stage.deliver(CREATED, SENT | signature(SECRET, CREATED))
        before = await stage.json("/v1/calls/call_123")
        again = SENT | signature(SECRET, CREATED, "1780056700")
        assert (await stage.deliver(CREATED, again)).status_code == 204
        assert stage.feed()[1].event == CallRedelivered(
            key="call.created|key|call_123:call.created", digest=digest(CREATED), headers=again
        )
        assert await stage.json("/v1/calls/call_123") == {**before, "position": 2}

    play(tmp_path, scene, **SIGNED)


def test_a_report_repeated_hundreds_of_times_is_acknowledged_and_stops_growing_the_ledger(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        answers = await asyncio.gather(*(stage.deliver(CREATED) for _ in range(150)))
        assert {answer.status_code for answer in answers} == {204}
        assert stage.names() == ["call.created"] + ["call.redelivered"] * call.REDELIVERIES_PER_KEY_MAX

    play(tmp_path, scene)


def test_a_call_of_somebody_else_is_shown_without_a_campaign(tmp_path: Path) -> None:
    body = payload("call.created", "call_of_others", to="+15559990000", direction="inbound")

    async def scene(stage: Serving) -> None:
        await stage.deliver(body)
        assert await stage.json("/v1/calls/call_of_others") == {
            "call_id": "call_of_others",
            "campaign_id": None,
            "number": "+15559990000",
            "attempt_id": None,
            "claimed_by": None,
            "direction": "inbound",
            "from": "+15551230001",
            "to": "+15559990000",
            "state": {
                "phase": "dialing",
                "outcome": None,
                "plain_outcome": "ringing",
                "talk_seconds": None,
                "reached": False,
                "answer_proofs": [],
                "person_proofs": [],
                "served_at": None,
                "step": "call.created",
                "created_at": at(0),
                "answered_at": None,
                "ended_at": None,
                "contested": False,
            },
            "insights": {},
            "position": 1,
        }

    play(tmp_path, scene)
