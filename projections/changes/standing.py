"""Where a recipient stands in a campaign, as long as nothing else is recorded: now, and what time alone will make of it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from domain.account import AccountState
from domain.call import CallState
from domain.campaign import CampaignState
from domain.dialing import (
    CONSENT_MISSING,
    Verdict,
    consent_held,
    consent_rules,
    consent_runs_out,
    held_consent_ends_at,
    judge_person,
    kind_reason,
)
from domain.recipient import RecipientState, open_callback
from domain.status import RecipientStatus, Status, status_of

NOT_JUDGED = "not_judged"
_FREE = AccountState()


class TimedStanding(Struct, frozen=True):
    """How a standing is from `at` on (UTC); where time alone ends that too, `until` is when, and what follows is `queued`."""

    at: datetime
    status: Status
    reason: str | None
    until: datetime | None = None


class Standing(Struct, frozen=True, kw_only=True):
    """Where a recipient stands, by the event at `position`; `since` (UTC) they have the status.

    `consent_until` is from when on (UTC) whoever waits for `then`, waits by it, or is queued after it, is held for want of a
    consent; whoever is queued until then has that as `then`.
    `code` is the provider's latest refusal of them. Where a callback is open, it is wished for `callback_at`, and given up
    at `callback_until` (UTC).

    It is judged as if the campaign ran, at any hour, and as if any number might be dialled: what those change, they
    change for many at once, and the reader of a list takes it into account.
    """

    status: Status
    since: datetime
    position: int
    reason: str | None = None
    then: TimedStanding | None = None
    consent_until: datetime | None = None
    attempts: int = 0
    call_id: str | None = None
    code: str | None = None
    callback_at: datetime | None = None
    callback_until: datetime | None = None

    def stands_at(self, now: datetime) -> TimedStanding:
        """How it is at `now`, when time alone may have changed it; `at` is since when they have that status."""
        then, ends = self.then, self.consent_until
        if ends is not None and ends <= now:
            return TimedStanding(ends, "held", CONSENT_MISSING)
        if then is None or now < then.at:
            return TimedStanding(self.since, self.status, self.reason, None if then is None else then.at)
        if then.until is not None and then.until <= now:
            return TimedStanding(then.until, "queued", None)
        return then


def standing_of(
    person: RecipientState,
    campaign: CampaignState,
    calls: Mapping[str, CallState],
    account: AccountState,
    at: datetime,
    position: int,
    before: Standing | None,
) -> Standing:
    """The standing after the event at `position`, recorded `at`, where it was `before` until then."""
    campaign_id = campaign.campaign_id
    held = account.held_prefix_of(person.number) if account.held_prefixes else None
    wish = open_callback(person, campaign_id)
    if held is None and wish is None and not person.lookup_failures and _is_untouched(person, campaign):
        by_consent = _by_consent(person, campaign, at, position, before)
        if by_consent is not None:
            return by_consent
    told = _told(person, campaign, calls, _freed(account, held))
    found = told(at)
    then, consent_until = _moves(person, campaign, told, found, at)
    after = Standing(
        status=found.status,
        position=position if before is None else before.position,
        since=_since(found.status, at, before),
        reason=found.reason,
        then=then,
        consent_until=consent_until,
        attempts=found.attempts,
        call_id=found.call_id,
        code=person.last_error_code(campaign_id) if person.attempts else None,
        callback_at=None if wish is None else wish.at,
        callback_until=None if wish is None else wish.give_up_at,
    )
    return _moved(after, before, position)


def _moved(after: Standing, before: Standing | None, position: int) -> Standing:
    """It, by the event at `position` where that changed anything."""
    return after if after == before or before is None else replace(after, position=position)


def _by_consent(
    person: RecipientState, campaign: CampaignState, at: datetime, position: int, before: Standing | None
) -> Standing | None:
    """Of somebody of whom nothing else says anything of the next call: what a whole verdict comes to, for a tenth of its cost.

    None where that takes a verdict: what follows a consent is another one.
    """
    policy, campaign_id = campaign.plan.policy, campaign.campaign_id
    if consent_rules(policy) is None:
        return _queued(at, position, before)
    held = consent_held(policy, campaign_id, person, at)
    ends = None if held is None else held_consent_ends_at(policy, person, held)
    if ends is not None and consent_held(policy, campaign_id, person, ends) is not None:
        return None
    status: Status = "held" if held is None else "queued"
    after = Standing(
        status=status,
        position=position if before is None else before.position,
        since=_since(status, at, before),
        reason=CONSENT_MISSING if held is None else None,
        then=None if ends is None else TimedStanding(ends, "held", CONSENT_MISSING),
    )
    return _moved(after, before, position)


def _moves(
    person: RecipientState,
    campaign: CampaignState,
    told: Callable[[datetime], RecipientStatus],
    found: RecipientStatus,
    at: datetime,
) -> tuple[TimedStanding | None, datetime | None]:
    """What becomes of somebody by time alone, and until when a consent holds that they wait with."""
    policy, campaign_id = campaign.plan.policy, campaign.campaign_id
    ends = consent_runs_out(policy, campaign_id, person, at) if _waits(found) else None
    moves_at = ends if found.until is None else found.until
    if moves_at is None:
        return None, None
    told_then = told(moves_at)
    if found.until is not None and ends is not None and ends <= moves_at:
        return _timed(moves_at, told_then), ends
    return (
        _timed(moves_at, told_then),
        consent_runs_out(policy, campaign_id, person, moves_at) if _waits(told_then) else None,
    )


def not_judged(person: RecipientState, campaign_id: str, at: datetime, position: int) -> Standing:
    """The standing of somebody of whom it cannot be said: nobody calls them, and what was tried is shown."""
    calls = [a.call_id for a in person.attempts_in(campaign_id) if a.call_id is not None]
    return Standing(
        status="unresolved",
        since=at,
        position=position,
        reason=NOT_JUDGED,
        attempts=person.attempts_counted(campaign_id),
        call_id=calls[-1] if calls else None,
    )


def _freed(account: AccountState, held: str | None) -> AccountState:
    """The account as if it were not paused, and held no prefix but this one."""
    return _FREE if held is None else AccountState(held_prefixes={held: account.held_prefixes[held]})


def _is_untouched(person: RecipientState, campaign: CampaignState) -> bool:
    """Whether nothing is known of a person that says anything of the next call, but what they agreed to."""
    is_ordinary = kind_reason(campaign.plan, person.number) is None
    enrollment = person.enrollments[campaign.campaign_id]
    is_free = person.suppression is None and not enrollment.withdrawn and not enrollment.erased
    return not person.attempts and not person.declines and is_free and is_ordinary


def _told(
    person: RecipientState, campaign: CampaignState, calls: Mapping[str, CallState], account: AccountState
) -> Callable[[datetime], RecipientStatus]:
    """What the status is at an instant, as if the campaign ran, at any hour."""

    def at(now: datetime) -> RecipientStatus:
        def judged() -> Verdict:
            return judge_person(campaign.as_running, person, account, calls, now, clock_rules=False)

        return status_of(person, campaign.campaign_id, calls, now, judged)

    return at


def _queued(at: datetime, position: int, before: Standing | None) -> Standing:
    if before is not None and before.status == "queued" and before.then is None and before.callback_at is None:
        return before
    return Standing(status="queued", since=_since("queued", at, before), position=position)


def _waits(status: RecipientStatus) -> bool:
    """Whether somebody will be called in time, if nothing else is recorded and their consent lasts."""
    return status.status == "queued" or (status.status == "held" and status.until is not None)


def _timed(at: datetime, status: RecipientStatus) -> TimedStanding:
    return TimedStanding(at, status.status, status.reason, status.until)


def _since(status: Status, at: datetime, before: Standing | None) -> datetime:
    was = None if before is None else before.stands_at(at)
    # Later than now is what a clock said that was ahead.
    return min(was.at, at) if was is not None and was.status == status else at
