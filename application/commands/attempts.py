"""Attempts: begun, settled by what came of the request, or later by a call or a person; each command in one commit."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from adapters.ledger.transaction import Transaction
from adapters.minivoice_client import call_request
from adapters.rule_data import installed_rule_data
from adapters.sending_marks import Witness
from application.commands.campaigns import pause_by_provider
from application.commands.command import Command
from application.commands.recipients import heed_opt_out
from domain import account, call, campaign, recipient
from domain.dial_outcome import Abandoned, Accepted, DialOutcome, Refused, Unresolved
from domain.dialing import RULES_NUMBER, Verdict, judge_by, judge_person
from domain.errors import Conflict
from domain.identity import account_stream, call_stream, campaign_stream
from domain.probe import PROVIDER, REASON, as_if_resumed, probe_due
from domain.recipient import Resolution

INVALID_REQUEST_CODES = frozenset({"invalid_json", "invalid_request"})


class StartedAttempt(Struct, frozen=True, kw_only=True):
    """An attempt that is on disk and may be sent: `body` is the exact request."""

    attempt_id: str
    campaign_id: str
    stream: str
    number: str
    body: str
    is_probe: bool = False

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
    is_probe: bool = False,
) -> Command[StartedAttempt | Verdict]:
    """Mean to place a call, if the verdict of the commit allows it, by both clocks; else the verdict.

    A probe, where one is due, is judged as if the provider had not paused anything, and counted on the pause that it tries.
    """

    def decide(tx: Transaction) -> StartedAttempt | Verdict:
        plan_of = campaign.existing(tx.campaign(campaign_id), campaign_id)
        known = tx.account(fingerprint)
        tries = is_probe and _is_probe_due(plan_of, known, tx.now)
        judged, payer = as_if_resumed(plan_of, known) if tries else (plan_of, known)
        person = tx.person(stream)
        verdict = _verdict(tx, judged, payer, person, only_numbers)
        if not verdict.may_dial:
            return verdict
        if tries:
            tx.append(campaign_stream(campaign_id), campaign.begin_probe(plan_of))
            tx.append(account_stream(fingerprint), account.begin_probe(known))
        started = StartedAttempt(
            attempt_id=attempt_id,
            campaign_id=campaign_id,
            stream=stream,
            number=person.number,
            body=_request(plan_of, person.number, attempt_id),
            is_probe=tries,
        )
        tx.append(stream, _started(person, started, plan_of, epoch, verdict))
        return started

    return decide


def _started(
    person: recipient.RecipientState,
    attempt: StartedAttempt,
    state: campaign.CampaignState,
    epoch: str,
    verdict: Verdict,
) -> list[recipient.RecipientEvent]:
    return recipient.start_attempt(
        person,
        attempt.attempt_id,
        attempt.campaign_id,
        request=attempt.body,
        epoch=epoch,
        verdict=_stored(verdict),
        purpose=None if state.plan.policy is None else state.plan.policy.purpose,
        probe=attempt.is_probe,
    )


def _stored(verdict: Verdict) -> Raw:
    """A verdict as it is stored: with the rules and the data that it was made by."""
    named = replace(verdict, rules=RULES_NUMBER, rule_data=installed_rule_data())
    return Raw(msgspec.json.encode(named))


def _request(state: campaign.CampaignState, number: str, attempt_id: str) -> str:
    """The exact body of the request that is meant, with what says whose attempt it is."""
    plan = state.plan
    metadata = {**plan.metadata, "campaign_id": state.campaign_id, "attempt_id": attempt_id}
    return call_request(plan.caller_number, number, metadata=metadata, record=plan.record)


def verdict_now(
    campaign_id: str, stream: str, fingerprint: str, only_numbers: Collection[str] | None
) -> Command[Verdict]:
    """What stands against calling somebody, at the instant of the commit."""

    def decide(tx: Transaction) -> Verdict:
        state = campaign.existing(tx.campaign(campaign_id), campaign_id)
        return _verdict(tx, state, tx.account(fingerprint), tx.person(stream), only_numbers)

    return decide


def _verdict(
    tx: Transaction,
    state: campaign.CampaignState,
    known: account.AccountState,
    person: recipient.RecipientState,
    only_numbers: Collection[str] | None,
) -> Verdict:
    calls = {a.call_id: tx.call(a.call_id).state for a in person.attempts if a.call_id}
    return judge_by(tx.clocks, lambda now: judge_person(state, person, known, calls, now, only_numbers))


def _is_probe_due(state: campaign.CampaignState, known: account.AccountState, now: datetime) -> bool:
    """Whether a single call may try the pause that keeps this campaign still; the account's goes before its own."""
    due = probe_due(None if state.plan.policy is None else state.plan.policy.probe, known.pause or state.pause)
    return due is not None and due <= now


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
    _claim(tx, outcome.call_id, claimed)


def _claim(tx: Transaction, call_id: str, claimed: call.CallClaimed) -> None:
    """A call is this attempt's; whose it was by worse evidence loses it."""
    best = tx.call(call_id).state.claim
    if best is not None and best.attempt_id != claimed.attempt_id and best.strength < call.STRENGTH[claimed.how]:
        loser = tx.recipient(best.recipient)
        why = f"its call turned out to be that of attempt {claimed.attempt_id}"
        tx.append(best.recipient, recipient.lose_call(loser, best.attempt_id, call_id, why))
    tx.append(call_stream(call_id), call.claim(tx.call(call_id), claimed))
    heed_opt_out(tx, call_id)


def _resume(tx: Transaction, campaign_id: str, fingerprint: str) -> None:
    """A probe was taken: what the provider paused goes on; what others paused since stays as it is."""
    state, known = tx.campaign(campaign_id), tx.account(fingerprint)
    if state is not None and state.phase == "paused" and state.pause is not None and state.pause.cause == PROVIDER:
        tx.append(campaign_stream(campaign_id), campaign.resume(state, REASON))
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


def settle_left_behind(started: Mapping[str, str], witness: Witness) -> Command[tuple[int, int]]:
    """Settle the attempts (id → recipient's stream) that an earlier process left; how many were abandoned, how many unresolved."""

    def decide(tx: Transaction) -> tuple[int, int]:
        abandoned = unresolved = 0
        for attempt_id, stream in started.items():
            person = tx.recipient(stream)
            attempt = person.attempt(attempt_id)
            if attempt is None or attempt.phase != "started":
                continue
            if witness.certainly_not_sent(attempt_id, attempt.epoch):
                tx.append(
                    stream, recipient.abandon(person, attempt_id, "the process ended before the request was sent")
                )
                abandoned += 1
            else:
                doubt = witness.doubt or "the marks do not name this attempt"
                why = (
                    "the process ended while the request was on the wire"
                    if witness.may_be_on_the_wire(attempt_id)
                    else f"the process ended, and nothing shows whether the request was sent: {doubt}"
                )
                tx.append(stream, recipient.leave_unresolved(person, attempt_id, why))
                unresolved += 1
        return abandoned, unresolved

    return decide


def take_back(stream: str, attempt_id: str, why: str) -> Command[None]:
    """Abandon an attempt of which nobody knows whether it was stored, if it was: its request was not sent."""

    def decide(tx: Transaction) -> None:
        person = tx.recipient(stream)
        attempt = person.attempt(attempt_id)
        if attempt is not None and attempt.phase == "started":
            tx.append(stream, recipient.abandon(person, attempt_id, why))

    return decide


def match_attempt(stream: str, attempt_id: str, call_id: str, how: Resolution, by: str) -> Command[None]:
    """Tie an attempt and a call to each other, on both streams; worse evidence than there is raises `Conflict`.

    A call that echoes an attempt is that attempt's, also where the attempt has another one by better evidence: then only
    the call says so, for it was placed twice.
    """

    def decide(tx: Transaction) -> None:
        person = tx.recipient(stream)
        attempt = person.attempt(attempt_id)
        best = tx.call(call_id).state.claim
        if best is not None and best.attempt_id != attempt_id and best.strength > call.STRENGTH[how]:
            raise Conflict(f"call {call_id} is attempt {best.attempt_id}'s by better evidence ({best.how})")
        try:
            tx.append(stream, recipient.resolve(person, attempt_id, how, by, call_id=call_id))
        except Conflict:
            if how != "metadata" or attempt is None or attempt.phase != "accepted":
                raise
        if attempt is None:
            return
        claimed = call.CallClaimed(
            attempt_id=attempt_id,
            campaign_id=attempt.campaign_id,
            recipient=stream,
            how=how,
            attempt_started_at=attempt.started_at,
        )
        _claim(tx, call_id, claimed)

    return decide


def settle_without_call(stream: str, attempt_id: str, by: str, *, redial: bool) -> Command[None]:
    """A person's word that an attempt brought about no call, or none that goes on; with `redial` the recipient goes back.

    Where nobody would call them again all the same, `redial` is a `Conflict`.
    """

    def decide(tx: Transaction) -> None:
        person = tx.recipient(stream)
        attempt = person.attempt(attempt_id)
        is_lost = attempt is not None and attempt.call_id is not None and tx.call(attempt.call_id).state.is_lost
        events = recipient.resolve(person, attempt_id, "person", by, redial=redial, call_is_lost=is_lost)
        tx.append(stream, events)
        if redial and events and attempt is not None:
            _require_redial(tx, attempt.campaign_id, tx.person(stream))

    return decide


def _require_redial(tx: Transaction, campaign_id: str, person: recipient.RecipientState) -> None:
    """Promise no call that cannot come: what ends a campaign or a recipient for good ends this, too."""
    state = campaign.existing(tx.campaign(campaign_id), campaign_id)
    against = next(
        (reason for reason in _verdict(tx, state, account.INITIAL, person, None).reasons if reason.final), None
    )
    if against is None:
        return
    why = f"campaign {campaign_id} is {state.phase}" if state.is_over else f"{against.rule} stands against it for good"
    raise Conflict(
        f"this recipient would not be dialled again: {why}; settle the attempt without redial (`--none` alone), "
        "and enrol whom you want to call in another campaign"
    )
