"""MiniVoice's webhooks: is it theirs, how old is it, and what does it say about which call?"""

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from adapters.minivoice_json import UnreadableJson, decode_unambiguous
from adapters.minivoice_time import parse_time
from domain.call import REPORTS, CallGathered, CallReported, CallSnapshot, ReportEvent, report_key
from domain.errors import InvalidInput
from domain.identity import parse_call_id
from domain.quarantine import DeliveryQuarantined

TIMESTAMP_HEADER = "x-minivoice-timestamp"
SIGNATURE_HEADER = "x-minivoice-signature"
SIGNATURE_HEADERS = frozenset({TIMESTAMP_HEADER, SIGNATURE_HEADER, "content-type", "user-agent"})
HEADER_CHARS_MAX = 300
EVENT_NAME_CHARS_MAX = 128
EVENT_KEY_CHARS_MAX = 400
UNIX_TIME_DIGITS_MAX = 16
_MILLISECONDS_FROM = 10**11  # as seconds the year 5138, as milliseconds March 1973
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UnreadableDelivery(InvalidInput):
    """A delivery that cannot be read; its text names the field and what is wrong, never what stood there."""

    @property
    def reason(self) -> str:
        """Field and fault, such as `call.id: is empty`."""
        return str(self)


class ReceivedReport(Struct, frozen=True):
    """A delivery that was understood: what it says, and about which call."""

    call_id: str
    report: ReportEvent


def verify_signature(
    secrets: Sequence[bytes | str], timestamp: str | None, signature: str | None, raw_body: bytes
) -> bool:
    """Whether one of the secrets signed these bytes; takes as long whichever it was. An empty secret signs nothing.

    The headers are the texts as received (latin-1); any odd value is merely wrong.
    """
    try:
        given = (signature or "").encode("latin-1")
        signed = (timestamp or "").encode("latin-1") + b"." + raw_body
    except UnicodeEncodeError:
        return False
    genuine = False
    for secret in secrets:
        key = secret.encode() if isinstance(secret, str) else secret
        expected = b"v1=" + hmac.digest(key, signed, "sha256").hex().encode()
        genuine |= hmac.compare_digest(expected, given) and bool(key)
    return genuine and timestamp is not None


def is_fresh(timestamp: str | None, now: datetime, tolerance_seconds: float) -> bool:
    """Whether the timestamp header is within the tolerance of `now`, before or after; tolerance 0 takes any age.

    Reads unix seconds, unix milliseconds and RFC 3339; a timestamp that cannot be read is not fresh.
    """
    if tolerance_seconds <= 0:
        return True
    try:
        return abs(now - _signed_at(timestamp or "")) <= timedelta(seconds=tolerance_seconds)
    except (ValueError, OverflowError):
        return False


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers worth keeping, by lower-case name, each at most `HEADER_CHARS_MAX` characters."""
    return {
        lower: value[:HEADER_CHARS_MAX]
        for name, value in headers.items()
        if (lower := name.lower()) in SIGNATURE_HEADERS
    }


def quarantined(raw_body: bytes, headers: Mapping[str, str], reason: str) -> DeliveryQuarantined:
    """The event that keeps a delivery which could not be read."""
    return DeliveryQuarantined(
        digest=hashlib.sha256(raw_body).hexdigest(), reason=reason, body=raw_body, headers=kept_headers(headers)
    )


def read_delivery(raw_body: bytes, headers: Mapping[str, str]) -> ReceivedReport:
    """What a delivery says. Raises `UnreadableDelivery`, and nothing else, whatever the bytes.

    A name that we do not know gives `CallReported`; unknown fields stay in `body`; null stands for a missing value.
    """
    delivery = _object_in(raw_body)
    name = _event_name(delivery.get("event"))
    call = delivery.get("call")
    if not isinstance(call, dict):
        raise UnreadableDelivery("call", "is missing" if call is None else "is not an object")
    call_id = _call_id(call.get("id"))
    created_at = _text(delivery, "created_at", "created_at")
    data = _object(delivery, "data", "data")
    _object(delivery, "variables", "variables")
    digest = hashlib.sha256(raw_body).hexdigest()
    said: dict[str, Any] = {
        "source": "webhook",
        "key": report_key("webhook", name, _event_key(data), created_at, digest),
        "digest": digest,
        "body": raw_body.decode(),
        "occurred_at": _instant(created_at),
        "snapshot": _snapshot(call),
        "headers": kept_headers(headers),
    }
    kind = REPORTS.get(name)
    if kind is None:
        return ReceivedReport(call_id, CallReported(name=name, **said))
    if kind is CallGathered:
        digits, timed_out = _text(data, "digits", "data.digits"), data.get("timed_out")
        if timed_out is not None and not isinstance(timed_out, bool):
            raise UnreadableDelivery("data.timed_out", "is neither true nor false")
        return ReceivedReport(call_id, CallGathered(digits=digits, timed_out=timed_out, **said))
    return ReceivedReport(call_id, kind(**said))


def _object_in(raw_body: bytes) -> dict[str, Any]:
    try:
        value = decode_unambiguous(raw_body)
    except UnreadableJson as unreadable:
        raise UnreadableDelivery("body", str(unreadable)) from None
    if not isinstance(value, dict):
        raise UnreadableDelivery("body", "is not an object")
    return value


def _event_name(value: object) -> str:
    if not isinstance(value, str):
        raise UnreadableDelivery("event", "is missing" if value is None else "is not a string")
    if value in REPORTS:
        return value
    if not value:
        raise UnreadableDelivery("event", "is empty")
    if len(value) > EVENT_NAME_CHARS_MAX:
        raise UnreadableDelivery("event", f"is longer than {EVENT_NAME_CHARS_MAX} characters")
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise UnreadableDelivery("event", "has control characters")
    return value


def _call_id(value: object) -> str:
    if not isinstance(value, str):
        raise UnreadableDelivery("call.id", "is missing" if value is None else "is not a string")
    try:
        return parse_call_id(value)
    except InvalidInput as invalid:
        raise UnreadableDelivery(invalid.field, invalid.message) from None


def _event_key(data: Mapping[str, Any]) -> str | None:
    """The provider's own key; an empty one tells nothing apart, and counts as none."""
    key = _text(data, "event_key", "data.event_key")
    if key is not None and len(key) > EVENT_KEY_CHARS_MAX:
        raise UnreadableDelivery("data.event_key", f"is longer than {EVENT_KEY_CHARS_MAX} characters")
    return key or None


def _instant(created_at: str | None) -> datetime | None:
    try:
        return None if created_at is None else parse_time(created_at)
    except ValueError as unreadable:
        raise UnreadableDelivery("created_at", str(unreadable)) from None


def _snapshot(call: Mapping[str, Any]) -> CallSnapshot:
    attempt_id = _object(call, "metadata", "call.metadata").get("attempt_id")
    return CallSnapshot(
        status=_text(call, "status", "call.status"),
        direction=_text(call, "direction", "call.direction"),
        from_number=_text(call, "from", "call.from"),
        to_number=_text(call, "to", "call.to"),
        attempt_id=attempt_id if isinstance(attempt_id, str) else None,
    )


def _text(holder: Mapping[str, Any], name: str, field: str) -> str | None:
    value = holder.get(name)
    if value is None or isinstance(value, str):
        return value
    raise UnreadableDelivery(field, "is not a string")


def _object(holder: Mapping[str, Any], name: str, field: str) -> Mapping[str, Any]:
    value = holder.get(name)
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    raise UnreadableDelivery(field, "is not an object")


def _signed_at(timestamp: str) -> datetime:
    if not (timestamp.isascii() and timestamp.isdigit()):
        return parse_time(timestamp)
    if len(timestamp) > UNIX_TIME_DIGITS_MAX:
        raise ValueError("is not a possible time")
    number = int(timestamp)
    return _EPOCH + (timedelta(milliseconds=number) if number >= _MILLISECONDS_FROM else timedelta(seconds=number))
