"""Whose stream an event belongs to."""

from collections.abc import Mapping
from typing import get_args

from domain import account, call, campaign, recipient

KINDS: Mapping[type, str] = {
    event: kind
    for kind, events in (
        ("account", account.AccountEvent),
        ("call", call.CallEvent),
        ("campaign", campaign.CampaignEvent),
        ("recipient", recipient.RecipientEvent),
    )
    for event in get_args(events)
}
