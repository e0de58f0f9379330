"""Who asks, and what a role may do."""

from collections.abc import Set as AbstractSet
from typing import Literal

from msgspec import Struct

from domain.campaign import Operator

Role = Literal["viewer", "auditor", "operator"]
ROLES: tuple[Role, ...] = ("viewer", "auditor", "operator")


class Actor(Struct, frozen=True):
    """Who asks: the name that goes into the ledger's metadata, and what they may do.

    `is_owner` where they hold the token of the data folder's owner. `request_id` is the request that they ask by.
    """

    name: str
    role: Role
    is_owner: bool = False
    request_id: str = ""

    @property
    def sees_numbers(self) -> bool:
        """Whether numbers and bodies are shown to them in full."""
        return self.role != "viewer"

    @property
    def metadata(self) -> dict[str, str]:
        """Who caused an event, and by which request."""
        actor = {"actor": f"{self.role}:{self.name}"}
        return {**actor, "request": self.request_id} if self.request_id else actor

    def among(self, operators: AbstractSet[str]) -> Operator:
        """This actor as one of the operators. Who has not come by a token of their own has no name."""
        has_name = bool(operators) and not self.is_owner
        return Operator(self.name if has_name else None, frozenset(operators) - ({self.name} if has_name else set()))


OWNER = Actor("owner", "operator", is_owner=True)
