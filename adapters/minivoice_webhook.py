"""MiniVoice's webhooks: is it theirs, how old is it, and what does it say about which call?"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

from msgspec import Struct

from adapters.minivoice_fields import Fields, key_time, why_not
from adapters.minivoice_json import (
    REPLACEMENT,
    Json,
    UnreadableJson,
    as_text,
    read_as_written,
    read_json,
)
from adapters.minivoice_time import parse_time, unix_time
from adapters.packing import CannotUnpack, UnknownEncoding, encodings_of, unpack
from domain.call import REPORTS, CallGathered, CallReported, KnownAs, ReportEvent, report_key
from domain.errors import InvalidInput
from domain.quarantine import DeliveryQuarantined

TIMESTAMP_HEADER = "x-minivoice-timestamp"
SIGNATURE_HEADER = "x-minivoice-signature"
ENCODING_HEADER = "content-encoding"
SIGNATURE_HEADERS = frozenset({TIMESTAMP_HEADER, SIGNATURE_HEADER, ENCODING_HEADER, "content-type", "user-agent"})
BODY_BYTES_MAX = 1024 * 1024
SECRETS_KEPT_MAX = 8
HEADER_CHARS_MAX = 300
EVENT_NAME_CHARS_MAX = 128
EVENT_KEY_CHARS_MAX = 400
UNIX_TIME_DIGITS_MAX = 16
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_TIMESTAMP = re.compile(
    rf"[0-9]{{1,{UNIX_TIME_DIGITS_MAX}}}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:?[0-9]{2})"
    r"|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"
)
_FORM = re.compile(rb"[A-Za-z0-9_.+%-]{1,100}=[!-~]*")
_GZIP = b"\x1f\x8b"
_NO_MORE: Mapping[str, Any] = {}


class UnreadableDelivery(InvalidInput):
    """A delivery that cannot be read; its text names the field and what is wrong, never what stood there."""

    @property
    def reason(self) -> str:
        """Field and fault, such as `call.id: is empty`."""
        return str(self)


class ReceivedReport(Struct, frozen=True):
    """A delivery that was understood: what it says, and about which call.

    `as_packed` is the key and digest that it had while packed bytes were what a digest was made of.
    """

    call_id: str
    report: ReportEvent
    as_packed: KnownAs | None = None


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
        made = _keyed(secret).copy()
        made.update(signed)
        expected = b"v1=" + made.hexdigest().encode()
        genuine |= hmac.compare_digest(expected, given) and bool(secret)
    return genuine and timestamp is not None


@lru_cache(maxsize=SECRETS_KEPT_MAX)
def _keyed(secret: bytes | str) -> hmac.HMAC:
    """To be copied: the key is taken in once, and a short body, unlike by `hmac.digest`, without a look at other threads."""
    return hmac.new(secret.encode() if isinstance(secret, str) else secret, digestmod="sha256")


def has_timestamp_form(timestamp: str) -> bool:
    """Whether a timestamp header is a time in a form that no body can be mistaken for a part of."""
    return _TIMESTAMP.fullmatch(timestamp) is not None


def unpacked(raw_body: bytes, headers: Mapping[str, str]) -> bytes:
    """The body as it was before it was packed. `headers` are by lower-case name. Raises `UnknownEncoding`, `CannotUnpack`.

    A label that names no packing of ours is passed over where what came is JSON as it stands: nothing was packed, or
    somebody on the way unpacked it, and left the label.
    """
    if ENCODING_HEADER not in headers:
        return raw_body
    try:
        encodings = encodings_of(headers[ENCODING_HEADER])
    except UnknownEncoding:
        if _is_json(raw_body):
            return raw_body
        raise
    try:
        return unpack(raw_body, encodings, BODY_BYTES_MAX)
    except CannotUnpack:
        if raw_body.lstrip().startswith(b"{"):
            return raw_body
        raise


def _is_json(body: bytes) -> bool:
    try:
        read_json(body)
    except UnreadableJson:
        return False
    return True


def is_fresh(timestamp: str | None, now: datetime, tolerance_seconds: float) -> bool:
    """Whether the timestamp header is within the tolerance of `now`, before or after; tolerance 0 takes any age.

    Reads unix seconds, unix milliseconds, RFC 3339 and HTTP dates; a timestamp that cannot be read is not fresh.
    """
    if tolerance_seconds <= 0:
        return True
    try:
        return abs(now - _signed_at(timestamp or "")) <= timedelta(seconds=tolerance_seconds)
    except (ValueError, OverflowError):
        return False


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers worth keeping, by lower-case name, each at most `HEADER_CHARS_MAX` characters."""
    if SIGNATURE_HEADERS.issuperset(headers) and len("".join(headers.values())) <= HEADER_CHARS_MAX:
        return dict(headers)  # as nearly all come; to look at each takes three times as long
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

    Only its event and its call's id have to be readable. Whatever else is not as documented is read as far as it can be,
    and told in `drift`. A name that we do not know gives `CallReported`; unknown fields stay in `body`.
    """
    arrived = _Arrived(raw_body, headers)
    try:
        try:
            return _report_in(read_json(arrived.body), arrived)
        except UnreadableDelivery:
            # A whole number beyond 64 bits, for one, was read as a double.
            return _report_in(read_as_written(arrived.body), arrived)
    except UnreadableJson as unreadable:
        raise UnreadableDelivery("body", _what_it_is(arrived) or str(unreadable)) from None


class _Arrived:
    """A delivery as it came, and its body unpacked. Raises `UnreadableDelivery`."""

    def __init__(self, raw: bytes, headers: Mapping[str, str]) -> None:
        self.raw = self.body = raw
        self.kept = kept_headers(headers)
        if ENCODING_HEADER not in self.kept:
            return
        try:
            self.body = unpacked(raw, {name.lower(): value for name, value in headers.items()})
        except (CannotUnpack, UnknownEncoding) as unreadable:
            raise UnreadableDelivery("body", str(unreadable)) from None


def _what_it_is(arrived: _Arrived) -> str | None:
    """What came instead of JSON, where that can be told."""
    kind = arrived.kept.get("content-type", "").partition(";")[0].strip().lower()
    if arrived.body.startswith(_GZIP):
        return "is packed with gzip, which no Content-Encoding says"
    if kind in FORMS:
        return f"is a form ({kind}), not JSON"
    return "is a form, not JSON" if _FORM.match(arrived.body) else None


def _report_in(document: Json, arrived: _Arrived) -> ReceivedReport:
    delivery = document.value
    if not isinstance(delivery, dict):
        raise UnreadableDelivery("body", "is not an object")
    fields = Fields(document.faults)
    name = _event_name(delivery.get("event"), fields)
    call, call_id = _call(delivery, fields)
    data = fields.object(delivery, "data")
    fields.object(delivery, "variables")
    body, raw = as_text(arrived.body)
    digest = hashlib.sha256(arrived.body).hexdigest()
    event_key = _event_key(data, fields)
    created_at = key_time(delivery, "created_at") if event_key is None else None
    kind, more = REPORTS.get(name), _NO_MORE
    occurred_at, snapshot = fields.time(delivery, "created_at"), fields.snapshot(call, "call.")
    if kind is CallGathered:
        more = {
            "digits": fields.digits(data, "digits", "data."),
            "timed_out": fields.flag(data, "timed_out", "data."),
        }
    elif kind is None:
        kind, more = CallReported, {"name": name}
    is_as_it_came = arrived.body is arrived.raw or arrived.body == arrived.raw
    report = kind(
        source="webhook",
        key=report_key("webhook", name, event_key, created_at, digest),
        digest=digest,
        body=body,
        raw=raw if is_as_it_came else arrived.raw,
        occurred_at=occurred_at,
        snapshot=snapshot,
        headers=arrived.kept,
        drift=tuple(fields.drift),
        **more,
    )
    if is_as_it_came:
        return ReceivedReport(call_id, report)
    packed = hashlib.sha256(arrived.raw).hexdigest()
    return ReceivedReport(call_id, report, (report_key("webhook", name, event_key, created_at, packed), packed))


def _call(delivery: Mapping[str, Any], fields: Fields) -> tuple[Mapping[str, Any], str]:
    """The call's snapshot, and its id."""
    call = fields.object(delivery, "call")
    if not call and not isinstance(said := delivery.get("call"), dict):
        raise UnreadableDelivery("call", why_not(said, "is not an object"))
    try:
        return call, fields.call_id(call, "id", "call.")
    except InvalidInput as invalid:
        raise UnreadableDelivery(invalid.field, invalid.message) from None


def _event_name(value: object, fields: Fields) -> str:
    if not isinstance(value, str):
        raise UnreadableDelivery("event", why_not(value, "is not a text"))
    if value in REPORTS:
        return value
    if not value:
        raise UnreadableDelivery("event", "is empty")
    if len(value) > EVENT_NAME_CHARS_MAX:
        raise UnreadableDelivery("event", f"is longer than {EVENT_NAME_CHARS_MAX} characters")
    if (known := value.strip().lower()) in REPORTS:
        fields.said("event", "is not spelled as documented")
        return known
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise UnreadableDelivery("event", "has control characters")
    if REPLACEMENT in value:
        raise UnreadableDelivery("event", "has a character that was lost on the way")
    return value


def _event_key(data: Mapping[str, Any], fields: Fields) -> str | None:
    """The provider's own key; an empty one tells nothing apart, and counts as none, as does one that is no key."""
    key = fields.text(data, "event_key", "data.")
    if key is not None and len(key) > EVENT_KEY_CHARS_MAX:
        fields.said("data.event_key", f"is longer than {EVENT_KEY_CHARS_MAX} characters")
        return None
    return None if key is None or REPLACEMENT in key else key or None


def _signed_at(timestamp: str) -> datetime:
    if timestamp.endswith("GMT"):
        return parsedate_to_datetime(timestamp)
    if not (timestamp.isascii() and timestamp.isdigit()):
        return parse_time(timestamp)
    if len(timestamp) > UNIX_TIME_DIGITS_MAX:
        raise ValueError("is not a possible time")
    return unix_time(int(timestamp))
