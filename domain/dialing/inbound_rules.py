"""The rule that hangs on calls that come in: nobody is called who has us on the line."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from domain.call.state import CallState
from domain.dialing.verdict import Reason
from domain.instants import later
from domain.recipient.state import RecipientState

ON_INBOUND_CALL = "on_inbound_call"
INBOUND_CALL_HELD_MAX = timedelta(hours=1)
"""Of a call whose end nobody reports."""


def inbound_reasons(recipient: RecipientState, calls: Mapping[str, CallState], now: datetime) -> Iterator[Reason]:
    """While the last call that came in from this person goes on, they are not called."""
    for rang in reversed(recipient.rang_back):
        call, until = calls.get(rang.call_id), later(rang.at, INBOUND_CALL_HELD_MAX)
        if call is not None and call.phase != "ended" and now < until:
            inputs = {"call_id": rang.call_id, "since": rang.at.isoformat(), "campaign_id": rang.campaign_id}
            yield Reason(rule=ON_INBOUND_CALL, scope="recipient", until=until, inputs=inputs)
            return
