"""What recurs in answers, each with its form and its meaning: types for structs, from which the API's description is made."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from domain.call.events import RANK
from domain.events import EVENTS
from domain.identity import CALL_ID_CHARS_MAX, CAMPAIGN_ID_CHARS_MAX


def means(text: str) -> Meta:
    """What a field says, for its description."""
    return Meta(description=text)


def one_of(*words: str) -> Meta:
    """Which words a text can be, where its type does not say so."""
    return Meta(extra_json_schema={"enum": list(words)})


def each_of(words: Sequence[str]) -> Meta:
    """The keys of a mapping that has every one of them, and no other."""
    return Meta(extra_json_schema={"required": list(words), "propertyNames": {"enum": list(words)}})


Count = Annotated[int, Meta(ge=0)]
Amount = Annotated[float, Meta(ge=0)]
Position = Annotated[int, Meta(ge=0, description="a place in the ledger")]
Instant = Annotated[
    datetime,
    Meta(
        tz=True,
        description="UTC, to the microsecond",
        # As `domain.instants.time_text` writes it.
        extra_json_schema={"pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$"},
    ),
]
Number = Annotated[
    str,
    Meta(
        pattern=r"^(\+([1-9][0-9]{1,14}|([1-9][0-9])?…([0-9]{2})?)|erased)$",
        description="E.164; to viewers its first two and last two digits, like +15…02; `erased` of who was erased",
    ),
]
E164 = Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{1,14}$", description="E.164, such as +15551230009")]
CampaignId = Annotated[str, Meta(pattern=f"^[a-z0-9][a-z0-9_-]{{0,{CAMPAIGN_ID_CHARS_MAX - 1}}}$")]
CallId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=CALL_ID_CHARS_MAX,
        pattern=r"^[^\u0000-\u001f\u007f-\u009f]+$",
        description="as MiniVoice gave it; in a path, a slash in it is written %2F",
    ),
]
Said = Annotated[str | None, means("all that MiniVoice said; not for viewers")]
Cursor = Annotated[str | None, means("pass it as `after` for the following page; null on the last")]
EventName = Annotated[str, one_of(*sorted(EVENTS))]
EntryName = Annotated[str, one_of(*(name for name in RANK if name != "call.redelivered"))]
