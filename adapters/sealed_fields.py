"""An event in two: what is stored as it is, and its personal fields, those of each kind by themselves.

Both are made as structs of their own, for which what is read of the event is far cheaper than to write it and take the text apart.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Protocol, Union, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Raw, Struct
from msgspec.structs import FieldInfo, fields

from domain.errors import LedgerUnusable
from domain.personal import ERASED, PERSONAL_PARTS, PersonalKind, kind_of_field

Values = Callable[[Any], tuple[Any, ...]]
Part = tuple[PersonalKind, bytes]
NOTHING = b"{}"
_Fields = msgspec.json.Decoder(dict[str, Raw])
_encode = msgspec.json.Encoder().encode


class Cipher(Protocol):
    """Seals the personal fields of one stream's events, those of each kind by a key, so that destroying it erases them.

    `bound` is where they stand: what was sealed for one place is opened for no other.
    """

    def seal(self, stream: str, kind: str, bound: bytes, personal: bytes) -> tuple[str, bytes]:
        """The id of the key that was used, and the ciphertext."""

    def open(self, key_id: str, bound: bytes, sealed: bytes) -> bytes | None:
        """The personal fields again; None where the key was destroyed. Raises `LedgerUnusable`."""

    def is_destroyed(self, key_id: str) -> bool:
        """Whether a key was destroyed."""

    def forget(self, keys: Iterable[str]) -> None:
        """These keys are destroyed."""

    def close(self) -> None:
        """Close the store of keys."""


class SealedForm:
    """How one type of events is taken apart. `personal` are its personal fields by their kinds."""

    def __init__(self, event: type[Any]) -> None:
        self._name = str(event.NAME)
        known = {one.name: one for one in fields(event)}
        self.personal: dict[PersonalKind, list[FieldInfo]] = {}
        for name in sorted(event.PERSONAL & known.keys(), key=list(known).index):
            self.personal.setdefault(kind_of_field(self._name, name), []).append(known[name])
        whole = {one.name for some in self.personal.values() for one in some} - PERSONAL_PARTS.keys()
        self._has_snapshot = "snapshot" in event.PERSONAL
        kept = [one for one in known.values() if one.name not in whole or one.name == "digits"]
        self._plain, self._plain_of = _twin(f"Plain{event.__name__}", kept)
        self._places = {one.name: place for place, one in enumerate(_required_first(kept))}
        self._parts = [
            (kind, *_twin(f"{kind.title()}Of{event.__name__}", some)) for kind, some in self.personal.items()
        ]

    def split(self, event: Any) -> tuple[Any, list[Part]]:
        """What is stored as it is, and the JSON of the personal fields of each kind that has any."""
        values = list(self._plain_of(event))
        parts: list[Part] = []
        for kind, twin, values_of in self._parts:
            if kind == "digits":
                if not (event.digits or "").strip():
                    continue  # nothing was pressed: that discloses nobody, and stays as it is
                values[self._places["digits"]] = None
            elif kind == "number" and self._has_snapshot:
                whole = event.snapshot
                if whole.from_number is None and whole.to_number is None:
                    continue
                values[self._places["snapshot"]] = _Kept(whole.status, whole.direction, whole.attempt_id)
            text = _encode(twin(*values_of(event)))
            if text != NOTHING:
                parts.append((kind, text))
        return self._plain(*values), parts

    def erased(self, plain: bytes, kinds: Sequence[str]) -> bytes:
        """An event's JSON with values for what was erased of it. Raises `LedgerUnusable` where a field has none."""
        found: dict[str, Any] = _Fields.decode(plain)
        for kind in kinds:
            for field in self.personal.get(kind, ()):  # type: ignore[call-overload]  # an older kind has none
                if field.name in PERSONAL_PARTS:
                    kept = msgspec.json.decode(found.get(field.name, NOTHING))
                    found[field.name] = {**kept, **dict.fromkeys(PERSONAL_PARTS[field.name], ERASED)}
                elif (value := self._erased(field)) is not NODEFAULT:
                    found[field.name] = value
        return _encode(found)

    def _erased(self, field: FieldInfo) -> Any:
        """The value; none where the field's own default is it."""
        types = set(get_args(field.type)) if get_origin(field.type) in {Union, UnionType} else {field.type}
        if str in types:
            return ERASED
        if field.default is not NODEFAULT or field.default_factory is not NODEFAULT:
            return NODEFAULT
        if types - {NoneType} == {bytes}:
            return ERASED.encode()
        raise LedgerUnusable(f"{field.name} of {self._name} was erased, and nothing can stand in its place")


class _Kept(Struct, frozen=True, omit_defaults=True):
    """What is left of a call's snapshot."""

    status: str | None = None
    direction: str | None = None
    attempt_id: str | None = None


def joined(plain: bytes, parts: Sequence[bytes]) -> bytes:
    """JSON objects as one; of a field that several have, the last says what it is."""
    some = [text for text in (plain, *parts) if text != NOTHING]
    return b",".join([text[1:-1] for text in some]).join((b"{", b"}")) if some else NOTHING


def forms_of(events: Mapping[str, type[Any]]) -> dict[str, SealedForm]:
    """Of each event that has personal fields, by its name."""
    return {name: SealedForm(event) for name, event in events.items() if event.PERSONAL}


def _required_first(some: Sequence[FieldInfo]) -> list[FieldInfo]:
    return sorted(some, key=lambda one: not one.required)


def _twin(name: str, some: Sequence[FieldInfo]) -> tuple[type[Struct], Values]:
    """A struct that stores these fields as the event does, and how their values are read of the event."""
    ordered = _required_first(some)
    spec: list[Any] = []
    for one in ordered:
        if one.default_factory is not NODEFAULT:
            spec.append((one.name, Any, msgspec.field(default_factory=one.default_factory)))
        elif one.default is not NODEFAULT:
            spec.append((one.name, Any, one.default))
        else:
            spec.append((one.name, Any))
    return msgspec.defstruct(name, spec, omit_defaults=True), _values([one.name for one in ordered])


def _values(names: Sequence[str]) -> Values:
    if not names:
        return lambda _: ()
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda event: (get(event),)
