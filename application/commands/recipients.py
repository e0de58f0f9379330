"""Recipients: enrolled in a campaign, suppressed and released; each command reads, decides and appends in one commit."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from adapters.ledger.transaction import Transaction
from adapters.recipient_file import Complaint, RecipientRow, Remark
from adapters.suppression_file import SuppressionRow
from application.commands.command import Command
from application.commands.consent_by_row import consent_events, remark_of_consent, row_consent_fault
from application.commands.script_needs import SCRIPT_NEEDS_IT, missing_variable, needed_variables
from application.commands.unique_references import ReferencesTaken, check_references
from application.commands.wished_by_row import remark_of_known, wish_fault, wish_of_new
from domain import campaign, recipient
from domain.call import CallGathered, CallState
from domain.campaign import CampaignState
from domain.recipient import reference_of

KEYPRESS = "keypress"


class Enrolled(Struct, frozen=True, kw_only=True):
    """What became of a batch of rows; `remarks` are of those that are in the campaign, but not with all that they say."""

    enrolled: int
    already_enrolled: int
    repeats: list[Complaint]
    lacking: list[Complaint] = []
    remarks: list[Remark] = []


def enroll_recipients(
    campaign_id: str,
    import_id: str,
    rows: Sequence[tuple[str, RecipientRow]],
    *,
    is_preview: bool = False,
    references: ReferencesTaken | None = None,
) -> Command[Enrolled]:
    """Enrol rows, each with its recipient's stream; those that are enrolled already stay as they are.

    A new one without a variable that the script needs is not enrolled, nor one with another's reference where these are
    unique: `references` are then those that are taken. A preview says what would become of them, and enrols nobody.
    """

    def decide(tx: Transaction) -> Enrolled:
        return _enrolled(tx, campaign_id, import_id, rows, is_preview, references)

    return decide


def _enrolled(
    tx: Transaction,
    campaign_id: str,
    import_id: str,
    rows: Sequence[tuple[str, RecipientRow]],
    is_preview: bool,
    references: ReferencesTaken | None,
) -> Enrolled:
    state = campaign.existing(tx.campaign(campaign_id), campaign_id)
    campaign.accept_recipients(state)
    # What a lookup may add need not be in the file; whether it did is looked at once it has answered.
    needed = needed_variables(state.plan.script) if state.plan.asked_first is None else ()
    check = check_references(tx, state, references)
    tx.expect_new([stream for stream, _ in rows])
    enrolled = already = 0
    repeats: list[Complaint] = []
    lacking: list[Complaint] = []
    remarks: list[Remark] = []
    foreseen: dict[str, int] = {}
    for stream, row in rows:
        person = tx.recipient(stream)
        known = person.enrollments.get(campaign_id)
        if stream in foreseen:
            repeats.append(_repeat(row.line, foreseen[stream]))
        elif known is None and (complaint := _fault_of(row, state, needed, tx.now) or check.complaint(row)) is not None:
            lacking.append(complaint)
        elif known is None:
            remarks += _enrol(tx, state, import_id, stream, row, is_preview=is_preview)
            foreseen |= {stream: row.line} if is_preview else {}
            enrolled += 1
        elif known.import_id == import_id and known.line != row.line:
            repeats.append(_repeat(row.line, known.line))
        else:
            already += 1
            remarks += [*remark_of_known(row, known), *remark_of_consent(row, state, tx.now)]
            if not is_preview and row_consent_fault(row, state, tx.now) is None:
                tx.append(stream, consent_events(tx, state, stream, row))
    return Enrolled(enrolled=enrolled, already_enrolled=already, repeats=repeats, lacking=lacking, remarks=remarks)


def _enrol(
    tx: Transaction, state: CampaignState, import_id: str, stream: str, row: RecipientRow, *, is_preview: bool
) -> Sequence[Remark]:
    """Enrol somebody with what they wish, or, for a preview, see what that would come to; what is remarked of it."""
    enrolled = recipient.enroll(
        tx.recipient(stream),
        state.campaign_id,
        row.number,
        zone=row.zone,
        variables=row.variables,
        import_id=import_id,
        line=row.line,
        reference=reference_of(row.variables),
    )
    wish = wish_of_new(tx, state, stream, row, enrolled)
    if not is_preview:
        tx.append(stream, enrolled)
        tx.append(stream, wish.events)
        tx.append(stream, consent_events(tx, state, stream, row))
    return wish.remarks


def _fault_of(row: RecipientRow, state: CampaignState, needed: tuple[str, ...], now: datetime) -> Complaint | None:
    """Why a row that can be read is not enrolled all the same."""
    missing = missing_variable(needed, row.variables)
    if missing is not None:
        return Complaint(line=row.line, field=missing, reason=SCRIPT_NEEDS_IT)
    return row_consent_fault(row, state, now) or wish_fault(row, state, now)


def _repeat(line: int, first: int | None) -> Complaint:
    return Complaint(line=line, field="number", reason=f"repeats the number of line {first}")


def suppress_recipient(
    stream: str, number: str, source: str, reason: str | None, expires_at: datetime | None
) -> Command[bool]:
    """Let nobody call this person; whether that is new."""

    def decide(tx: Transaction) -> bool:
        events = recipient.suppress(tx.recipient(stream), number, source, reason=reason, expires_at=expires_at)
        tx.append(stream, events)
        return bool(events)

    return decide


def suppress_recipients(rows: Sequence[tuple[str, SuppressionRow]], source: str) -> Command[int]:
    """Let nobody call these people, on the word of `source` where a row names none; of how many that is new."""

    def decide(tx: Transaction) -> int:
        tx.expect_new([stream for stream, _ in rows])
        new = 0
        for stream, row in rows:
            person = tx.recipient(stream)
            word = row.source or source
            events = recipient.suppress(person, row.number, word, reason=row.reason, expires_at=row.expires_at)
            tx.append(stream, events)
            new += bool(events)
        return new

    return decide


def release_recipient(stream: str, number: str) -> Command[list[str]]:
    """Lift the suppression of a person, in all spellings of the number; which of them were suppressed."""

    def decide(tx: Transaction) -> list[str]:
        released = []
        for one in (stream, *tx.other_streams(number)):
            spelling = tx.recipient(one)
            events = recipient.release(spelling)
            tx.append(one, events)
            released += [spelling.number] if events else []
        return released

    return decide


def heed_opt_out(tx: Transaction, call_id: str, gathered: CallGathered | None = None) -> None:
    """Suppress the person of a call in which exactly the digits were gathered that its campaign's policy names.

    With `gathered`, for these digits alone; else for all that are known of the call, which is found to be this person's.
    """
    state = tx.call(call_id).state
    claim = state.owner
    digits = {one.digits for one in state.gathers} if gathered is None else {gathered.digits}
    if claim is None or not any(digits):
        return
    placed_for = tx.campaign(claim.campaign_id)
    policy = None if placed_for is None else placed_for.plan.policy
    if policy is None or policy.opt_out_digits not in digits:
        return
    said_at = None if gathered is None else pressed_at(gathered, state, tx.now)
    events = recipient.opt_out(tx.recipient(claim.recipient), KEYPRESS, f"in call {call_id}", said_at)
    tx.append(claim.recipient, events)


def pressed_at(gathered: CallGathered, state: CallState, now: datetime) -> datetime:
    """When the keys were pressed: as the provider says, if that can be, but not after we heard of it, nor after the call's end."""
    said = gathered.occurred_at
    stamp = said if said is not None and state.can_be(said, now) else None
    return min(at for at in (stamp, state.ended_at, now) if at is not None)
