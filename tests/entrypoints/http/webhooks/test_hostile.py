"""What somebody may report who means harm, from the door to the rows and to all that is asked, on every database."""

import asyncio
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from application.commands.calls import receive_report
from domain import call
from domain.dial_outcome import Refused
from domain.quarantine import DeliveryQuarantined
from projections import row_writes
from projections.store import portions
from tests.adapters.ledger.postgres_server import Server
from tests.entrypoints.http.webhooks.deliveries import SIGNED
from tests.entrypoints.serving import TO, WAIT_SECONDS_MAX, Serving, in_path, play, until
from tests.hostile import deliveries

NUMBERS = [TO, *(f"+1555124{place:04}" for place in range(40))]
CALLS = [f"call_{number[1:]}" for number in NUMBERS]
AT_ONCE = 100
Answers = dict[str, Any]


@pytest.fixture(params=["sqlite", "postgresql"])
def environ(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param == "sqlite":
        return SIGNED
    server: Server = request.getfixturevalue("postgres")
    return {**SIGNED, "DIALTRAIL_DATABASE_URL": server.new_database()}


async def taken_in(stage: Serving) -> None:
    """The views and what the dialer goes by have come to the ledger's end, and left nothing out."""
    assert await stage.parts.projector.wait_for(stage.ledger.position, WAIT_SECONDS_MAX), stage.parts.projector.trouble
    await until(lambda: stage.parts.in_flight.position == stage.ledger.position)
    assert {part: why for part, why in stage.parts.troubles().items() if why is not None} == {}


async def all_of(stage: Serving, path: str) -> list[Any]:
    """A whole list, page by page."""
    items, page = [], await stage.json(path)
    while True:
        items += page["items"]
        if page["next"] is None:
            return items
        page = await stage.json(f"{path}{'&' if '?' in path else '?'}after={in_path(page['next'])}")


async def asked(stage: Serving) -> Answers:
    """All that can be read of calls and people."""
    answers: Answers = {
        path: await all_of(stage, path)
        for path in ("/v1/calls", "/v1/campaigns/spring_followup/recipients", "/v1/quarantine", "/v1/events?limit=1000")
    }
    for one in answers["/v1/calls"]:
        for part in ("", "/timeline", "/deliveries", "/events"):
            path = f"/v1/calls/{in_path(one['call_id'])}{part}"
            answers[path] = await stage.json(path)
    for one in answers["/v1/campaigns/spring_followup/recipients"]:
        path = f"/v1/campaigns/spring_followup/recipients/{in_path(one['number'])}"
        answers[path] = await stage.json(path)
    return answers


def test_whatever_is_reported_is_stored_as_it_came_and_stops_nothing(tmp_path: Path, environ: dict[str, str]) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(*NUMBERS)
        for number, call_id in zip(NUMBERS, CALLS, strict=True):
            await stage.dial(number, call_id)
        sent = list(deliveries(CALLS))
        for some in portions(sent, AT_ONCE):
            answers = await asyncio.gather(*(stage.deliver(body) for _, body in some))
            assert [kind for (kind, _), one in zip(some, answers, strict=True) if one.status_code != 204] == []
        await taken_in(stage)
        events = [one.event for one in stage.feed()]
        kept = {event.arrived for event in events if isinstance(event, call.Report)}
        kept |= {event.body for event in events if isinstance(event, DeliveryQuarantined)}
        assert [kind for kind, body in sent if body not in kept] == []
        await asked(stage)
        await stage.enroll("+15551259999")
        await stage.dial("+15551259999", "call_after")
        await taken_in(stage)

    play(tmp_path, scene, **environ)


def stored_before(call_id: str, text: str) -> call.CallAnswered:
    """A report as versions stored it that took each text as it was said."""
    said = call.CallSnapshot(status=text, direction=text, from_number=text, to_number=text)
    key = f"call.answered|key|{call_id}"
    return call.CallAnswered(source="webhook", key=key, digest="0" * 64, body="{}", snapshot=said)


@pytest.mark.parametrize("text", ["+1555\x00123", "\x00", "\x00\x00outbound\x00"])
def test_what_was_stored_before_with_nul_in_it_is_still_a_call_and_stays_as_it_was_said(
    tmp_path: Path, environ: dict[str, str], text: str
) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(*NUMBERS[:2])
        await stage.dial(NUMBERS[0], CALLS[0])
        for call_id in (CALLS[0], "call_of_nobody"):
            await stage.do(receive_report(call_id, stored_before(call_id, text)), "webhooks")
        refused = Refused(status=400, code=text, body="{}", concerns="recipient", counts=False)
        await stage.settle(await stage.start(NUMBERS[1], "att_refused"), refused)
        await taken_in(stage)
        reports = [one.event for one in stage.feed() if isinstance(one.event, call.CallAnswered)]
        assert [one.snapshot.from_number for one in reports] == [text, text]
        shown = {one["call_id"]: one for one in (await asked(stage))["/v1/calls"]}
        assert (shown["call_of_nobody"]["direction"], shown["call_of_nobody"]["phase"]) == (
            text.replace("\x00", "\ufffd"),
            "in_progress",
        )
        assert await all_of(stage, "/v1/views/compare") == []

    play(tmp_path, scene, **environ)


def test_a_row_that_the_database_refuses_leaves_its_event_out_and_stops_neither_views_nor_dialer(
    tmp_path: Path, postgres: Server
) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        with patch.object(row_writes, "storable_rows", lambda _, rows: rows):
            await stage.do(receive_report("call_bad", stored_before("call_bad", "\x00")), "webhooks")
            await stage.dial(TO, CALLS[0])
            wanted = stage.ledger.position
            assert await stage.parts.projector.wait_for(wanted, WAIT_SECONDS_MAX), stage.parts.projector.trouble
        await until(lambda: stage.parts.in_flight.position == wanted)
        assert (stage.parts.projector.trouble, stage.parts.follower.trouble) == (None, None)
        assert "call.answered of call call_bad, at position" in str(stage.parts.projector.left_out)
        assert [one["call_id"] for one in await all_of(stage, "/v1/calls")] == [CALLS[0]]
        (parked,) = (await stage.json("/v1/views"))["parked"]
        assert parked["error"] == "DataError in call.answered"

    play(tmp_path, scene, **SIGNED, DIALTRAIL_DATABASE_URL=postgres.new_database())
