"""Webhooks whose bodies, signatures, times and packings were tampered with: read, believed or not, stored and folded."""

import gzip
import hashlib
import hmac
import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random  # noqa: TID251 - seeded
from typing import cast

from adapters.event_mapper import EventMapper, Stamp
from adapters.minivoice_webhook import UnreadableDelivery, quarantined, read_delivery, unpacked
from adapters.packing import CannotUnpack, UnknownEncoding
from domain.call import CallHistory, CallRedelivered, ReportEvent, evolve, receive
from domain.events import Event
from domain.identity import call_stream
from entrypoints.http.plain import read_plain
from entrypoints.http.signature import SignatureCheck
from tests.hostile import deliveries
from tests.journeys.hostile.judge import Surface, Take
from tests.journeys.hostile.mutation import Mutator

SECRETS = ("the secret that is", "the secret that was")
NOON = datetime(2026, 5, 29, 12, 0, tzinfo=UTC)
PAYLOADS = Path(__file__).parents[2] / "payloads"
TIMES = (b"1780056600", b"1780056600123", b"2026-05-29T12:10:00Z", b"Fri, 29 May 2026 12:10:00 GMT")
ENCODINGS = ("gzip", "deflate", "x-gzip", "gzip, gzip", "identity", "br", "", "gzip, identity, deflate", "deflate, br")
TAMPERED_SHARE, PACKED_SHARE = 0.3, 0.12
MAPPER = EventMapper()
CHECK = SignatureCheck(SECRETS, 0, lambda: NOON)


def corpus() -> list[bytes]:
    """Deliveries as they are documented, some of each event, and those of tests/hostile.py."""
    documented = [path.read_bytes() for path in sorted(PAYLOADS.glob("webhook-*.json"))]
    events = ("call.answered", "call.gathered", "call.failed", "call.canceled", "recording.completed", "call.sneezed")
    whole = json.loads(documented[0])
    data = {"event_key": "k-1", "digits": "31", "timed_out": False, "status": "failed", "error_code": 486}
    made = [json.dumps({**whole, "event": event, "data": data}).encode() for event in events]
    return [*documented, *made, *(body for _, body in deliveries(["call_1", "id/with slash"]) if len(body) < 800)]


def take(body: bytes, mutator: Mutator, chance: Random) -> str:
    """Whether it is believed must be as somebody else reckons; what is read must be stored and folded, and be the same again."""
    headers, sent, is_genuine = _signed(body, mutator, chance)
    scope = {"type": "http", "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]}
    try:
        bodies = [sent, unpacked(sent, headers)] if "content-encoding" in headers else [sent]
    except UnknownEncoding:
        return "encoding unknown"
    except CannotUnpack:
        bodies = [sent]
    refusal = CHECK.refusal(scope, headers, bodies)
    if is_genuine is not None and (refusal is None) is not is_genuine:
        raise AssertionError(f"genuine is {is_genuine}, and it was answered {refusal}")
    fields = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    plain = None if "content-encoding" in headers else read_plain(CHECK, fields, sent)
    if refusal is not None:
        assert plain is None, "the short way believes what the other does not"
        return "refused"
    try:
        received = read_delivery(sent, headers)
    except UnreadableDelivery as unreadable:
        assert plain is None
        event = quarantined(sent, headers, str(unreadable))
        _stored("quarantine:1", event)
        return "quarantined"
    assert plain is None or plain == received
    again = cast("ReportEvent", _stored(call_stream(received.call_id), received.report))
    history = evolve(CallHistory(), again, NOON)
    assert [type(one) for one in receive(history, again)] == [CallRedelivered], "it is not known again"
    return "stored"


def _stored(stream: str, event: Event) -> Event:
    """It as the ledger gives it back."""
    state = MAPPER.encode(stream, 1, "e", Stamp(recorded_at=NOON), {}, event)
    again = MAPPER.decode(1, stream, 1, event.NAME, state).event
    assert again == event, "what is read back is not what was stored"
    return again


def _signed(body: bytes, mutator: Mutator, chance: Random) -> tuple[Mapping[str, str], bytes, bool | None]:
    """The headers, what is sent, and whether that has to be believed; None where only the bound matters."""
    headers, sent = {"content-type": "application/json"}, body
    if chance.random() < PACKED_SHARE:
        encoding = chance.choice(ENCODINGS)
        sent = chance.choice((gzip.compress, zlib.compress, bytes))(body)
        if chance.random() < TAMPERED_SHARE:
            sent = sent[: chance.randrange(len(sent) + 1)] + bytes([chance.randrange(256)])
        headers["content-encoding"] = encoding
    stamp, signs = chance.choice(TIMES), sent if chance.random() < 0.5 else body
    signature = (
        b"v1=" + hmac.new(chance.choice(SECRETS).encode(), stamp + b"." + signs, hashlib.sha256).hexdigest().encode()
    )
    if chance.random() > TAMPERED_SHARE:
        headers |= {"x-minivoice-timestamp": stamp.decode(), "x-minivoice-signature": signature.decode()}
        # What was signed unpacked is believed only where it can be unpacked.
        return headers, sent, True if signs == sent else None
    other_stamp, other_signature = stamp, signature
    if chance.random() < 0.5:
        other_stamp = _tampered(stamp, mutator, chance)
    if other_stamp == stamp or chance.random() < 0.5:
        other_signature = _tampered(signature, mutator, chance)
    headers |= {
        "x-minivoice-timestamp": other_stamp.decode("latin-1"),
        "x-minivoice-signature": other_signature.decode("latin-1"),
    }
    same = (other_stamp, other_signature) == (stamp, signature)
    return headers, sent, (True if signs == sent else None) if same else False


def _tampered(word: bytes, mutator: Mutator, chance: Random) -> bytes:
    at = chance.randrange(len(word) + 1)
    kind = chance.randrange(6)
    if kind == 0:
        return word[:at]
    if kind == 1:
        return word[:at] + bytes([chance.randrange(256)]) + word[at + 1 :]
    if kind == 2:
        return word.upper()
    if kind == 3:
        return word + chance.choice((b" ", b", ", b"\0", b",v1=", b".")) + word
    if kind == 4:
        return b""
    return mutator.word()


@contextmanager
def _opened(_: Path) -> Iterator[Take]:
    yield take


WEBHOOKS = Surface("webhooks", corpus(), TIMES, _opened)
