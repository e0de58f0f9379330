"""The events of a bundle, and what is derived from them: deliveries, verdicts, and what calls said."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from application.evidence.verifier.notes import DoesNotHold, decode_base64

Json = Any
NONCE_LENGTH = 12
NO_KEYS: Mapping[str, bytes] = {}
DERIVED_FROM = {"deliveries.json": "body", "verdicts.json": "verdict", "said.json": "actions"}
"""What each derived file is made from: the events that have this field."""


class BundledEvent(NamedTuple):
    """An event as it is stored. `fields` are those of the event itself, as far as the state can be read.

    `sealed_with` are the ids of the keys under which its personal fields are sealed; `is_sealed`: not all were opened.
    """

    position: int
    stream: str
    version: int
    name: str
    state: bytes
    recorded_at: str
    caused_by: Mapping[str, Json]
    fields: Mapping[str, Json]
    is_sealed: bool
    sealed_with: Sequence[str] = ()


def bundled(
    position: int, stream: str, version: int, name: str, state: bytes, keys: Mapping[str, bytes] = NO_KEYS
) -> BundledEvent:
    """An event with what can be read of its state, and opened by these keys; the state itself is what was hashed."""
    try:
        read = json.loads(state)
    except (ValueError, RecursionError):
        read = None
    whole = read if isinstance(read, dict) else {}
    plain, by = whole.get("event"), whole.get("metadata")
    fields = dict(plain) if isinstance(plain, dict) else {}
    parts = sealed_parts(whole)
    closed = 0
    for key_id, kind, sealed in parts:
        if key_id in keys:
            bound = f"{stream}\n{version}\n{whole.get('event_id', '')}\n{kind}"
            fields.update(opened_part(f"event {position}", keys[key_id], bound, sealed))
        else:
            closed += 1
    return BundledEvent(
        position,
        stream,
        version,
        name,
        state,
        str(whole.get("recorded_at", "")),
        by if isinstance(by, dict) else {},
        fields,
        closed > 0,
        [key_id for key_id, _, _ in parts],
    )


def sealed_parts(whole: Mapping[str, Json]) -> list[tuple[str, str, bytes]]:
    """What of a state is sealed: under which key, of which kind, and nonce and ciphertext."""
    given = whole.get("sealed", [])
    parts = given if isinstance(given, list) else [given]
    found = []
    for part in parts:
        try:
            found.append((str(part["key"]), str(part.get("kind", "")), base64.b64decode(part["personal"])))
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
            found.append(("?", "", b""))
    return found


def opened_part(what: str, key: bytes, bound: str, sealed: bytes) -> dict[str, Json]:
    """The personal fields that were sealed there; they open for no other place, and no other bytes."""
    try:
        text = AESGCM(key).decrypt(sealed[:NONCE_LENGTH], sealed[NONCE_LENGTH:], bound.encode("utf-8", "surrogatepass"))
    except (InvalidTag, ValueError):
        raise DoesNotHold(f"{what}: its personal fields do not open with the key that is given for them") from None
    return read_object(f"{what}: its personal fields", text)


def event_line(event: BundledEvent) -> bytes:
    """An event's line in `events.jsonl`: its state as text, which says the same bytes, or else as base64."""
    row: dict[str, Json] = {
        "position": event.position,
        "stream": event.stream,
        "version": event.version,
        "name": event.name,
    }
    try:
        row["state"] = event.state.decode()
    except UnicodeDecodeError:
        row["state_base64"] = base64.b64encode(event.state).decode()
    return json_bytes(row)


def read_events(text: bytes, keys: Mapping[str, bytes] = NO_KEYS) -> Iterator[BundledEvent]:
    """The events of `events.jsonl`; each line is written as `event_line` writes it."""
    last = 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        row = read_object(f"events.jsonl, line {number}", line)
        try:
            state = decode_base64(row["state_base64"]) if "state_base64" in row else row["state"].encode()
            event = bundled(
                int(row["position"]), str(row["stream"]), int(row["version"]), str(row["name"]), state, keys
            )
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
            raise DoesNotHold(f"events.jsonl, line {number}: it is no event") from None
        if event_line(event) != line:
            raise DoesNotHold(f"events.jsonl, line {number}: it is not written as events are here")
        if event.position <= last:
            raise DoesNotHold(f"event {event.position}: it does not come after event {last}")
        last = event.position
        yield event


def check_streams(events: Sequence[BundledEvent]) -> Mapping[str, int]:
    """Each stream's last version; from its first event to that one none may be missing."""
    versions: dict[str, int] = {}
    for event in events:
        before = versions.get(event.stream, 0)
        if event.version != before + 1:
            raise DoesNotHold(
                f"event {event.position}: in {event.stream!a} version {event.version} follows {before}: one was left out"
            )
        versions[event.stream] = event.version
    return versions


def derived(name: str, events: Sequence[BundledEvent]) -> bytes:
    """A derived file: what the events have in the field that it is about, with where it stands."""
    make = {"deliveries.json": delivery_of, "verdicts.json": verdict_of, "said.json": said_of}[name]
    return json_bytes([made for event in events if (made := make(event)) is not None])


def delivery_of(event: BundledEvent) -> Json:
    """What is known of a delivery of the provider: its digest is that of the raw body; its signature is in its headers."""
    if event.fields.get("source") != "webhook":
        return None
    body, digest = arrived(event), event.fields.get("digest")
    return {
        **placed(event),
        "digest": digest,
        "digest_is_the_bodys": None if body is None else hashlib.sha256(body).hexdigest() == digest,
        "headers": event.fields.get("headers", {}),
    }


def arrived(event: BundledEvent) -> bytes | None:
    """What arrived, byte for byte; None where it is not there, or sealed."""
    raw, body = event.fields.get("raw"), event.fields.get("body")
    try:
        if isinstance(raw, str):
            return base64.b64decode(raw, validate=True)
        return body.encode() if isinstance(body, str) else None
    except ValueError:
        return None


def verdict_of(event: BundledEvent) -> Json:
    """Why an attempt was allowed: the verdict with its inputs, the number of the rules, and the versions of their data."""
    if event.name != "attempt.started":
        return None
    known = {name: event.fields.get(name) for name in ("attempt_id", "campaign_id", "purpose", "lookup", "verdict")}
    return {**placed(event), **known}


def said_of(event: BundledEvent) -> Json:
    """What a call was told to say, by which step of which version of the script."""
    if event.name != "answer.served":
        return None
    wanted = ("occurred_at", "campaign_id", "version", "step", "place", "why", "again", "actions")
    return {**placed(event), **{name: event.fields.get(name) for name in wanted}}


def placed(event: BundledEvent) -> dict[str, Json]:
    """Where an event stands."""
    place = {"position": event.position, "stream": event.stream, "event": event.name}
    return {**place, "recorded_at": event.recorded_at, "sealed": event.is_sealed}


def read_object(what: str, text: bytes) -> dict[str, Json]:
    """A JSON object."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise DoesNotHold(f"{what}: it is no JSON object")
    return read


def json_bytes(value: Json) -> bytes:
    """JSON in one spelling, and a line feed."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def keys_text(keys: Mapping[str, bytes]) -> bytes:
    """`opened.json`: the keys by which what is sealed in the events was opened."""
    return json_bytes({"keys": {one: base64.b64encode(keys[one]).decode() for one in sorted(keys)}})


def read_keys(text: bytes) -> dict[str, bytes]:
    """The same again."""
    given = read_object("opened.json", text).get("keys")
    keys = {one: decode_base64(str(key)) for one, key in given.items()} if isinstance(given, dict) else {}
    if keys_text(keys) != text:
        raise DoesNotHold("opened.json: it is not written as keys are here")
    return keys
