from time import perf_counter

import pytest

from tests.entrypoints.sandbox.stage import FROM, TO, Stage, play, until

OURS = {"campaign_id": "spring"}
USAGE = "/v1/usage?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z"


async def read(stage: Stage) -> dict[str, object]:
    """The last call."""
    found: dict[str, object] = (await stage.client.get(f"/v1/calls/{stage.sandbox.calls[-1].id}")).json()
    return found


@pytest.mark.parametrize("echo", ["response", "both"])
def test_a_call_is_read_with_its_state_and_our_metadata_until_its_end(echo: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.post(metadata=OURS, record=True)
        same = {"direction": "outbound", "from": FROM, "to": TO, "metadata": {**OURS, "record": True}}
        assert await read(stage) == {**same, "id": stage.sandbox.calls[0].id, "status": "dialing"}
        stage.sandbox.update(ring_seconds="0.01")
        await stage.post(metadata=OURS, record=True)
        call = stage.sandbox.calls[1]
        await until(lambda: "call.answered" in call.events)
        assert await read(stage) == {**same, "id": call.id, "status": "in_progress"}
        stage.sandbox.hang_up(call.id)
        assert await read(stage) == {**same, "id": call.id, "status": "completed"}

    play(scene, echo_metadata=echo, ring_seconds="60", talk_seconds="60")


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_call_that_nobody_answered_is_read_as_it_ended(status: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.post(metadata=OURS)
        await stage.ended()
        call = await read(stage)
        assert (call["status"], "metadata" in call) == (status, False)

    play(scene, answer_rate=0.0, busy_rate=1.0, canceled_rate=float(status == "canceled"), echo_metadata="webhooks")


def test_a_call_that_exists_in_spite_of_a_502_is_read_as_failed() -> None:
    async def scene(stage: Stage) -> None:
        assert await stage.refused() == (502, "originate_failed")
        await stage.ended()
        assert (await read(stage))["status"] == "failed"

    play(scene, error_502_rate=1.0, error_call_exists_rate=1.0)


def test_reads_can_fail() -> None:
    async def scene(stage: Stage) -> None:
        call_id = (await stage.post()).json()["id"]
        for path in (f"/v1/calls/{call_id}", f"/v1/calls/{call_id}/ai", USAGE, "/v1/calls/unknown"):
            response = await stage.client.get(path)
            assert (response.status_code, response.json()["error"]["code"]) == (500, "internal_error")
        faults = [line["fault"] for line in stage.sandbox.log.lines("request")]
        assert faults == [None, *["read_error"] * 4]

    play(scene, read_error_rate=1.0)


def test_reads_can_be_slow() -> None:
    async def scene(stage: Stage) -> None:
        await stage.post()
        started = perf_counter()
        assert (await read(stage))["to"] == TO
        assert perf_counter() - started >= 0.2
        assert stage.sandbox.log.lines("request")[-1]["fault"] == "read_slow"

    play(scene, read_slow_rate=1.0, slow_seconds="0.2:0.3")
