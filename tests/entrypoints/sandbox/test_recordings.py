from datetime import timedelta

import pytest

from tests.entrypoints.sandbox.stage import Stage, play, until


async def asked(stage: Stage, action: str) -> tuple[int, str | None]:
    path = f"/v1/calls/{stage.sandbox.calls[0].id}/recordings"
    response = await stage.client.post(path, json={"action": action})
    return response.status_code, response.json().get("error", {}).get("code")


def recording_ids(stage: Stage, event: str) -> list[str]:
    lines = [str(line["body"]) for line in stage.sandbox.log.lines("delivery") if line["event"] == event]
    return [line.split('"recording":{"id":"')[1].split('"')[0] for line in lines]


def test_a_recording_is_ready_late_and_its_ai_results_after_that() -> None:
    async def scene(stage: Stage) -> None:
        call_id = (await stage.post(record=True)).json()["id"]
        call = stage.sandbox.calls[0]
        await stage.ended()
        assert call.events[-2:] == ["call.completed", "recording.completed"]
        assert call.recorded_at
        assert call.ended_at
        assert call.recorded_at - call.ended_at >= timedelta(seconds=0.59)
        early = await stage.client.get(f"/v1/calls/{call_id}/transcription")
        assert (early.status_code, early.json()["error"]["code"]) == (404, "transcription_not_found")
        stage.sandbox.update(ai_seconds="0")
        assert (await stage.client.get(f"/v1/calls/{call_id}/transcription")).status_code == 200

    play(scene, recording_seconds="0.6:0.8", ai_seconds="600:1200")


def test_minutes_are_a_span_too() -> None:
    async def scene(stage: Stage) -> None:
        await stage.post(record=True)
        await until(lambda: not stage.sandbox.calls[0].active)
        assert (stage.sandbox.calls[0].recordings_unready, stage.sandbox.calls[0].settled) == (1, False)

    play(scene, recording_seconds="60:600")


def test_a_recording_that_failed_has_no_ai_results() -> None:
    async def scene(stage: Stage) -> None:
        call_id = (await stage.post(record=True)).json()["id"]
        await stage.ended()
        assert stage.sandbox.calls[0].events[-1] == "recording.failed"
        response = await stage.client.get(f"/v1/calls/{call_id}/ai-score")
        assert (response.status_code, response.json()["error"]["code"]) == (404, "ai_score_not_found")

    play(scene, recording_failed_rate=1.0, ai_seconds=0)


def test_a_recording_started_by_hand_ends_with_the_call_and_each_has_its_own_id() -> None:
    async def scene(stage: Stage) -> None:
        call_id = (await stage.post()).json()["id"]
        assert [await asked(stage, action) for action in ("start", "stop", "start")] == [(200, None)] * 3
        stage.sandbox.hang_up(call_id)
        await stage.ended()
        ids = [f"rec_{call_id}", f"rec_{call_id}_2"]
        assert recording_ids(stage, "recording.started") == ids
        assert sorted(recording_ids(stage, "recording.completed")) == ids

    play(scene, ring_seconds="60")


@pytest.mark.parametrize(
    ("rate", "start", "stop"),
    [
        ("call_uuid_missing_rate", (409, "call_uuid_missing"), (409, "call_uuid_missing")),
        ("recording_start_failed_rate", (500, "recording_start_failed"), (200, None)),
        ("recording_stop_failed_rate", (200, None), (500, "recording_stop_failed")),
    ],
)
def test_requests_about_recordings_can_fail(
    rate: str, start: tuple[int, str | None], stop: tuple[int, str | None]
) -> None:
    async def scene(stage: Stage) -> None:
        await stage.post()
        stage.sandbox.update(**{rate: 1.0})
        assert await asked(stage, "start") == start
        stage.sandbox.update(**{rate: 0.0})
        await asked(stage, "start")
        stage.sandbox.update(**{rate: 1.0})
        assert await asked(stage, "stop") == stop
        assert stage.sandbox.calls[0].recording_on == (stop[0] != 200)
        faults = [line["fault"] for line in stage.sandbox.log.lines("request")]
        assert faults.count("recording") == (start[0] != 200) + (stop[0] != 200)

    play(scene, ring_seconds="60")
