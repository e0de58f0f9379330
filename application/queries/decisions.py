"""Every verdict on disk once more: what calls were placed by, beside what the ledger gives for the moment before each."""

from msgspec import Struct

from adapters.rule_data import installed_rule_data
from application.fields import Count, Cursor, Position
from application.installation import Installation
from projections.decisions import DecisionDifference, compare_decisions


class DecisionsPage(Struct, frozen=True, kw_only=True):
    """One step over the ledger: how many verdicts were compared, how many of them were made on another basis, and what differs."""

    items: list[DecisionDifference]
    compared: Count
    other_rules: Count
    other_rule_data: Count
    next: Cursor
    position: Position


def compared_decisions(parts: Installation, campaign_id: str | None, after: int, limit: int) -> DecisionsPage:
    """Of one campaign or of all, in full: it is for those who may see everything. The account has to be known; raises `NotFound`."""
    end = parts.ledger.position
    if campaign_id is not None:
        parts.reads.campaign_state(campaign_id, end)
    found = compare_decisions(
        parts.ledger.read_feed,
        parts.ledger.read_streams,
        parts.ledger.recipient_stream,
        parts.in_flight.fingerprint,
        after,
        limit,
        end,
        installed_rule_data(),
        campaign_id,
        parts.reads.known_campaigns.at,
    )
    return DecisionsPage(
        items=found.differences,
        compared=found.verdicts,
        other_rules=found.other_rules,
        other_rule_data=found.other_rule_data,
        next=None if found.following is None else str(found.following),
        position=end,
    )
