"""Who may come in, and when each was last seen by this process; of the tokens themselves nothing."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated

from msgspec import Struct

from application.actor import Actor, Role
from application.fields import Instant, means


class TokenShown(Struct, frozen=True, kw_only=True):
    """A token of DIALTRAIL_TOKENS by its name."""

    name: str
    role: Role
    last_seen_at: Annotated[Instant | None, means("its last request to this process, or of its session; null: none")]


class TokensShown(Struct, frozen=True, kw_only=True):
    """All tokens there are, in the order of the setting."""

    items: list[TokenShown]
    since: Annotated[Instant, means("when this process began to watch")]


class TokenUses:
    """Remembers the last request of each name, for as long as the process lives."""

    def __init__(self, known: Iterable[Actor], clock: Callable[[], datetime]) -> None:
        self._known = list(known)
        self._clock = clock
        self._since = clock()
        self._seen: dict[str, datetime] = {}

    def seen(self, name: str) -> None:
        """A request of this name was let in."""
        self._seen[name] = self._clock()

    def shown(self) -> TokensShown:
        """All of them."""
        items = [TokenShown(name=one.name, role=one.role, last_seen_at=self._seen.get(one.name)) for one in self._known]
        return TokensShown(items=items, since=self._since)
