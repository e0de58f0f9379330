"""Old shapes of events, and newer ones than ours."""

from typing import Any, ClassVar

import pytest
from msgspec import Raw, Struct

from adapters.event_mapper import EventMapper
from domain.errors import LedgerUnusable
from tests.adapters.mapped import EXAMPLE_OF, KeystreamCipher, read, stored


class Greeted(Struct, frozen=True, kw_only=True):
    """An event in its third shape: `name` was once called `person`, and `times` is newer still."""

    NAME: ClassVar = "test.greeted"
    PERSONAL: ClassVar = frozenset({"name"})
    name: str
    times: int
    raw: Raw


def _renamed(body: dict[str, Any]) -> dict[str, Any]:
    return {("name" if field == "person" else field): value for field, value in body.items()}


def _counted(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "times": 1}


LIFTED = EventMapper(lifts={"test.greeted": (_renamed, _counted)}, events={"test.greeted": Greeted})
HEAD = '"event_id":"event-1","recorded_at":"2026-03-02T09:00:00Z","metadata":{}'


@pytest.mark.parametrize(
    "state",
    [
        f'{{{HEAD},"event":{{"person":"Ada","raw":[1]}}}}',
        f'{{"shape":2,{HEAD},"event":{{"name":"Ada","raw":[1]}}}}',
        f'{{"shape":3,{HEAD},"event":{{"name":"Ada","times":1,"raw":[1]}}}}',
    ],
)
def test_old_shapes_are_lifted_to_the_present_one(state: str) -> None:
    expected: Any = Greeted(name="Ada", times=1, raw=Raw(b"[1]"))
    assert read(LIFTED, state.encode(), "test.greeted") == expected


def test_an_event_is_stored_in_its_present_shape() -> None:
    greeted: Any = Greeted(name="Ada", times=2, raw=Raw(b"[1]"))
    state = stored(LIFTED, greeted)
    assert state.startswith(b'{"shape":3,')
    assert read(LIFTED, state, "test.greeted") == greeted


def test_a_sealed_old_shape_is_opened_then_lifted() -> None:
    class Before(Struct, frozen=True, kw_only=True):
        NAME: ClassVar = "test.greeted"
        PERSONAL: ClassVar = frozenset({"person"})
        person: str
        raw: Raw

    cipher = KeystreamCipher()
    before: Any = Before(person="Ada", raw=Raw(b"[1]"))
    state = stored(EventMapper(cipher, lifts={}, events={"test.greeted": Before}), before)
    lifts = {"test.greeted": (_renamed, _counted)}

    after = read(EventMapper(cipher, lifts=lifts, events={"test.greeted": Greeted}), state, "test.greeted")

    assert after == Greeted(name="Ada", times=1, raw=Raw(b"[1]"))


def test_a_newer_shape_asks_for_a_newer_dialtrail() -> None:
    stream, event = EXAMPLE_OF["recipient.enrolled"]
    state = b'{"shape":2,' + stored(EventMapper(), event)[1:]

    with pytest.raises(LedgerUnusable) as refused:
        read(EventMapper(), state, event.NAME, stream)

    assert str(refused.value) == (
        "event 3 of recipient stream, recipient.enrolled, was written by a newer Dialtrail: upgrade this one"
    )


def test_an_unknown_name_asks_for_a_newer_dialtrail() -> None:
    _, event = EXAMPLE_OF["recipient.enrolled"]

    with pytest.raises(LedgerUnusable, match=r"event 3 of recipient stream, recipient\.cloned, was written by a newer"):
        read(EventMapper(), stored(EventMapper(), event), "recipient.cloned")
