from pathlib import Path

import pytest

from entrypoints.segments import segment
from tests.entrypoints.serving import Serving, in_path, on_a_socket, payload, play

ODD_IDS = (
    "a/b",
    "/",
    "//v1/campaigns",
    "a?b=c",
    "100%",
    "%2F",
    "100%25",
    "a.b.c",
    ".",
    "..",
    "../x",
    "..%2fx",
    "call_20260529T120000.000000000",
    "a b+c",
    "#x;y&z=\\'\"",
    "müller☎日本",
    "e\u0301",
    "timeline",
    "x" * 200,
)


async def read_everything(stage: Serving, call_id: str) -> None:
    path = f"/v1/calls/{in_path(call_id)}"
    shown, timeline, events = [await stage.json(path + end) for end in ("", "/timeline", "/events")]
    assert (shown["call_id"], shown["state"]["phase"]) == (call_id, "in_progress")
    assert (timeline["call_id"], [entry["event"] for entry in timeline["entries"]]) == (call_id, ["call.answered"])
    assert [item["stream"] for item in events["items"]] == [f"call:{call_id}"]


@pytest.mark.parametrize("call_id", ODD_IDS)
def test_a_call_can_be_read_whatever_its_id_is(tmp_path: Path, call_id: str) -> None:
    async def scene(stage: Serving) -> None:
        assert (await stage.deliver(payload("call.answered", call_id))).status_code == 204
        await read_everything(stage, call_id)

    play(tmp_path, scene)


@pytest.mark.parametrize("call_id", [".", ".."])
def test_dots_that_a_client_would_resolve_are_written_with_what_no_id_has(tmp_path: Path, call_id: str) -> None:
    async def scene(stage: Serving) -> None:
        assert (await stage.deliver(payload("call.answered", call_id))).status_code == 204
        assert (await stage.deliver(payload("call.answered", "call_2"))).status_code == 204
        path = f"/v1/calls/{segment(call_id)}"
        assert (await stage.json(path))["call_id"] == call_id
        for end in ("/timeline", "/events", "/deliveries", "/compare/call_2"):
            assert (await stage.client.get(path + end)).status_code == 200
        assert (await stage.client.get("/v1/calls/%1Fcall_2")).json()["detail"] == "call id: has control characters"

    play(tmp_path, scene)


def test_over_a_real_connection_too_calls_can_be_read_whatever_their_ids_are(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage):
            for call_id in ODD_IDS:
                assert (await stage.deliver(payload("call.answered", call_id))).status_code == 204
            for call_id in ODD_IDS:
                await read_everything(stage, call_id)

    play(tmp_path, scene)
