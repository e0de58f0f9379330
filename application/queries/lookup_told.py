"""What an attempt's lookup said, as it is shown."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Struct

from application.actor import Actor
from application.fields import Instant, means
from application.queries.masking import shown_text
from domain.recipient import LookupAnswer


class LookupTold(Struct, frozen=True, kw_only=True):
    """What the campaign's lookup said before an attempt; `failed` is why it said nothing, where the campaign went on without."""

    host: str
    at: Instant
    reason: Annotated[str | None, means("not for viewers")]
    failed: Annotated[str | None, means("not for viewers")]
    variables: Annotated[Mapping[str, str] | None, means("what it added or replaced; not for viewers")]


def shown_told(told: LookupAnswer | None, actor: Actor) -> LookupTold | None:
    """As this actor may see it; None where nobody was asked."""
    if told is None:
        return None
    return LookupTold(
        host=urlsplit(told.url).netloc,
        at=told.at,
        reason=shown_text(told.reason, actor),
        failed=shown_text(told.failed, actor),
        variables=told.variables if actor.sees_numbers else None,
    )
