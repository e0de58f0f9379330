"""What is wrong with one of the user's own systems that is told what happens."""

from datetime import datetime

from msgspec import Struct


class SubscriberTrouble(Struct, frozen=True, kw_only=True):
    """A subscription of which deliveries were given up, or that takes none any more; `since` where that is known."""

    subscription_id: str
    since: datetime | None
    says: str
    what_to_do: str
