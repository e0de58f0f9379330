"""What became of an attempt's request, recorded on every stream that it concerns, in one commit."""

from contextlib import suppress

from adapters.ledger.transaction import Transaction
from application.commands.attempts import StartedAttempt
from application.commands.campaigns import pause_by_provider
from application.commands.command import Command
from application.commands.keys_pressed import heed_keys
from application.commands.wished_by_key import forget_callback, heed_callback
from domain import account, call, campaign, recipient
from domain.dial_outcome import Abandoned, Accepted, DialOutcome, Refused, Unresolved
from domain.errors import Conflict
from domain.identity import account_stream, call_stream, campaign_stream
from domain.probe import PROVIDER, REASON


def settle_attempt(attempt: StartedAttempt, outcome: DialOutcome, fingerprint: str) -> Command[None]:
    """Record what became of a request, on every stream that it concerns, in one commit."""

    def decide(tx: Transaction) -> None:
        person = tx.recipient(attempt.stream)
        match outcome:
            case Accepted():
                _accept(tx, attempt, outcome, person)
                if attempt.is_probe:
                    _resume(tx, attempt.campaign_id, fingerprint)
            case Refused():
                _refuse(tx, attempt, outcome, person, fingerprint)
            case Abandoned():
                tx.append(attempt.stream, recipient.abandon(person, attempt.attempt_id, outcome.why))
            case Unresolved():
                tx.append(
                    attempt.stream,
                    recipient.leave_unresolved(
                        person, attempt.attempt_id, outcome.why, status=outcome.status, body=outcome.body
                    ),
                )

    return decide


def _accept(tx: Transaction, attempt: StartedAttempt, outcome: Accepted, person: recipient.RecipientState) -> None:
    with suppress(Conflict):  # the attempt has another call by an answer as good: this one says so on its own stream
        tx.append(
            attempt.stream,
            recipient.accept(
                person, attempt.attempt_id, call_id=outcome.call_id, status=outcome.status, response=outcome.body
            ),
        )
    tx.append(call_stream(outcome.call_id), call.receive(tx.call(outcome.call_id), outcome.created))
    begun = person.attempt(attempt.attempt_id)
    claimed = call.CallClaimed(
        attempt_id=attempt.attempt_id,
        campaign_id=attempt.campaign_id,
        recipient=attempt.stream,
        how="response",
        attempt_started_at=None if begun is None else begun.started_at,
    )
    claim(tx, outcome.call_id, claimed)


def claim(tx: Transaction, call_id: str, claimed: call.CallClaimed) -> None:
    """A call is this attempt's; whose it was by worse evidence loses it."""
    before = tx.call(call_id).state
    best = before.claim
    if best is not None and best.attempt_id != claimed.attempt_id and best.strength < call.STRENGTH[claimed.how]:
        loser = tx.recipient(best.recipient)
        why = f"its call turned out to be that of attempt {claimed.attempt_id}"
        tx.append(best.recipient, recipient.lose_call(loser, best.attempt_id, call_id, why))
    tx.append(call_stream(call_id), call.claim(tx.call(call_id), claimed))
    forget_callback(tx, call_id, before.owner)
    heed_keys(tx, call_id)
    heed_callback(tx, call_id)


def _resume(tx: Transaction, campaign_id: str, fingerprint: str) -> None:
    """A probe was taken: what the provider paused goes on; what others paused since stays as it is."""
    state, known = tx.campaign(campaign_id), tx.account(fingerprint)
    if state is not None and state.phase == "paused" and state.pause is not None and state.pause.cause == PROVIDER:
        tx.append(campaign_stream(campaign_id), campaign.resume(state, REASON, cause="probe"))
    if known.pause is not None and known.pause.cause == PROVIDER:
        tx.append(account_stream(fingerprint), account.resume(known, REASON))


def _refuse(
    tx: Transaction, attempt: StartedAttempt, outcome: Refused, person: recipient.RecipientState, fingerprint: str
) -> None:
    tx.append(
        attempt.stream,
        recipient.refuse(
            person,
            attempt.attempt_id,
            status=outcome.status,
            code=outcome.code,
            body=outcome.body,
            concerns=outcome.concerns,
            counts=outcome.counts,
        ),
    )
    if outcome.throttle is not None:
        return
    match outcome.concerns:
        case "campaign":
            pause_by_provider(attempt.campaign_id, outcome)(tx)
        case "account":
            paused = account.pause(
                tx.account(fingerprint), PROVIDER, status=outcome.status, code=outcome.code, body=outcome.body
            )
            tx.append(account_stream(fingerprint), paused)
        case "destination":
            state = tx.account(fingerprint)
            tx.append(
                account_stream(fingerprint),
                account.hold_number(state, attempt.number, outcome.code, outcome.body),
            )
        case "recipient":
            pass
