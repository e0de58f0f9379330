"""That a call came in from somebody whom a campaign had called."""

from typing import ClassVar, Literal

from msgspec import Struct

InboundScriptOf = Literal["campaign", "installation"]
"""Whose inbound script a call is told."""


class CallCameIn(Struct, frozen=True, kw_only=True):
    """The provider reported this call as one from a person to a number that a campaign called them from: they ring back.

    `attempt_id` is the last one from that number to them, `campaign_id` its campaign, and `recipient` its stream. The
    call is none of that attempt's, and none of anybody's.
    """

    NAME: ClassVar = "call.came_in"
    PERSONAL: ClassVar = frozenset[str]()
    attempt_id: str
    campaign_id: str
    recipient: str
