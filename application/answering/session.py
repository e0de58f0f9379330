"""Whose call it is that asks what to say."""

from msgspec import Struct

from domain.call import FoundBy, InboundScriptOf


class CallSession(Struct, frozen=True, kw_only=True, array_like=True):
    """A call that asks: its id where that was said or is known, and the person and campaign of the attempt behind it.

    `found_by` is by what the asker named it; None in a link of a time when that was not kept. `inbound` says whose script
    it is told where somebody rings back: then the attempt is the one that they ring about, and the call none of its own.
    """

    call_id: str | None
    campaign_id: str
    recipient: str
    attempt_id: str
    found_by: FoundBy | None = None
    inbound: InboundScriptOf | None = None
