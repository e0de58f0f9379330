"""A callback: when a person wishes to be called next by a campaign, and what is recorded of that."""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

CallbackSource = Literal["operator", "keypress", "import"]
NOBODY_NAMED: frozenset[str] = frozenset()
_IN_CALL = "in call "


class RecipientCallbackSet(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A campaign's next attempt shall be `at` (UTC); one that was wished before is moved by it.

    From `give_up_at` on nobody calls because of it any more. `local` and `zone` are how it was said, where that was a local
    time; `said` is in which call, where a key was pressed, and `said_at` when.
    """

    NAME: ClassVar = "recipient.callback_set"
    PERSONAL: ClassVar = NOBODY_NAMED
    campaign_id: str
    at: datetime
    give_up_at: datetime
    source: CallbackSource
    local: str | None = None
    zone: str | None = None
    said: str | None = None
    said_at: datetime | None = None


class RecipientCallbackDropped(Struct, frozen=True, kw_only=True):
    """The wish for a call `at` is given up.

    `why` is `operator`, `not_called_in_time`, `call_is_anothers` (a key wished it, in a call that was not theirs), or the rule
    that stood against the call: `campaign_over`, where the campaign ends before that time.
    """

    NAME: ClassVar = "recipient.callback_dropped"
    PERSONAL: ClassVar = NOBODY_NAMED
    campaign_id: str
    at: datetime
    why: str


CallbackEvent = RecipientCallbackSet | RecipientCallbackDropped


class Callback(Struct, frozen=True, kw_only=True):
    """A wish, as it was said last; `set_at` is when it was recorded."""

    at: datetime
    give_up_at: datetime
    set_at: datetime
    source: CallbackSource
    local: str | None = None
    zone: str | None = None
    said: str | None = None
    said_at: datetime | None = None


def callback_after(event: CallbackEvent, at: datetime) -> Callback | None:
    """The wish after one more event, recorded `at`; None where it was given up."""
    if isinstance(event, RecipientCallbackDropped):
        return None
    return Callback(
        at=event.at,
        give_up_at=event.give_up_at,
        set_at=at,
        source=event.source,
        local=event.local,
        zone=event.zone,
        said=event.said,
        said_at=event.said_at,
    )


def said_after(known: datetime | None, event: CallbackEvent, at: datetime) -> datetime:
    """When something was said of callbacks last, after one more event, recorded `at`."""
    said_at = at if isinstance(event, RecipientCallbackDropped) or event.said_at is None else event.said_at
    return said_at if known is None else max(known, said_at)


def said_in(call_id: str) -> str:
    """How it is recorded that something was wished in a call."""
    return f"{_IN_CALL}{call_id}"


def said_in_call(said: str | None) -> str | None:
    """The call in which it was wished, if in any."""
    return said.removeprefix(_IN_CALL) if said is not None and said.startswith(_IN_CALL) else None
