"""Reads of the views that the dialer makes as well as whoever asks, and what all others are made with: the rules that apply when rows are read."""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from application.moment import Moment
from application.views import LedgerReads, Views
from domain import campaign
from domain.account import AccountState
from domain.campaign import CampaignState
from domain.dialing import calls_by_itself, campaign_clock_reasons, is_not_waited_for, purpose_of, waits_for
from domain.policy import NO_POLICY
from domain.status import Status
from projections import attempt_index, campaign_summary, recipient_status
from projections.campaign_summary import CampaignSummary, PaceMinute
from projections.read_time_rules import ReadTimeRules
from projections.recipient_status import StatusRow
from projections.storable import storable
from projections.store import ViewsUnusable
from projections.stream_folds import AccountFolds, CampaignFolds, ReadsOn
from projections.views import ViewsSnapshot, summaries_at

HELD_LOOKED_AT_MAX = 1_000
CAMPAIGNS_LOOKED_AT_MAX = 500


class CampaignRead(Struct, frozen=True, kw_only=True):
    """A campaign at a moment of the ledger; without figures where the views could not be asked."""

    position: int
    judged_at: datetime
    state: CampaignState
    account: AccountState
    counts: Mapping[Status, int] | None
    summary: CampaignSummary | None
    pace: list[PaceMinute]


class CampaignsRead(Struct, frozen=True, kw_only=True):
    """A page of campaigns; `following` is the number to go on from."""

    position: int
    items: list[CampaignRead]
    following: int | None


class DueRead(Struct, frozen=True, kw_only=True):
    """The streams of recipients who are queued; `following` is the place to go on from, None at the end.

    Until `closed_until` (UTC) the clock lets nobody of those who are enrolled be called.
    """

    position: int
    streams: list[str]
    following: int | None
    closed_until: datetime | None = None


class RemainingWork(Struct, frozen=True, kw_only=True):
    """Whether a campaign has anybody left, as far as the views know.

    `is_somebody_left` where somebody waits or is being called; where nobody is, `held_by_calls` are the streams of those
    who only wait for another campaign's call to end.
    """

    position: int
    is_somebody_left: bool
    held_by_calls: list[str]


class ReadsLedger(LedgerReads, ReadsOn, Protocol):
    """What is asked of the ledger here."""


class Reads:
    """Answers from the views. Every method does its work in the caller's thread, which should not be the event loop's."""

    def __init__(self, ledger: ReadsLedger, projector: Views, only_numbers: Collection[str] | None) -> None:
        self._ledger = ledger
        self.known_campaigns = CampaignFolds(ledger)
        self._known_accounts = AccountFolds(ledger)
        self._projector = projector
        self._only_numbers = only_numbers

    @property
    def position(self) -> int:
        """How far the views are; nothing is read for it."""
        return self._projector.position

    def campaigns(
        self,
        moment: Moment,
        after: int,
        rows_max: int,
        *,
        newest_first: bool = False,
        with_tries: bool = True,
        wanted: Callable[[CampaignState, AccountState], bool] | None = None,
    ) -> CampaignsRead:
        """A page of the campaigns, in the order of their creation; or the newest first, with or without tries.

        Of those that are `wanted`, a page is what is found among so many campaigns, and may be short.
        """
        looked_at = rows_max if wanted is None else CAMPAIGNS_LOOKED_AT_MAX
        with self.reading() as taken:
            position, past = position_in(taken, moment)
            if newest_first:
                found = campaign_summary.latest_campaigns(
                    taken.connection, past, after, looked_at + 1, with_tries=with_tries
                )
            else:
                found = campaign_summary.campaigns(taken.connection, past, after, looked_at + 1)
            known = list(found.items())
            following = known[looked_at - 1][0] if len(known) > looked_at else None
            fitting = known[:looked_at]
            if wanted is not None:
                account = self.account_in(taken, position)
                fitting = [one for one in fitting if wanted(self.campaign_state(one[1], position), account)]
            if len(fitting) > rows_max:
                following = fitting[rows_max - 1][0]
            items = self._campaigns(taken, dict(fitting[:rows_max]), position, past, moment.instant)
            return CampaignsRead(position=position, items=items, following=following)

    def campaign(self, campaign_id: str, moment: Moment) -> CampaignRead:
        """One campaign. Raises `NotFound`."""
        with self.reading() as taken:
            position, past = position_in(taken, moment)
            number, _ = self.campaign_in(taken, campaign_id, position)
            (found,) = self._campaigns(taken, {number: campaign_id}, position, past, moment.instant)
            return found

    def campaign_without_figures(self, campaign_id: str, position: int, now: datetime) -> CampaignRead:
        """What the ledger itself says of a campaign at a position. Raises `NotFound`."""
        return CampaignRead(
            position=position,
            judged_at=now,
            state=self.campaign_state(campaign_id, position),
            account=AccountState(),
            counts=None,
            summary=None,
            pace=[],
        )

    def _campaigns(
        self, taken: ViewsSnapshot, numbers: Mapping[int, str], position: int, past: int | None, now: datetime
    ) -> list[CampaignRead]:
        ledger = self._ledger
        summaries = summaries_at(taken, numbers, past, ledger.read_streams, ledger.read_feed, ledger.recipient_stream)
        account = self.account_in(taken, position)
        found = []
        for number, campaign_id in numbers.items():
            _, state = self.campaign_in(taken, campaign_id, position)
            summary = summaries[number]
            found.append(
                CampaignRead(
                    position=position,
                    judged_at=now,
                    state=state,
                    account=account,
                    counts=recipient_status.counts(
                        taken.connection,
                        number,
                        summary.statuses,
                        summary.queued_zones,
                        self.rules_of(state),
                        past,
                        now,
                    ),
                    summary=summary,
                    pace=campaign_summary.pace(taken.connection, number, now),
                )
            )
        return found

    def due(self, campaign_id: str, now: datetime, after: int, rows_max: int) -> DueRead:
        """Who of a campaign is queued at `now`, after a place."""
        with self.reading() as taken:
            number = campaign_summary.number_of(taken.connection, campaign_id)
            nobody = DueRead(position=taken.position, streams=[], following=None)
            if number is None:
                return nobody
            state = self.campaign_state(campaign_id, taken.position)
            rules = self.rules_of(state)
            zones = campaign_summary.counters_now(taken.connection, number).summary().zones
            closed_until = rules.closed_until(zones, now)
            if rules.policy is not None and any(campaign_clock_reasons(rules.policy, now)):
                return replace(nobody, closed_until=closed_until)
            rows, following = recipient_status.page_with_status(
                taken.connection, number, "queued", rules, zones, after, rows_max, None, now
            )
            streams = self.without_waited_for(taken, state, [row.enrollment.stream for row in rows], now)
            return DueRead(position=taken.position, streams=streams, following=following, closed_until=closed_until)

    def without_waited_for(
        self, taken: ViewsSnapshot, state: CampaignState, streams: list[str], now: datetime
    ) -> list[str]:
        """Those for whom no campaign of a purpose that goes first waits, by the views; the verdict has the last word.

        Of campaigns that wait for each other, whoever is queued is left to the verdict.
        """
        purposes = waits_for(state)
        if not purposes or not streams:
            return streams
        first: dict[int, ReadTimeRules] = {}
        for number, name in campaign_summary.campaigns(taken.connection).items():
            other = self.campaign_state(name, taken.position)
            is_open = calls_by_itself(other, now)
            is_open = is_open and not any(campaign_clock_reasons(other.plan.policy or NO_POLICY, now))
            if name != state.campaign_id and is_open and purpose_of(other) in purposes and not waits_for(other):
                first[number] = self.rules_of(other)
        waited_for = {
            row.enrollment.stream
            for number, row in recipient_status.rows_in(taken.connection, first, streams)
            if _may_be_called(first[number], row, now)
        }
        return [stream for stream in streams if stream not in waited_for]

    def remaining_work(self, campaign_id: str, now: datetime) -> RemainingWork:
        """Whether anybody of a running campaign is left; of one without recipients, somebody is still to come."""
        with self.reading() as taken:
            connection, position = taken.connection, taken.position
            number = campaign_summary.number_of(connection, campaign_id)
            if number is None:
                return RemainingWork(position=position, is_somebody_left=True, held_by_calls=[])
            summary = campaign_summary.counters_now(connection, number).summary()
            rules = self.rules_of(self.campaign_state(campaign_id, position))
            waits = recipient_status.WhoWaits(connection, number, summary.statuses, summary.queued_zones, summary.zones)
            is_left = not summary.enrolled or waits.is_anybody_open(rules, now)
            has_ended = rules.ended(now) is not None
            # After the end no wish is kept any more: it is given up in its time, as in a campaign that is canceled.
            is_left = is_left or (not has_ended and recipient_status.callbacks_open(connection, number) > 0)
            is_left = is_left or (not has_ended and waits.is_anybody_due_later(rules, now))
            by_calls = (
                []
                if is_left or has_ended
                else recipient_status.streams_held_by_calls(connection, number, HELD_LOOKED_AT_MAX)
            )
            return RemainingWork(position=position, is_somebody_left=is_left, held_by_calls=by_calls)

    def streams_of_attempts(self, attempt_ids: Collection[str]) -> dict[str, str]:
        """The recipients' streams of these attempts, as far as the views know them."""
        with self.reading() as taken:
            return {
                row.attempt_id: row.stream
                for row in attempt_index.rows_of(taken.connection, [storable(one) for one in attempt_ids])
            }

    def reading(self) -> AbstractContextManager[ViewsSnapshot]:
        """Read the views: every query within sees the same moment. Raises `ViewsUnusable`."""
        return self._projector.reading()

    def campaign_in(self, taken: ViewsSnapshot, campaign_id: str, position: int) -> tuple[int, CampaignState]:
        """A campaign's number in the views, and what the ledger says of it at a position. Raises `NotFound`."""
        state = self.campaign_state(campaign_id, position)
        number = campaign_summary.number_of(taken.connection, campaign_id)
        if number is None:
            raise ViewsUnusable(f"the views do not know campaign {campaign_id} yet; try again")
        return number, state

    def campaign_state(self, campaign_id: str, position: int) -> CampaignState:
        """What the ledger says of a campaign at a position. Raises `NotFound`."""
        return campaign.existing(self.known_campaigns.at(campaign_id, position), campaign_id)

    def account_in(self, taken: ViewsSnapshot, position: int) -> AccountState:
        """What the ledger says of the account at a position."""
        return self._known_accounts.at(taken.fingerprint or "", position)

    def account_state(self, fingerprint: str | None, position: int) -> AccountState:
        """What the ledger says at a position of the account behind a key."""
        return self._known_accounts.at(fingerprint or "", position)

    def rules_of(self, state: CampaignState) -> ReadTimeRules:
        """What applies to the rows of a campaign when they are read, and is in none."""
        return ReadTimeRules(
            state.phase == "canceled", self._only_numbers, state.plan.policy, is_completed=state.phase == "completed"
        )


def position_in(taken: ViewsSnapshot, moment: Moment) -> tuple[int, int | None]:
    """The position that an answer is true for, and the same as a past one where the views have gone on since."""
    if not moment.is_past or moment.position >= taken.position:
        return taken.position, None
    return moment.position, moment.position


def _may_be_called(rules: ReadTimeRules, row: StatusRow, now: datetime) -> bool:
    """Whether somebody will be called by their campaign by itself, now or at a known time that is waited for."""
    own = row.standing.stands_at(now)
    if is_not_waited_for(own.reason, own.until, now):
        return False
    shown = rules.shown(row.standing, row.enrollment.number, row.enrollment.zone_key, now)
    return shown.status == "queued" or (shown.status == "held" and shown.until is not None)
