"""Our events and the library's stored events, each from the other.

A stored event's topic is the event's permanent name; its state is JSON, the envelope around the event:

    {"event_id": …, "recorded_at": …, "metadata": {…}, "event": {…}}

Where the clock was behind `recorded_at`, `clock_at` and `passed_at` stand after it (`domain.events.Recorded`). Two things may stand before `event_id`. `"shape": n` says that the event has its n-th shape (without it, the first);
older shapes are lifted to the present one by the functions of `LIFTS`. `"sealed": [{"key": id, "kind": kind, "personal":
base64}, …]` says that the event's personal fields are not in `event` but encrypted beside it, those of each kind under
that key; with one, without its kind, it may be no list. Where a key was destroyed, the event has values that say so
(`adapters.sealed_fields`). Without a cipher nothing is sealed; what was written so stays readable when there is one.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent, Transcoder

from adapters.sealed_fields import Cipher, SealedForm, forms_of, joined
from domain.errors import LedgerUnusable
from domain.events import EVENTS, Event, Recorded
from domain.ledger_life import KeysDestroyed

EventT = TypeVar("EventT")
Lift = Callable[[dict[str, Any]], dict[str, Any]]
LIFTS: Mapping[str, Sequence[Lift]] = {}
_PLAIN = b'{"event_id"'
_BEGIN = _PLAIN + b":"
_DESTROYED = KeysDestroyed.NAME


class _Sealed(msgspec.Struct, frozen=True, omit_defaults=True):
    key: str
    personal: bytes
    kind: str = ""


class _Stored(msgspec.Struct, Generic[EventT], frozen=True, kw_only=True, omit_defaults=True):
    shape: int = 1
    sealed: _Sealed | tuple[_Sealed, ...] | None = None
    event_id: str
    recorded_at: datetime
    clock_at: datetime | None = None
    passed_at: datetime | None = None
    metadata: Mapping[str, str]
    event: EventT


ENVELOPE_FIELDS = frozenset(field.encode_name for field in msgspec.structs.fields(_Stored))
"""What stands around an event, as it is stored."""


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
        self.personal_cipher = cipher
        self._forms: Mapping[str, SealedForm] = forms_of(events) if cipher is not None else {}
        self._lifts = lifts
        self._events = events
        self._encoder = msgspec.json.Encoder()
        self._decoders = {
            name: msgspec.json.Decoder(_Stored[event])  # type: ignore[valid-type]
            for name, event in events.items()
            if not lifts.get(name)
        }
        self._bodies = {name: msgspec.json.Decoder(event) for name, event in events.items()}
        self._loose = msgspec.json.Decoder(_Stored[msgspec.Raw])
        self._when = msgspec.json.Decoder(Stamp)
        self._which = msgspec.json.Decoder(_Named)

    def use(self, cipher: Cipher) -> None:
        """From now on what is personal is sealed by this."""
        self.personal_cipher = cipher
        self._forms = forms_of(self._events)

    def encode(
        self, stream: str, version: int, event_id: str, stamp: Stamp, metadata: Mapping[str, str], event: Event
    ) -> bytes:
        """The stored state of an event that is about to be appended to `stream` as its next version."""
        return self.encode_in(stream, version, event_id, self.envelope_in(self.instants(stamp), metadata), event)

    def instants(self, stamp: Stamp) -> bytes:
        """What stands after an event's id: the same for all of a commit, but where the clock is set right in it."""
        encode = self._encoder.encode
        parts = [b',"recorded_at":', encode(stamp.recorded_at)]
        if stamp.clock_at is not None:
            parts += (b',"clock_at":', encode(stamp.clock_at))
        if stamp.passed_at is not None:
            parts += (b',"passed_at":', encode(stamp.passed_at))
        return b"".join((*parts, b',"metadata":'))

    def envelope_in(self, instants: bytes, metadata: Mapping[str, str]) -> bytes:
        """What stands between an event's id and the event itself: the same for all that a command appends."""
        return b"".join((instants, self._encoder.encode(metadata), b',"event":'))

    def encode_in(self, stream: str, version: int, event_id: str, envelope: bytes, event: Event) -> bytes:
        """The stored state of an event in its envelope."""
        encode = self._encoder.encode
        begin, body = _BEGIN, cast("Any", event)
        if self._lifts and (lifts := self._lifts.get(event.NAME)):
            begin = b'{"shape":%d,"event_id":' % (1 + len(lifts))
        if self.personal_cipher is not None and (form := self._forms.get(event.NAME)) is not None:
            plain, parts = form.split(event)
            if parts:
                body, seal, sealed, bound = plain, self.personal_cipher.seal, [], _bound(stream, version, event_id)
                for kind, text in parts:
                    key, personal = seal(stream, kind, bound + kind.encode(), text)
                    sealed.append(_Sealed(key, personal, kind))
                begin = b'%s"sealed":%s,"event_id":' % (begin.removesuffix(b'"event_id":'), encode(sealed))
        return b"".join((begin, encode(event_id), envelope, encode(body), b"}"))

    def decode(self, position: int, stream: str, version: int, name: str, state: bytes) -> Recorded:
        """The event that was stored. Raises `LedgerUnusable` for one that this version of Dialtrail cannot know."""
        erased: tuple[str, ...] = ()
        decoder = self._decoders.get(name)
        try:
            if decoder is None or not state.startswith(_PLAIN):
                stored, erased = self._decode_slowly(stream, version, name, state)
            else:
                stored = decoder.decode(state)
        except (TypeError, AttributeError) as error:
            if type(state) is bytes:
                raise
            why = "another program has written its state, which is no bytes now"
            raise LedgerUnusable(f"{_which(stream, version, name)}, cannot be read: {why}") from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise LedgerUnusable(
                f"{_which(stream, version, name)}, cannot be read ({error}): "
                "it is damaged, or was written by a newer Dialtrail"
            ) from error
        if name == _DESTROYED and self.personal_cipher is not None:
            self.personal_cipher.forget(stored.event.keys)
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
            erased=erased,
        )

    def _decode_slowly(
        self, stream: str, version: int, name: str, state: bytes
    ) -> tuple[_Stored[Any], tuple[str, ...]]:
        lifts = self._lifts.get(name, ())
        stored = self._loose.decode(state) if name in self._events else None
        if stored is None or stored.shape > 1 + len(lifts):
            raise LedgerUnusable(f"{_which(stream, version, name)}, was written by a newer Dialtrail: upgrade this one")
        erased: tuple[str, ...] = ()
        body = bytes(stored.event)
        if stored.sealed is not None:
            body, erased = self._opened(stream, version, name, stored)
        if lifts_due := lifts[stored.shape - 1 :]:
            lifted = msgspec.json.decode(body)
            for lift in lifts_due:
                lifted = lift(lifted)
            body = self._encoder.encode(lifted)
        event = self._bodies[name].decode(body)
        return _Stored(
            event_id=stored.event_id,
            recorded_at=stored.recorded_at,
            clock_at=stored.clock_at,
            passed_at=stored.passed_at,
            metadata=stored.metadata,
            event=event,
        ), erased

    def _opened(
        self, stream: str, version: int, name: str, stored: _Stored[msgspec.Raw]
    ) -> tuple[bytes, tuple[str, ...]]:
        """The event's JSON with its personal fields, and the kinds of those that were erased."""
        sealed = stored.sealed if isinstance(stored.sealed, tuple) else (cast("_Sealed", stored.sealed),)
        cipher = self.personal_cipher
        if cipher is None:
            raise LedgerUnusable(
                f"personal fields are sealed with key {sealed[0].key}, and there is no cipher to open them"
            )
        parts: list[bytes] = []
        erased: list[str] = []
        bound = _bound(stream, version, stored.event_id)
        for one in sealed:
            try:
                opened = cipher.open(one.key, bound + one.kind.encode(), one.personal)
            except LedgerUnusable as error:
                raise LedgerUnusable(f"{_which(stream, version, name)}: {error}") from error
            if opened is None:
                erased.append(one.kind)
            else:
                parts.append(opened)
        plain = bytes(stored.event)
        if erased:
            plain = self._forms[name].erased(plain, erased)
        return joined(plain, parts), tuple(erased)

    def stamp(self, state: bytes) -> Stamp:
        """When a stored event was recorded, whatever the event is."""
        return _read(self._when, state)

    def event_id(self, state: bytes) -> str:
        """The id of a stored event, whatever the event is."""
        return _read(self._which, state).event_id

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """The library's way to `encode`; takes an `Envelope`."""
        envelope = cast("Envelope", domain_event)
        return StoredEvent(
            originator_id=envelope.originator_id,
            originator_version=envelope.originator_version,
            topic=envelope.event.NAME,
            state=self.encode(
                envelope.originator_id,
                envelope.originator_version,
                envelope.event_id,
                envelope.stamp,
                envelope.metadata,
                envelope.event,
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


def _read(decoder: msgspec.json.Decoder[EventT], state: bytes) -> EventT:
    try:
        return decoder.decode(state)
    except (TypeError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise LedgerUnusable(f"an event's stored state cannot be read ({error}): it is damaged") from error


def _bound(stream: str, version: int, event_id: str) -> bytes:
    """Where something sealed stands, but for its kind, which follows. Neither names of streams nor ids have line ends."""
    return f"{stream}\n{version}\n{event_id}\n".encode()


def _which(stream: object, version: object, name: object) -> str:
    """Which event it is, for people. On a damaged page a row's columns may be anything."""
    kind = stream.partition(":")[0] if isinstance(stream, str) else "an unreadable"
    return f"event {version} of {kind} stream, {name}"


class _NoTranscoder(Transcoder):
    def encode(self, obj: Any) -> bytes:
        raise NotImplementedError

    def decode(self, data: bytes) -> Any:
        raise NotImplementedError
