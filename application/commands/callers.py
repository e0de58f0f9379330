"""Caller numbers: one is chosen in the commit that begins an attempt, by all that is recorded up to that very commit; and one is taken out."""

from collections.abc import Mapping

from msgspec import Struct

from adapters.ledger.transaction import Transaction
from application.commands.command import Command
from domain import campaign, recipient
from domain.caller_pool import NOT_USED, CallerUse, caller_chosen
from domain.dialing import Verdict, with_caller
from domain.errors import Conflict
from domain.identity import campaign_stream

EVENTS_SINCE_MAX = 2_000


class SeenUse(Struct, frozen=True):
    """How a campaign's pool was used, by all that was recorded up to a position."""

    position: int = 0
    use: CallerUse = NOT_USED


NOTHING_SEEN = SeenUse()


def choose_in(
    tx: Transaction,
    verdict: Verdict,
    state: campaign.CampaignState,
    person: recipient.RecipientState,
    seen: SeenUse,
) -> Verdict:
    """A verdict with the number to call from, where the campaign has several. Raises `Conflict` where too much is new to look at."""
    if state.plan.caller_pool is None or not verdict.may_dial:
        return verdict
    return with_caller(verdict, state, person, _use_in(tx, state.campaign_id, seen), verdict.judged_at)


def _use_in(tx: Transaction, campaign_id: str, seen: SeenUse) -> CallerUse:
    """How the pool was used up to this command: what earlier ones of the same commit chose counts, too."""
    since = tx.events_since(seen.position, EVENTS_SINCE_MAX)
    if since is None:
        raise Conflict(f"more than {EVENTS_SINCE_MAX} events are newer than what is known of the caller numbers' use")
    for event in reversed(since):
        if isinstance(event, recipient.AttemptStarted) and event.campaign_id == campaign_id:
            chosen = caller_chosen(event.verdict)
            if chosen is not None:
                return chosen.use_after
    return seen.use


def remove_caller(
    campaign_id: str,
    number: str,
    cause: str,
    *,
    reason: str | None = None,
    code: str | None = None,
    evidence: Mapping[str, str] | None = None,
) -> Command[bool]:
    """Take a number out of a campaign's pool; whether that is new."""

    def decide(tx: Transaction) -> bool:
        state = campaign.existing(tx.campaign(campaign_id), campaign_id)
        events = campaign.remove_caller(state, number, cause, reason=reason, code=code, evidence=evidence)
        tx.append(campaign_stream(campaign_id), events)
        return bool(events)

    return decide
