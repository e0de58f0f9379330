"""What brings an attempt into each of its phases."""

from collections.abc import Mapping

from domain.recipient import (
    RecipientEvent,
)
from domain.recipient.attempt import AttemptPhase
from tests.domain.given import (
    abandoned,
    accepted,
    enrolled,
    refused,
    resolved,
    started,
    unresolved,
)

# How an attempt comes into each phase, and what each decision records from where it is allowed.
PHASES: Mapping[AttemptPhase, list[RecipientEvent]] = {
    "started": [enrolled(), started()],
    "accepted": [enrolled(), started(), accepted()],
    "refused": [enrolled(), started(), refused()],
    "abandoned": [enrolled(), started(), abandoned()],
    "unresolved": [enrolled(), started(), unresolved()],
    "settled_without_call": [enrolled(), started(), unresolved(), resolved()],
}
