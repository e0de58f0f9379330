"""Our events and the library's stored events, each from the other.

A stored event's topic is the event's permanent name; its state is JSON, the envelope around the event:

    {"event_id": …, "recorded_at": …, "metadata": {…}, "event": {…}}

Where the clock was behind `recorded_at`, `clock_at` and `passed_at` stand after it (`domain.events.Recorded`). Two things may stand before `event_id`. `"shape": n` says that the event has its n-th shape (without it, the first);
older shapes are lifted to the present one by the functions of `LIFTS`. `"sealed": {"key": id, "personal": base64}`
says that the event's personal fields are not in `event` but encrypted beside it, under that key of the stream.
For now no cipher is given and nothing is sealed; what was written so stays readable when one is.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar, cast

import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent, Transcoder

from domain.errors import LedgerUnusable
from domain.events import EVENTS, Event, Recorded

EventT = TypeVar("EventT")
Lift = Callable[[dict[str, Any]], dict[str, Any]]
LIFTS: Mapping[str, Sequence[Lift]] = {}
_PLAIN = b'{"event_id"'
_BEGIN = _PLAIN + b":"


class Cipher(Protocol):
    """Seals the personal fields of one stream's events, so that destroying its key erases them."""

    def seal(self, stream: str, personal: bytes) -> tuple[str, bytes]:
        """The id of the key that was used, and the ciphertext."""

    def open(self, stream: str, key_id: str, sealed: bytes) -> bytes:
        """The personal fields again."""


class _Sealed(msgspec.Struct, frozen=True):
    key: str
    personal: bytes


class _Stored(msgspec.Struct, Generic[EventT], frozen=True, kw_only=True, omit_defaults=True):
    shape: int = 1
    sealed: _Sealed | None = None
    event_id: str
    recorded_at: datetime
    clock_at: datetime | None = None
    passed_at: datetime | None = None
    metadata: Mapping[str, str]
    event: EventT


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """The instants that an event is stored with; what they say is in `domain.events.Recorded`."""

    recorded_at: datetime
    clock_at: datetime | None = None
    passed_at: datetime | None = None


class _Named(msgspec.Struct, frozen=True):
    event_id: str


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """An event in the form in which the library asks for it; positions come with the recording."""

    originator_id: str
    originator_version: int
    event_id: str
    stamp: Stamp
    metadata: Mapping[str, str]
    event: Event


class EventMapper(Mapper[str]):
    """Encodes and decodes envelopes. `lifts` gives, for an event's name, one function for each older shape."""

    def __init__(
        self,
        cipher: Cipher | None = None,
        lifts: Mapping[str, Sequence[Lift]] = LIFTS,
        events: Mapping[str, type[Any]] = EVENTS,
    ) -> None:
        super().__init__(transcoder=_NoTranscoder())
        self._personal_cipher = cipher
        self._lifts = lifts
        self._events = events
        self._encoder = msgspec.json.Encoder()
        self._decoders = {
            name: msgspec.json.Decoder(_Stored[event])  # type: ignore[valid-type]
            for name, event in events.items()
            if not lifts.get(name)
        }
        self._bodies = {name: msgspec.json.Decoder(event) for name, event in events.items()}
        self._loose = msgspec.json.Decoder(_Stored[dict[str, msgspec.Raw]])
        self._fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
        self._when = msgspec.json.Decoder(Stamp)
        self._which = msgspec.json.Decoder(_Named)

    def encode(self, stream: str, event_id: str, stamp: Stamp, metadata: Mapping[str, str], event: Event) -> bytes:
        """The stored state of an event that is about to be appended to `stream`."""
        return self.encode_in(stream, event_id, self.envelope(stamp, metadata), event)

    def envelope(self, stamp: Stamp, metadata: Mapping[str, str]) -> bytes:
        """What stands between an event's id and the event itself: the same for all that a command appends."""
        encode = self._encoder.encode
        parts = [b',"recorded_at":', encode(stamp.recorded_at)]
        if stamp.clock_at is not None:
            parts += (b',"clock_at":', encode(stamp.clock_at))
        if stamp.passed_at is not None:
            parts += (b',"passed_at":', encode(stamp.passed_at))
        return b"".join((*parts, b',"metadata":', encode(metadata), b',"event":'))

    def encode_in(self, stream: str, event_id: str, envelope: bytes, event: Event) -> bytes:
        """The stored state of an event in its envelope."""
        encode = self._encoder.encode
        begin, body = _BEGIN, cast("Any", event)
        if self._lifts and (lifts := self._lifts.get(event.NAME)):
            begin = b'{"shape":%d,"event_id":' % (1 + len(lifts))
        if self._personal_cipher is not None and event.PERSONAL:
            fields = self._fields.decode(encode(event))
            personal = {name: text for name, text in fields.items() if name in event.PERSONAL}
            body = {name: text for name, text in fields.items() if name not in personal}
            sealed = _Sealed(*self._personal_cipher.seal(stream, encode(personal)))
            begin = b'%s"sealed":%s,"event_id":' % (begin.removesuffix(b'"event_id":'), encode(sealed))
        return b"".join((begin, encode(event_id), envelope, encode(body), b"}"))

    def decode(self, position: int, stream: str, version: int, name: str, state: bytes) -> Recorded:
        """The event that was stored. Raises `LedgerUnusable` for one that this version of Dialtrail cannot know."""
        decoder = self._decoders.get(name)
        try:
            if decoder is None or not state.startswith(_PLAIN):
                stored = self._decode_slowly(stream, version, name, state)
            else:
                stored = decoder.decode(state)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise LedgerUnusable(
                f"{_which(stream, version, name)}, cannot be read ({error}): "
                "it is damaged, or was written by a newer Dialtrail"
            ) from error
        return Recorded(
            position=position,
            event_id=stored.event_id,
            stream=stream,
            version=version,
            recorded_at=stored.recorded_at,
            metadata=stored.metadata,
            event=stored.event,
            clock_at=stored.clock_at,
            passed_at=stored.passed_at,
        )

    def _decode_slowly(self, stream: str, version: int, name: str, state: bytes) -> _Stored[Any]:
        lifts = self._lifts.get(name, ())
        stored = self._loose.decode(state) if name in self._events else None
        if stored is None or stored.shape > 1 + len(lifts):
            raise LedgerUnusable(f"{_which(stream, version, name)}, was written by a newer Dialtrail: upgrade this one")
        fields = stored.event
        if stored.sealed is not None:
            fields = {**fields, **self._opened(stream, stored.sealed)}
        body = self._encoder.encode(fields)
        if lifts_due := lifts[stored.shape - 1 :]:
            lifted = msgspec.json.decode(body)
            for lift in lifts_due:
                lifted = lift(lifted)
            body = self._encoder.encode(lifted)
        return _Stored(
            event_id=stored.event_id,
            recorded_at=stored.recorded_at,
            clock_at=stored.clock_at,
            passed_at=stored.passed_at,
            metadata=stored.metadata,
            event=self._bodies[name].decode(body),
        )

    def _opened(self, stream: str, sealed: _Sealed) -> dict[str, msgspec.Raw]:
        if self._personal_cipher is None:
            raise LedgerUnusable(
                f"personal fields are sealed with key {sealed.key}, and there is no cipher to open them"
            )
        return self._fields.decode(self._personal_cipher.open(stream, sealed.key, sealed.personal))

    def stamp(self, state: bytes) -> Stamp:
        """When a stored event was recorded, whatever the event is."""
        return self._when.decode(state)

    def event_id(self, state: bytes) -> str:
        """The id of a stored event, whatever the event is."""
        return self._which.decode(state).event_id

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """The library's way to `encode`; takes an `Envelope`."""
        envelope = cast("Envelope", domain_event)
        return StoredEvent(
            originator_id=envelope.originator_id,
            originator_version=envelope.originator_version,
            topic=envelope.event.NAME,
            state=self.encode(
                envelope.originator_id, envelope.event_id, envelope.stamp, envelope.metadata, envelope.event
            ),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[str]:
        """The library's way to `decode`; gives an `Envelope`."""
        stream = str(stored_event.originator_id)
        recorded = self.decode(0, stream, stored_event.originator_version, stored_event.topic, stored_event.state)
        return Envelope(
            originator_id=stream,
            originator_version=recorded.version,
            event_id=recorded.event_id,
            stamp=Stamp(recorded_at=recorded.recorded_at, clock_at=recorded.clock_at, passed_at=recorded.passed_at),
            metadata=recorded.metadata,
            event=recorded.event,
        )


def _which(stream: str, version: int, name: str) -> str:
    return f"event {version} of {stream.partition(':')[0]} stream, {name}"


class _NoTranscoder(Transcoder):
    def encode(self, obj: Any) -> bytes:
        raise NotImplementedError

    def decode(self, data: bytes) -> Any:
        raise NotImplementedError
