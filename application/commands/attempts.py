"""Attempts: begun where the verdict of the commit allows it, in the commit that says so."""

from collections.abc import Collection
from datetime import datetime

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from adapters.ledger.transaction import Transaction
from adapters.minivoice_client import call_request
from adapters.rule_data import installed_rule_data
from application.commands.agents import NO_SLOTS_SEEN, SeenSlots, held_to_agents
from application.commands.callers import NOTHING_SEEN, SeenUse, choose_in
from application.commands.command import Command
from application.commands.consents import consent_used
from application.commands.giving_up import person_without_lapsed
from application.commands.known_person import KnownPerson, known_in
from domain import account, campaign, recipient
from domain.caller_pool import CallerChoice
from domain.campaign import Plan
from domain.dialing import RULES_NUMBER, Verdict, beside, due_reason, judge_by, judge_person, waits_for, with_purposes
from domain.errors import Conflict
from domain.identity import account_stream, campaign_stream
from domain.probe import as_if_resumed, probe_due

INVALID_REQUEST_CODES = frozenset({"invalid_json", "invalid_request"})


class StartedAttempt(Struct, frozen=True, kw_only=True):
    """An attempt that is on disk and may be sent: `body` is the exact request, `known` what the verdict was given by.

    `caller` is the number that was chosen from the campaign's pool, where it has one, `consent_id` the consent that it rests
    on, where one is required.
    """

    attempt_id: str
    campaign_id: str
    stream: str
    number: str
    body: str
    known: KnownPerson
    is_probe: bool = False
    caller: CallerChoice | None = None
    consent_id: str | None = None

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
    callers: SeenUse = NOTHING_SEEN,
    lookup: recipient.LookupAnswer | None = None,
    slots: SeenSlots = NO_SLOTS_SEEN,
    lease: int | None = None,
) -> Command[StartedAttempt | Verdict]:
    """Mean to place a call, if the verdict of the commit allows it, by both clocks; else the verdict.

    `callers` is how the campaign's pool of numbers was used, as far as is known: what came since is read in the commit;
    `slots` is how many of its calls may be under way, likewise. `lease` is the epoch by which this process dials, where
    several could: raises `Conflict` where it is over.

    A probe, where one is due, is judged as if the provider had not paused anything, and counted on the pause that it tries.
    Nobody is called but by the answer of the campaign's lookup, where it has one; it is stored with the attempt.
    """

    def decide(tx: Transaction) -> StartedAttempt | Verdict:
        _require_lease(tx, lease)
        plan_of, known = campaign.existing(tx.campaign(campaign_id), campaign_id), tx.account(fingerprint)
        tries = is_probe and _is_probe_due(plan_of, known, tx.now)
        judged, payer = as_if_resumed(plan_of, known) if tries else (plan_of, known)
        person = person_without_lapsed(tx, campaign_id, stream)
        found = held_to_agents(tx, verdict_in(tx, judged, payer, person, only_numbers), judged, slots)
        judgement = _looked_up(found, plan_of.plan, lookup, tx.now)
        verdict = choose_in(tx, judgement, judged, person, callers)
        if not verdict.may_dial:
            return verdict
        if tries:
            _begin_probe(tx, plan_of, known, fingerprint)
        return _begin(tx, stream, attempt_id, plan_of, epoch, verdict, is_probe=tries, lookup=lookup)

    return decide


def _require_lease(tx: Transaction, lease: int | None) -> None:
    if lease not in {None, tx.lease_epoch}:
        raise Conflict("another process dials on this database, or may: the lease of this one has ended")


def _begin(
    tx: Transaction,
    stream: str,
    attempt_id: str,
    state: campaign.CampaignState,
    epoch: str,
    verdict: Verdict,
    *,
    is_probe: bool,
    lookup: recipient.LookupAnswer | None,
) -> StartedAttempt:
    person = tx.person(stream)
    body = _request(state, person.number, attempt_id, verdict.caller)
    tx.append(stream, _started(person, attempt_id, state, epoch, verdict, body, probe=is_probe, lookup=lookup))
    tx.append(stream, consent_used(state.campaign_id, attempt_id, verdict))
    return StartedAttempt(
        attempt_id=attempt_id,
        campaign_id=state.campaign_id,
        stream=stream,
        number=person.number,
        body=body,
        known=known_in(tx, stream),
        is_probe=is_probe,
        caller=verdict.caller,
        consent_id=verdict.consent_id,
    )


def _begin_probe(tx: Transaction, state: campaign.CampaignState, known: account.AccountState, fingerprint: str) -> None:
    tx.append(campaign_stream(state.campaign_id), campaign.begin_probe(state))
    tx.append(account_stream(fingerprint), account.begin_probe(known))


def _started(
    person: recipient.RecipientState,
    attempt_id: str,
    state: campaign.CampaignState,
    epoch: str,
    verdict: Verdict,
    body: str,
    *,
    probe: bool,
    lookup: recipient.LookupAnswer | None,
) -> list[recipient.RecipientEvent]:
    used = state.plan.caller_number if verdict.caller is None else verdict.caller.number
    return recipient.start_attempt(
        person,
        attempt_id,
        state.campaign_id,
        request=body,
        epoch=epoch,
        verdict=_stored(verdict),
        purpose=None if state.plan.policy is None else state.plan.policy.purpose,
        probe=probe,
        caller_number=None if used == state.caller_of(None) else used,
        lookup=None if state.plan.asked_first is None else lookup,
    )


def _looked_up(verdict: Verdict, plan: Plan, lookup: recipient.LookupAnswer | None, now: datetime) -> Verdict:
    """A verdict, and whether the campaign's lookup was asked for this call."""
    due = due_reason(plan, lookup, now)
    return replace(verdict, reasons=(*verdict.reasons, due)) if due is not None else verdict


def _stored(verdict: Verdict) -> Raw:
    """A verdict as it is stored: with the rules and the data that it was made by."""
    named = replace(verdict, rules=RULES_NUMBER, rule_data=installed_rule_data())
    return Raw(msgspec.json.encode(named))


def _request(state: campaign.CampaignState, number: str, attempt_id: str, chosen: CallerChoice | None) -> str:
    """The exact body of the request that is meant, with what says whose attempt it is."""
    plan = state.plan
    metadata = {**plan.metadata, "campaign_id": state.campaign_id, "attempt_id": attempt_id}
    used = plan.caller_number if chosen is None else chosen.number
    return call_request(used, number, metadata=metadata, record=plan.record)


def verdict_now(
    campaign_id: str, stream: str, fingerprint: str, only_numbers: Collection[str] | None
) -> Command[Verdict]:
    """What stands against calling somebody, at the instant of the commit."""

    def decide(tx: Transaction) -> Verdict:
        state = campaign.existing(tx.campaign(campaign_id), campaign_id)
        return verdict_in(tx, state, tx.account(fingerprint), tx.person(stream), only_numbers)

    return decide


def verdict_in(
    tx: Transaction,
    state: campaign.CampaignState,
    known: account.AccountState,
    person: recipient.RecipientState,
    only_numbers: Collection[str] | None,
) -> Verdict:
    """What stands against calling this person, by what the transaction has read."""
    calls = {call_id: tx.call(call_id).state for call_id in recipient.call_ids(person)}
    verdict = judge_by(tx.clocks, lambda now: judge_person(state, person, known, calls, now, only_numbers))
    if not waits_for(state):
        return verdict
    others = beside(state, tx.spelled(person.number), tx.campaign)
    return with_purposes(verdict, state, others, known, calls, verdict.judged_at)


def _is_probe_due(state: campaign.CampaignState, known: account.AccountState, now: datetime) -> bool:
    """Whether a single call may try the pause that keeps this campaign still; the account's goes before its own."""
    due = probe_due(None if state.plan.policy is None else state.plan.policy.probe, known.pause or state.pause)
    return due is not None and due <= now
