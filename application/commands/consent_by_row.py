"""The consent that a row of an import brings: whether it can be one, and what is recorded of it."""

from collections.abc import Sequence
from datetime import datetime

from adapters.documents.consent import consent_of
from adapters.ledger.transaction import Transaction
from adapters.recipient_consent import PREFIX
from adapters.recipient_file import Complaint, RecipientRow, Remark
from application.commands.consents import consent_fault
from domain import recipient
from domain.campaign import CampaignState
from domain.dialing import purpose_of, purposes_accepted
from domain.recipient import ConsentGiven

BY_IMPORT = "import"
WITHOUT_IT = "they are in the campaign already, and this consent is not recorded"


def consent_of_row(row: RecipientRow, state: CampaignState) -> ConsentGiven | None:
    """What a row says that its person agreed to: where it names no purpose, for the first that the campaign accepts."""
    said, policy = row.consent, state.plan.policy
    if said is None:
        return None
    accepted = purpose_of(state) if policy is None else purposes_accepted(policy, state.campaign_id)[0]
    return consent_of(
        row.number,
        purpose=said.purpose or accepted,
        basis=said.basis,
        source=said.source or BY_IMPORT,
        given_at=said.given_at,
        text=said.text,
        text_version=said.text_version,
        by=said.by,
        until=said.until,
    )


def row_consent_fault(row: RecipientRow, state: CampaignState, now: datetime) -> Complaint | None:
    """Why a row whose consent can be read is not used all the same."""
    given = consent_of_row(row, state)
    fault = None if given is None else consent_fault(given, now)
    return None if fault is None else Complaint(line=row.line, field=f"{PREFIX}{fault[0]}", reason=fault[1])


def remark_of_consent(row: RecipientRow, state: CampaignState, now: datetime) -> Sequence[Remark]:
    """What is said where somebody is in the campaign already, and the row's consent cannot be."""
    fault = row_consent_fault(row, state, now)
    return [] if fault is None else [Remark(row.line, fault.field, f"{WITHOUT_IT}: it {fault.reason}")]


def consent_events(
    tx: Transaction, state: CampaignState, stream: str, row: RecipientRow
) -> Sequence[recipient.RecipientEvent]:
    """What is recorded of it; nothing where that is known."""
    given = consent_of_row(row, state)
    return [] if given is None else recipient.give_consent(tx.recipient(stream).consents, given)
