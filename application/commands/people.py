"""What people and programs tell Dialtrail to do: each command reads, decides and appends in one commit."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from adapters.ledger import Transaction
from adapters.recipient_file import Complaint, RecipientRow
from adapters.suppression_file import SuppressionRow
from application.commands.opt_out import heed_opt_out
from application.commands.script_needs import SCRIPT_NEEDS_IT, missing_variable, needed_variables
from domain import account, call, campaign, recipient
from domain.campaign import CampaignState, Plan
from domain.errors import Conflict
from domain.identity import account_stream, call_stream, campaign_stream
from domain.recipient import Resolution

Decide = Callable[[Transaction], list[str]]


class Enrolled(Struct, frozen=True, kw_only=True):
    """What became of a batch of rows."""

    enrolled: int
    already_enrolled: int
    repeats: list[Complaint]
    lacking: list[Complaint] = []


def create_campaign(campaign_id: str, plan: Plan) -> Callable[[Transaction], bool]:
    """Create it; whether it is new."""

    def decide(tx: Transaction) -> bool:
        events = campaign.create(tx.campaign(campaign_id), campaign_id, plan)
        tx.append(campaign_stream(campaign_id), events)
        return bool(events)

    return decide


def start_campaign(campaign_id: str, canary: int | None = None) -> Decide:
    """Let it dial; with a `canary`, so many attempts and no more until it is resumed."""
    return _change(campaign_id, lambda state: campaign.start(state, canary))


def pause_campaign(campaign_id: str) -> Decide:
    """Stop it between two calls."""
    return _change(campaign_id, lambda state: campaign.pause(state, "operator"))


def cancel_campaign(campaign_id: str) -> Decide:
    """End it for good."""
    return _change(campaign_id, campaign.cancel)


def resume_campaign(campaign_id: str, fingerprint: str | None) -> Decide:
    """Let it dial again; lift a pause of the account and the holds on destinations, which is said in the notes."""

    def decide(tx: Transaction) -> list[str]:
        state = campaign.existing(tx.campaign(campaign_id), campaign_id)
        notes: list[str] = []
        if fingerprint is not None:
            known = tx.account(fingerprint)
            if known.pause is not None:
                tx.append(account_stream(fingerprint), account.resume(known, f"campaign {campaign_id} was resumed"))
                why = known.pause.code or known.pause.cause
                notes.append(f"the account's pause ({why}) was lifted: every running campaign on it dials again")
            for prefix in known.held_prefixes:
                reason = f"campaign {campaign_id} was resumed"
                tx.append(account_stream(fingerprint), account.release_destination(known, prefix, reason))
            if known.held_prefixes:
                notes.append(f"{len(known.held_prefixes)} held destinations are tried again")
        if state.phase == "paused" and state.pause is not None and state.pause.cause == campaign.CANARY:
            notes.append(f"the canary's {state.canary} calls were looked at: all others are called from now on")
        tx.append(campaign_stream(campaign_id), campaign.resume(state))
        return notes

    return decide


def release_destinations(fingerprint: str | None, prefix: str) -> Callable[[Transaction], int]:
    """Let all that is held and begins with this prefix be dialled again; how many holds that were."""

    def decide(tx: Transaction) -> int:
        if fingerprint is None:
            return 0
        events = account.release_destinations(tx.account(fingerprint), prefix)
        tx.append(account_stream(fingerprint), events)
        return len(events)

    return decide


def enroll_recipients(
    campaign_id: str, import_id: str, rows: Sequence[tuple[str, RecipientRow]]
) -> Callable[[Transaction], Enrolled]:
    """Enrol rows, each with its recipient's stream; those that are enrolled already stay as they are.

    A new one without a variable that the campaign's script needs is not enrolled.
    """

    def decide(tx: Transaction) -> Enrolled:
        state = campaign.existing(tx.campaign(campaign_id), campaign_id)
        campaign.accept_recipients(state)
        needed = needed_variables(state.plan.script)
        tx.expect_new([stream for stream, _ in rows])
        enrolled = already = 0
        repeats: list[Complaint] = []
        lacking: list[Complaint] = []
        for stream, row in rows:
            person = tx.recipient(stream)
            known = person.enrollments.get(campaign_id)
            if known is None and (missing := missing_variable(needed, row.variables)) is not None:
                lacking.append(Complaint(line=row.line, field=missing, reason=SCRIPT_NEEDS_IT))
            elif known is None:
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
        return Enrolled(enrolled=enrolled, already_enrolled=already, repeats=repeats, lacking=lacking)

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


def suppress_many(rows: Sequence[tuple[str, SuppressionRow]], source: str) -> Callable[[Transaction], int]:
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


def match_attempt(
    stream: str, attempt_id: str, call_id: str, how: Resolution, by: str
) -> Callable[[Transaction], None]:
    """Tie an attempt and a call to each other, on both streams; worse evidence than there is raises `Conflict`.

    A call that echoes an attempt is that attempt's, also where the attempt has another one by better evidence: then only
    the call says so, for it was placed twice.
    """

    def decide(tx: Transaction) -> None:
        person = tx.recipient(stream)
        attempt = person.attempt(attempt_id)
        history = tx.call(call_id)
        best = history.state.claim
        if best is not None and best.attempt_id != attempt_id and best.strength > call.STRENGTH[how]:
            raise Conflict(f"call {call_id} is attempt {best.attempt_id}'s by better evidence ({best.how})")
        try:
            tx.append(stream, recipient.resolve(person, attempt_id, how, by, call_id=call_id))
        except Conflict:
            if how != "metadata" or attempt is None or attempt.phase != "accepted":
                raise
        if attempt is None:
            return
        if best is not None and best.attempt_id != attempt_id and best.strength < call.STRENGTH[how]:
            loser = tx.recipient(best.recipient)
            why = f"its call turned out to be that of attempt {attempt_id}"
            tx.append(best.recipient, recipient.lose_call(loser, best.attempt_id, call_id, why))
        claimed = call.CallClaimed(attempt_id=attempt_id, campaign_id=attempt.campaign_id, recipient=stream, how=how)
        tx.append(call_stream(call_id), call.claim(history, claimed))
        heed_opt_out(tx, call_id)

    return decide


def settle_without_call(stream: str, attempt_id: str, by: str, *, redial: bool) -> Callable[[Transaction], None]:
    """A person's word that an attempt brought about no call, or none that goes on; with `redial` the recipient goes back."""

    def decide(tx: Transaction) -> None:
        person = tx.recipient(stream)
        attempt = person.attempt(attempt_id)
        is_lost = attempt is not None and attempt.call_id is not None and tx.call(attempt.call_id).state.is_lost
        tx.append(stream, recipient.resolve(person, attempt_id, "person", by, redial=redial, call_is_lost=is_lost))

    return decide
