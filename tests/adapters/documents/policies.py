"""A policy as a campaign holds it, and what is wrong with it."""

import pytest

from adapters.documents.campaign import parse_campaign
from domain.errors import InvalidInput

CAMPAIGN = {"id": "spring_followup", "from": "+15551230001"}


def fault(given: object, **campaign: object) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as raised:
        parse_campaign({**CAMPAIGN, **campaign, "policy": given})
    return raised.value.field, raised.value.message
