"""A lookup: the user's own system, which is asked about each person before they are called."""

from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

OnFailure = Literal["go_on", "hold", "skip"]
LOOKUP_TTL_SECONDS_DEFAULT = 3_600
LOOKUP_TIMEOUT_SECONDS_DEFAULT = 5.0


class Lookup(Struct, frozen=True, kw_only=True):
    """Who is asked, and what an answer is good for.

    Where no usable answer comes within `timeout_seconds`, the campaign goes on without one, holds the person until the next
    try, or takes them out. An answer is used for `ttl_seconds`.
    """

    url: str
    on_failure: OnFailure = "hold"
    ttl_seconds: int = LOOKUP_TTL_SECONDS_DEFAULT
    timeout_seconds: float = LOOKUP_TIMEOUT_SECONDS_DEFAULT

    @property
    def host(self) -> str:
        """What may be shown to anybody of where it is; the rest of a URL may hold a secret."""
        return urlsplit(self.url).netloc
