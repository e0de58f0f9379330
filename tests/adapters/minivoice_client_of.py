"""What the tests of the client share: a client of a raw server, a `before_send` that counts, one documented call."""

from typing import Any

from adapters.minivoice_client import MiniVoiceClient, call_request, classify
from domain.dial_outcome import DialOutcome
from tests.adapters.minivoice_server import RawServer, http, payload

KEY = "mv_live_very_secret"
CREATED = http(201, payload("post-call-response.json"))
ACCEPTED = classify(201, payload("post-call-response.json"))
REQUEST = call_request("+15551230001", "+15551230002", metadata={"campaign_id": "spring_followup"}, record=True)


def client_of(server: RawServer, timeout_seconds: float = 30, **limits: Any) -> MiniVoiceClient:
    """A client of this server."""
    return MiniVoiceClient(server.url, KEY, timeout_seconds, **limits)


class Marks:
    """A `before_send` that counts."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> None:
        self.count += 1


async def place(client: MiniVoiceClient, marks: Marks) -> DialOutcome:
    """One call, to the documents' number."""
    return await client.place_call(REQUEST, marks)
