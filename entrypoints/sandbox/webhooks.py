"""A webhook: its body, built once for each event, and its signature, fresh for each try."""

import hmac
from datetime import datetime
from hashlib import sha256

import orjson

from entrypoints.sandbox.calls import Call, webhook_snapshot
from entrypoints.sandbox.clock import whole_seconds


def body(
    call: Call, event: str, data: dict[str, object], created_at: datetime, *, direction: str, echo: bool
) -> dict[str, object]:
    own = {"event_key": f"{call.id}:{event}"} if event == "call.created" else {}
    return {
        "event": event,
        "created_at": whole_seconds(created_at),
        "call": webhook_snapshot(call, event, direction=direction, echo=echo),
        "variables": {},
        "data": own | data,
    }


def encode(webhook: dict[str, object]) -> bytes:
    return orjson.dumps(webhook)


def signature(secret: str, timestamp: str, raw_body: bytes) -> str:
    """`v1=` + hex(HMAC-SHA-256(secret, timestamp + "." + raw body))."""
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + raw_body, sha256).hexdigest()


def headers(secret: str | None, now: datetime, raw_body: bytes) -> dict[str, str]:
    plain = {"Content-Type": "application/json"}
    if secret is None:
        return plain
    timestamp = str(int(now.timestamp()))
    return plain | {
        "X-MiniVoice-Timestamp": timestamp,
        "X-MiniVoice-Signature": signature(secret, timestamp, raw_body),
    }
