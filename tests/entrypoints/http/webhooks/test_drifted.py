from base64 import b64decode
from pathlib import Path

import pytest

from domain import call
from tests.entrypoints.http.webhooks.deliveries import SIGNED, digest
from tests.entrypoints.serving import Serving, play

pytestmark = pytest.mark.usefixtures("way")

DRIFTED = {
    "a time without a colon": (b'"event":"call.completed","created_at":"2026-09-14T09:31:00+0000"', b'"c"', "c"),
    "unix seconds": (b'"event":"call.answered","created_at":1789378260', b'"c"', "c"),
    "no such day": (b'"event":"call.answered","created_at":"2026-02-30T00:00:00Z"', b'"c"', "c"),
    "a number as call id": (b'"event":"call.completed"', b"7113", "7113"),
    "a number beyond 64 bits as call id": (
        b'"event":"call.completed"',
        b"98765432109876543210",
        "98765432109876543210",
    ),
    "half a character": (b'"event":"call.completed","variables":{"note":"until Friday \\ud83d"}', b'"c"', "c"),
    "bytes that are not UTF-8": (b'"event":"call.completed","variables":{"note":"caf\xe9"}', b'"c"', "c"),
    "a list as data": (b'"event":"call.answered","data":[]', b'"c"', "c"),
    "a text as variables": (b'"event":"call.answered","variables":"x"', b'"c"', "c"),
    "NUL in a status": (b'"event":"call.answered","call":{"status":"up\\u0000"}', b'"c"', "c"),
    "deep nesting": (b'"event":"call.answered","data":' + b'{"a":' * 400 + b"1" + b"}" * 400, b'"c"', "c"),
}


@pytest.mark.parametrize("kind", DRIFTED)
def test_what_is_not_as_documented_is_stored_under_its_call_byte_for_byte(tmp_path: Path, kind: str) -> None:
    members, call_id, stored_as = DRIFTED[kind]
    body = b"{" + members + b',"call":{"id":' + call_id + b"}}"

    async def scene(stage: Serving) -> None:
        assert (await stage.deliver(body)).status_code == 204
        event = stage.feed()[0].event
        assert isinstance(event, call.Report)
        assert (stage.feed()[0].stream, event.arrived, event.digest) == (f"call:{stored_as}", body, digest(body))
        assert event.drift
        entry = (await stage.json(f"/v1/calls/{stored_as}/timeline"))["entries"][0]
        assert "drifted" in entry["notes"]
        assert entry["detail"]["drift"] == "; ".join(event.drift)
        delivered = (await stage.json(f"/v1/calls/{stored_as}/deliveries"))["items"][0]
        in_base64 = delivered["body_base64"]
        assert (delivered["body"].encode() if in_base64 is None else b64decode(in_base64)) == body

    play(tmp_path, scene, **SIGNED)
