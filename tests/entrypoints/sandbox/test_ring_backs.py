import pytest

from entrypoints.sandbox.calls import CallStatus, Origin
from tests.entrypoints.sandbox.stage import FROM, TO, Stage, play, until


@pytest.mark.parametrize("answer_rate", [0.0, 1.0])
def test_who_was_called_rings_back_the_number_that_called(answer_rate: float) -> None:
    async def scene(stage: Stage) -> None:
        await stage.post()
        await until(lambda: any(call.origin is Origin.INBOUND and call.settled for call in stage.sandbox.calls))
        came_in = [call for call in stage.sandbox.calls if call.origin is Origin.INBOUND]
        assert [(call.from_number, call.to_number, call.direction) for call in came_in] == [(TO, FROM, "inbound")]
        assert came_in[0].events[:2] == ["call.created", "call.answered"]
        assert came_in[0].state is CallStatus.COMPLETED
        assert came_in[0].cost == 0

    play(scene, ring_back_rate=1.0, ring_back_seconds=0.01, answer_rate=answer_rate)


def test_nobody_rings_back_unless_asked_to() -> None:
    async def scene(stage: Stage) -> None:
        await stage.post()
        await stage.ended()
        assert [call.origin for call in stage.sandbox.calls] == [Origin.API]

    play(scene)


def test_one_rings_when_told_to() -> None:
    async def scene(stage: Stage) -> None:
        done = await stage.client.post("/_sandbox/calls", json={"from": TO, "to": FROM})
        assert (done.status_code, done.json()["origin"], done.json()["from"]) == (200, "inbound", TO)
        await stage.ended()
        (call,) = stage.sandbox.calls
        assert call.events == ["call.created", "call.answered", "call.completed"]

    play(scene, answer_rate=0.0)


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"to": FROM}, "from is required"),
        ({"from": TO, "to": "us"}, "to is required and must be an E.164 number"),
        ({"from": TO, "to": FROM, "application_id": "app_9"}, "names no application"),
    ],
)
def test_what_is_no_call_is_refused(asked: dict[str, str], complaint: str) -> None:
    async def scene(stage: Stage) -> None:
        done = await stage.client.post("/_sandbox/calls", json=asked)
        assert done.status_code == 400
        assert complaint in done.json()["error"]["message"]

    play(scene)
