"""The dialer's commands: each reads, decides and appends in one commit, and has no other effect."""

from collections.abc import Callable, Collection, Mapping

import msgspec
from msgspec import Raw, Struct

from adapters.ledger import Transaction
from adapters.minivoice_client import call_request
from adapters.sending_marks import Witness
from domain import account, call, campaign, recipient
from domain.dial_outcome import Abandoned, Accepted, DialOutcome, Refused, Unresolved
from domain.dialing import Verdict, judge
from domain.identity import account_stream, call_stream, campaign_stream

INVALID_REQUEST_CODES = frozenset({"invalid_json", "invalid_request"})


class StartedAttempt(Struct, frozen=True, kw_only=True):
    """An attempt that is on disk and may be sent: `body` is the exact request."""

    attempt_id: str
    campaign_id: str
    stream: str
    number: str
    body: str

    def __repr__(self) -> str:
        return f"StartedAttempt({self.attempt_id!r}, {self.campaign_id!r})"


def start_attempt(
    *,
    attempt_id: str,
    campaign_id: str,
    stream: str,
    fingerprint: str,
    epoch: str,
    only_numbers: Collection[str] | None,
) -> Callable[[Transaction], StartedAttempt | Verdict]:
    """Mean to place a call, if the verdict at the instant of the commit allows it; else the verdict."""

    def decide(tx: Transaction) -> StartedAttempt | Verdict:
        plan_of = campaign.existing(tx.campaign(campaign_id), campaign_id)
        person = tx.recipient(stream)
        ended = {a.call_id for a in person.attempts if a.call_id and tx.call(a.call_id).state.phase == "ended"}
        verdict = judge(plan_of, person, tx.account(fingerprint), person.open_attempts(ended), tx.now, only_numbers)
        if not verdict.may_dial:
            return verdict
        metadata = {**plan_of.plan.metadata, "campaign_id": campaign_id, "attempt_id": attempt_id}
        body = call_request(plan_of.plan.caller_number, person.number, metadata=metadata, record=plan_of.plan.record)
        tx.append(
            stream,
            recipient.start_attempt(
                person,
                attempt_id,
                campaign_id,
                request=body,
                epoch=epoch,
                verdict=Raw(msgspec.json.encode(verdict)),
            ),
        )
        return StartedAttempt(
            attempt_id=attempt_id, campaign_id=campaign_id, stream=stream, number=person.number, body=body
        )

    return decide


def settle_attempt(attempt: StartedAttempt, outcome: DialOutcome, fingerprint: str) -> Callable[[Transaction], None]:
    """Record what became of a request, on every stream that it concerns, in one commit."""

    def decide(tx: Transaction) -> None:
        person = tx.recipient(attempt.stream)
        match outcome:
            case Accepted():
                _accept(tx, attempt, outcome, person)
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
    tx.append(
        attempt.stream,
        recipient.accept(
            person, attempt.attempt_id, call_id=outcome.call_id, status=outcome.status, response=outcome.body
        ),
    )
    stream = call_stream(outcome.call_id)
    tx.append(stream, call.receive(tx.call(outcome.call_id), outcome.created))
    claimed = call.CallClaimed(
        attempt_id=attempt.attempt_id, campaign_id=attempt.campaign_id, recipient=attempt.stream, how="response"
    )
    tx.append(stream, call.claim(tx.call(outcome.call_id), claimed))


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
    said = {"status": outcome.status, "code": outcome.code, "body": outcome.body}
    match outcome.concerns:
        case "campaign":
            pause_campaign(tx, attempt.campaign_id, **said)
        case "account":
            state = tx.account(fingerprint)
            tx.append(account_stream(fingerprint), account.pause(state, "provider", **said))  # type: ignore[arg-type]
        case "destination":
            state = tx.account(fingerprint)
            tx.append(
                account_stream(fingerprint),
                account.hold_destination(state, attempt.number, outcome.code, outcome.body),
            )
        case "recipient":
            pass


def pause_campaign(tx: Transaction, campaign_id: str, **said: object) -> None:
    """Pause a campaign on the provider's word; one that does not run stays as it is."""
    state = tx.campaign(campaign_id)
    if state is not None and state.phase == "running":
        tx.append(campaign_stream(campaign_id), campaign.pause(state, "provider", **said))  # type: ignore[arg-type]


def complete_campaign(campaign_id: str, seen_position: int) -> Callable[[Transaction], bool]:
    """Close a campaign that was seen with nobody left, if nothing was recorded since."""

    def decide(tx: Transaction) -> bool:
        state = tx.campaign(campaign_id)
        if state is None or not tx.nothing_since(seen_position):
            return False
        tx.append(campaign_stream(campaign_id), campaign.complete(state))
        return True

    return decide


def settle_left_behind(started: Mapping[str, str], witness: Witness) -> Callable[[Transaction], tuple[int, int]]:
    """Settle the attempts (id → recipient's stream) that an earlier process left; how many were abandoned, how many unresolved."""

    def decide(tx: Transaction) -> tuple[int, int]:
        abandoned = unresolved = 0
        for attempt_id, stream in started.items():
            person = tx.recipient(stream)
            attempt = person.attempt(attempt_id)
            if attempt is None or attempt.phase != "started":
                continue
            if witness.certainly_not_sent(attempt_id):
                tx.append(
                    stream, recipient.abandon(person, attempt_id, "the process ended before the request was sent")
                )
                abandoned += 1
            else:
                why = (
                    "the process ended while the request was on the wire"
                    if witness.can_tell
                    else "the process ended, and after a reboot nothing shows whether the request was sent"
                )
                tx.append(stream, recipient.leave_unresolved(person, attempt_id, why))
                unresolved += 1
        return abandoned, unresolved

    return decide
