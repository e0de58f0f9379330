"""Somebody rings back: about which campaign, and whose script they are told. Nothing personal hangs on what an asker says."""

from adapters.ledger import Ledger
from application.answering.asked import Asked
from application.answering.session import CallSession
from domain.call import CallCameIn, InboundScriptOf
from domain.identity import call_stream
from domain.person import spellings
from domain.recipient import RecipientState
from domain.ring_back import CampaignOf, rings_back
from projections.folded import call_of, recipient_of


class Inbound:
    """Looks in the ledger. `has_script`: the installation has an inbound script for campaigns that have none."""

    def __init__(self, ledger: Ledger, campaign_of: CampaignOf, *, has_script: bool) -> None:
        self._ledger = ledger
        self._campaign_of = campaign_of
        self._has_script = has_script

    def told(self, call_id: str, came_in: CallCameIn) -> CallSession:
        """The session of a call that signed reports say came in."""
        return CallSession(
            call_id=call_id,
            campaign_id=came_in.campaign_id,
            recipient=came_in.recipient,
            attempt_id=came_in.attempt_id,
            found_by="call_id",
            inbound=self._script_of(came_in.campaign_id),
        )

    def find(self, asked: Asked) -> CallSession | None:
        """The session of a call of which nothing is reported yet, by who is said to call whom; None where that is not plain.

        Where reports say who calls whom, they are the ones that count, and have been looked at.
        """
        for call_id in asked.call_ids:
            known = call_of(self._ledger.read_stream(call_stream(call_id)))
            if known.claim is not None or known.parties is not None or known.echoed_attempts:
                return None
        found = {
            (one.stream, one.attempt.attempt_id, one.attempt.campaign_id)
            for caller in asked.from_numbers
            for rung in asked.to_numbers
            if (one := rings_back(self._people(caller), rung, self._campaign_of, None)) is not None
        }
        if len(found) != 1:
            return None
        ((stream, attempt_id, campaign_id),) = found
        return CallSession(
            call_id=asked.call_ids[0] if asked.call_ids else None,
            campaign_id=campaign_id,
            recipient=stream,
            attempt_id=attempt_id,
            found_by="numbers",
            inbound=self._script_of(campaign_id),
        )

    def _people(self, number: str) -> dict[str, RecipientState]:
        streams = [self._ledger.recipient_stream(one) for one in spellings(number)]
        return {stream: recipient_of(self._ledger.read_stream(stream)) for stream in streams}

    def _script_of(self, campaign_id: str) -> InboundScriptOf:
        campaign = self._campaign_of(campaign_id)
        has_own = campaign is not None and bool(campaign.plan.inbound_script)
        return "installation" if self._has_script and not has_own else "campaign"
