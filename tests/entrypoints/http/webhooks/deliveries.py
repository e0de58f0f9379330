"""Deliveries as MiniVoice sends them."""

import hashlib

from tests.entrypoints.serving import PAYLOADS, SECRET

SIGNED = {"MINIVOICE_WEBHOOK_SECRET": SECRET}
CREATED = (PAYLOADS / "webhook-call-created.json").read_bytes()
COMPLETED = (PAYLOADS / "webhook-call-completed.json").read_bytes()
VECTOR = (PAYLOADS / "signed-vector.json").read_bytes()
VECTOR_SIGNATURE = "v1=b9eea18b6998c5426a4482f3604330694e53e117e2032c8d1f974c5a607d0448"
SENT = {"content-type": "application/json", "user-agent": "MiniVoice/1.0"}


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
