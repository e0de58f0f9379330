"""What people and programs tell Dialtrail to do: each command reads, decides and appends in one commit."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from adapters.ledger import Transaction
from adapters.recipient_file import Complaint, RecipientRow
from domain import account, campaign, recipient
from domain.campaign import CampaignState, Plan
from domain.identity import account_stream, campaign_stream

Decide = Callable[[Transaction], list[str]]


class Enrolled(Struct, frozen=True, kw_only=True):
    """What became of a batch of rows."""

    enrolled: int
    already_enrolled: int
    repeats: list[Complaint]


def create_campaign(campaign_id: str, plan: Plan) -> Callable[[Transaction], bool]:
    """Create it; whether it is new."""

    def decide(tx: Transaction) -> bool:
        events = campaign.create(tx.campaign(campaign_id), campaign_id, plan)
        tx.append(campaign_stream(campaign_id), events)
        return bool(events)

    return decide


def start_campaign(campaign_id: str) -> Decide:
    """Let it dial."""
    return _change(campaign_id, campaign.start)


def pause_campaign(campaign_id: str) -> Decide:
    """Stop it between two calls."""
    return _change(campaign_id, lambda state: campaign.pause(state, "operator"))


def cancel_campaign(campaign_id: str) -> Decide:
    """End it for good."""
    return _change(campaign_id, campaign.cancel)


def resume_campaign(campaign_id: str, fingerprint: str | None) -> Decide:
    """Let it dial again, and lift a pause of the account, which is said in the notes."""

    def decide(tx: Transaction) -> list[str]:
        state = campaign.existing(tx.campaign(campaign_id), campaign_id)
        notes: list[str] = []
        if fingerprint is not None:
            known = tx.account(fingerprint)
            if known.pause is not None:
                tx.append(account_stream(fingerprint), account.resume(known, f"campaign {campaign_id} was resumed"))
                why = known.pause.code or known.pause.cause
                notes.append(f"the account's pause ({why}) was lifted: every running campaign on it dials again")
        tx.append(campaign_stream(campaign_id), campaign.resume(state))
        return notes

    return decide


def enroll_recipients(
    campaign_id: str, import_id: str, rows: Sequence[tuple[str, RecipientRow]]
) -> Callable[[Transaction], Enrolled]:
    """Enrol rows, each with its recipient's stream; those that are enrolled already stay as they are."""

    def decide(tx: Transaction) -> Enrolled:
        campaign.accept_recipients(campaign.existing(tx.campaign(campaign_id), campaign_id))
        tx.expect_new([stream for stream, _ in rows])
        enrolled = already = 0
        repeats: list[Complaint] = []
        for stream, row in rows:
            person = tx.recipient(stream)
            known = person.enrollments.get(campaign_id)
            if known is None:
                events = recipient.enroll(
                    person,
                    campaign_id,
                    row.number,
                    zone=row.zone,
                    variables=row.variables,
                    import_id=import_id,
                    line=row.line,
                )
                tx.append(stream, events)
                enrolled += 1
            elif known.import_id == import_id and known.line != row.line:
                repeats.append(
                    Complaint(line=row.line, field="number", reason=f"repeats the number of line {known.line}")
                )
            else:
                already += 1
        return Enrolled(enrolled=enrolled, already_enrolled=already, repeats=repeats)

    return decide


def suppress(
    stream: str, number: str, source: str, reason: str | None, expires_at: datetime | None
) -> Callable[[Transaction], bool]:
    """Let nobody call this person; whether that is new."""

    def decide(tx: Transaction) -> bool:
        events = recipient.suppress(tx.recipient(stream), number, source, reason=reason, expires_at=expires_at)
        tx.append(stream, events)
        return bool(events)

    return decide


def release(stream: str) -> Callable[[Transaction], bool]:
    """Lift a suppression; whether there was one."""

    def decide(tx: Transaction) -> bool:
        events = recipient.release(tx.recipient(stream))
        tx.append(stream, events)
        return bool(events)

    return decide


def _change(campaign_id: str, decision: Callable[[CampaignState], list[campaign.CampaignEvent]]) -> Decide:
    def decide(tx: Transaction) -> list[str]:
        state = campaign.existing(tx.campaign(campaign_id), campaign_id)
        tx.append(campaign_stream(campaign_id), decision(state))
        return []

    return decide
