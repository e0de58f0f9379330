from typing import Any

from entrypoints.sandbox import webhooks
from tests.entrypoints.sandbox.receiver import Receiver, receiving
from tests.entrypoints.sandbox.stage import FROM, PAYLOADS, TO, Stage, documented, play, until


def shape(value: object) -> object:
    """Field names and JSON types, in order."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    return type(value).__name__


def test_the_signature_of_the_documents_vector() -> None:
    raw_body = (PAYLOADS / "signed-vector.json").read_bytes()
    assert len(raw_body) == 250
    signed = webhooks.signature("change-me", "1780056600", raw_body)
    assert signed == "v1=b9eea18b6998c5426a4482f3604330694e53e117e2032c8d1f974c5a607d0448"


def test_answers_have_the_documented_fields_in_the_documented_order() -> None:
    async def scene(stage: Stage) -> None:
        placed = await stage.post(record=True, metadata={"campaign_id": "spring_followup"})
        assert placed.status_code == 201
        expected = documented("post-call-response.json")
        assert list(placed.json()) == list(expected)
        assert shape(placed.json()) == shape(expected)
        same = ("status", "direction", "from", "to", "metadata", "route_mode", "answer_url")
        assert {name: placed.json()[name] for name in same} == {name: expected[name] for name in same}
        read = await stage.client.get(f"/v1/calls/{placed.json()['id'].replace('.', '%2E')}")
        assert list(read.json()) == list(documented("get-call-response.json"))
        assert read.json() == {
            "id": placed.json()["id"],
            "status": "dialing",
            "direction": "outbound",
            "from": FROM,
            "to": TO,
        }

    play(scene, ring_seconds="60")


async def heard(stage: Stage, receiver: Receiver, *events: str) -> dict[Any, dict[str, Any]]:
    stage.sandbox.update(webhook_url=receiver.url)
    await stage.post(record=True, metadata={"campaign_id": "spring"})
    await until(lambda: set(events) <= set(receiver.events()))
    return {webhook.event: webhook.body for webhook in receiver.received}


def test_webhooks_have_the_documented_fields() -> None:
    async def scene(stage: Stage) -> None:
        async with receiving() as receiver:
            events = await heard(stage, receiver, "call.created", "call.completed", "recording.completed")
            call = stage.sandbox.calls[0]
            created, completed = events["call.created"], events["call.completed"]
            expected = documented("webhook-call-created.json")
            assert shape(created) == shape(expected)
            assert list(created["call"]) == list(expected["call"])
            assert (created["call"]["status"], created["data"]) == (
                "in_progress",
                {"event_key": f"{call.id}:call.created"},
            )
            assert shape(completed) == shape(documented("webhook-call-completed.json"))
            assert (completed["data"], completed["call"]["status"], completed["call"]["direction"]) == (
                {},
                "completed",
                "inbound",
            )
            gathered = events["call.gathered"]["data"]
            named = {"digits", "status", "timed_out", "min_digits", "max_digits", "timeout_seconds", "finish_on_key"}
            assert set(gathered) == named

    play(scene, gather_rate=1.0, wrong_direction_rate=1.0)


def test_webhooks_are_signed_over_their_raw_bytes() -> None:
    async def scene(stage: Stage) -> None:
        async with receiving() as receiver:
            await heard(stage, receiver, "call.completed")
            for webhook in receiver.received:
                timestamp = webhook.headers["X-MiniVoice-Timestamp"]
                assert timestamp.isdigit()
                signed = webhooks.signature("s3cret", timestamp, webhook.raw_body)
                assert webhook.headers["X-MiniVoice-Signature"] == signed

    play(scene, webhook_secret="s3cret")


def test_without_a_secret_webhooks_carry_no_signature() -> None:
    async def scene(stage: Stage) -> None:
        async with receiving() as receiver:
            await heard(stage, receiver, "call.created")
            assert not [name for name in receiver.received[0].headers if name.startswith("X-MiniVoice")]

    play(scene)


def test_metadata_comes_back_where_it_is_asked_to() -> None:
    async def scene(stage: Stage) -> None:
        async with receiving() as receiver:
            stage.sandbox.update(webhook_url=receiver.url, echo_metadata="both")
            placed = await stage.post(metadata={"campaign_id": "spring"})
            assert placed.json()["metadata"] == {"campaign_id": "spring"}
            await until(lambda: "call.created" in receiver.events())
            call = receiver.received[0].body["call"]
            assert isinstance(call, dict)
            assert call["metadata"] == {"campaign_id": "spring"}
            stage.sandbox.update(echo_metadata="none")
            assert (await stage.post(metadata={"campaign_id": "spring"})).json()["metadata"] == {}

    play(scene)


def test_usage_has_the_documented_fields_and_the_settled_totals() -> None:
    async def scene(stage: Stage) -> None:
        await stage.post()
        await stage.ended()
        window = {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
        usage = (await stage.client.get("/v1/usage", params=window)).json()
        assert shape(usage) == shape(documented("usage-response.json"))
        summary = {"calls": 1, "billsec_seconds": 1, "cost_amount": "0.012", "cost_currency": "EUR"}
        assert usage == {"application_id": "app_1", **window, "summary": summary}
        past = {"from": "2020-01-01T00:00:00Z", "to": "2020-02-01T00:00:00Z"}
        nothing = (await stage.client.get("/v1/usage", params=past)).json()["summary"]
        assert nothing == {"calls": 0, "billsec_seconds": 0, "cost_amount": "0.00", "cost_currency": "EUR"}
        wrong = await stage.client.get("/v1/usage", params={"from": "2020-01-01"})
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "invalid_request")

    play(scene)


def test_recordings_are_started_and_stopped_by_hand() -> None:
    async def scene(stage: Stage) -> None:
        call_id = (await stage.post()).json()["id"]
        path = f"/v1/calls/{call_id}/recordings"

        async def answer(action: object, to: str = path) -> tuple[int, object]:
            response = await stage.client.post(to, json={"action": action})
            return response.status_code, response.json().get("error", {}).get("code")

        assert await answer("pause") == (400, "invalid_action")
        assert await answer("stop") == (409, "recording_not_started")
        started = await stage.client.post(path, json={"action": "start"})
        assert shape(started.json()) == shape(documented("recording-control-response.json"))
        assert await answer("stop") == (200, None)
        await until(lambda: "recording.completed" in stage.sandbox.calls[0].events)
        stage.sandbox.hang_up(call_id)
        assert await answer("start") == (404, "active_call_not_found")
        assert stage.sandbox.calls[0].events == [
            "call.created",
            "recording.started",
            "recording.completed",
            "call.canceled",
        ]

    play(scene, ring_seconds="60")


def test_ai_results_of_a_recorded_call_can_be_read_after_its_end() -> None:
    async def scene(stage: Stage) -> None:
        call_id = (await stage.post(record=True)).json()["id"]

        async def read(name: str) -> tuple[int, Any]:
            response = await stage.client.get(f"/v1/calls/{call_id}/{name}")
            return response.status_code, response.json()

        await until(lambda: "recording.started" in stage.sandbox.calls[0].events)
        status, early = await read("transcription")
        assert (status, early["error"]["code"]) == (404, "transcription_not_found")
        stage.sandbox.hang_up(call_id)
        await stage.ended()
        expected = documented("ai-response.json")["data"]
        status, whole = await read("ai")
        assert (status, shape(whole["data"])) == (200, shape(expected))
        assert await read("ai-summary") == (200, {"data": expected["summary"]})
        assert await read("ai-topics") == (200, {"count": 1, "data": expected["topics"]})
        stage.sandbox.update(ai_missing_rate=1)
        status, missing = await read("ai-topics")
        assert (status, missing["error"]["code"]) == (404, "ai_topics_not_found")

    play(scene, ai_seconds=0, talk_seconds="60")
