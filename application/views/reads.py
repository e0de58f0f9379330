"""Reads of lists and figures: from the views, by the rules that apply when they are read and are in no row."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from application.moment import Moment
from application.views import LedgerReads, Views
from domain import campaign
from domain.account import AccountState
from domain.campaign import CampaignState, Plan
from domain.dialing import campaign_clock_reasons
from domain.identity import account_stream, campaign_stream
from domain.status import Status
from projections import attempt_index, call_index, campaign_summary, recipient_status
from projections.call_index import CallRow
from projections.campaign_summary import PaceMinute, Summary
from projections.comparison import ComparedRows, ViewComparison
from projections.folded import account_of, campaign_of
from projections.prospects import Forecast, Prospect, Prospects, repeated
from projections.read_time_rules import ReadTimeRules, ShownStatus
from projections.recipient_status import StatusRow
from projections.store import ViewsUnusable
from projections.views import VERSIONS, Parked, Snapshot, parked, rows_in, summaries_at

OPEN_STATUSES: tuple[Status, ...] = ("queued", "dialing", "in_progress")
HELD_LOOKED_AT_MAX = 1_000
PARKED_SHOWN_MAX = 100


class CampaignRead(Struct, frozen=True, kw_only=True):
    """A campaign at a moment of the ledger; without figures where the views could not be asked."""

    position: int
    judged_at: datetime
    state: CampaignState
    account: AccountState
    counts: Mapping[Status, int] | None
    summary: Summary | None
    pace: list[PaceMinute]


class CampaignsRead(Struct, frozen=True, kw_only=True):
    """A page of campaigns; `following` is the number to go on from."""

    position: int
    items: list[CampaignRead]
    following: int | None


class RecipientsRead(Struct, frozen=True, kw_only=True):
    """A page of recipients at a moment of the ledger; `following` is the place to go on from."""

    position: int
    judged_at: datetime
    rows: list[tuple[StatusRow, ShownStatus]]
    following: int | None


class DueRead(Struct, frozen=True, kw_only=True):
    """The streams of recipients who are queued; `following` is the place to go on from, None at the end."""

    position: int
    streams: list[str]
    following: int | None


class RemainingWork(Struct, frozen=True, kw_only=True):
    """Whether a campaign has anybody left, as far as the views know.

    `is_somebody_left` where somebody waits or is being called; `held_by_calls` are the streams of those who only wait
    for another campaign's call to end.
    """

    position: int
    is_somebody_left: bool
    held_by_calls: list[str]


class ProspectsRead(Struct, frozen=True, kw_only=True):
    """Where everybody in a campaign would stand, and what else was known of it then.

    `repeated` are those who wait, and whom one of the other campaigns that were named may call, too.
    """

    position: int
    judged_at: datetime
    state: CampaignState
    account: AccountState
    summary: Summary
    prospects: Prospects
    repeated: int


class StandingRead(Struct, frozen=True, kw_only=True):
    """Where everybody in a campaign stands, and how many stand there."""

    position: int
    judged_at: datetime
    state: CampaignState
    people: Mapping[Prospect, int]


class CallsAsked(Struct, frozen=True, kw_only=True):
    """Which calls are asked for; None asks for any."""

    campaign_id: str | None = None
    phase: str | None = None
    outcome: str | None = None
    anomaly: str | None = None


class CallsRead(Struct, frozen=True, kw_only=True):
    """A page of calls; `following` is the place to go on from."""

    position: int
    rows: list[CallRow]
    following: int | None


class ViewRead(Struct, frozen=True, kw_only=True):
    """A view: its code's version, how far it has come, and how many rows it has."""

    name: str
    version: int
    position: int
    rows: int


class Reads:
    """Answers from the views. Every method does its work in the caller's thread, which should not be the event loop's."""

    def __init__(self, ledger: LedgerReads, projector: Views, only_numbers: Collection[str] | None) -> None:
        self._ledger = ledger
        self._projector = projector
        self._only_numbers = only_numbers

    def campaigns(self, moment: Moment, after: int, rows_max: int) -> CampaignsRead:
        """A page of the campaigns, in the order of their creation."""
        with self._projector.reading() as taken:
            position, past = _position(taken, moment)
            known = campaign_summary.campaigns(taken.connection, past, after, rows_max + 1)
            following = list(known)[rows_max - 1] if len(known) > rows_max else None
            numbers = dict(list(known.items())[:rows_max])
            items = self._campaigns(taken, numbers, position, past, moment.instant)
            return CampaignsRead(position=position, items=items, following=following)

    def campaign(self, campaign_id: str, moment: Moment) -> CampaignRead:
        """One campaign. Raises `NotFound`."""
        with self._projector.reading() as taken:
            position, past = _position(taken, moment)
            number, _ = self._campaign(taken, campaign_id, position)
            (found,) = self._campaigns(taken, {number: campaign_id}, position, past, moment.instant)
            return found

    def campaign_without_figures(self, campaign_id: str, position: int, now: datetime) -> CampaignRead:
        """What the ledger itself says of a campaign at a position. Raises `NotFound`."""
        return CampaignRead(
            position=position,
            judged_at=now,
            state=self._state(campaign_id, position),
            account=AccountState(),
            counts=None,
            summary=None,
            pace=[],
        )

    def _campaigns(
        self, taken: Snapshot, numbers: Mapping[int, str], position: int, past: int | None, now: datetime
    ) -> list[CampaignRead]:
        summaries = summaries_at(taken, numbers, past, self._ledger.read_streams, self._ledger.read_feed)
        account = self._account(taken, position)
        found = []
        for number, campaign_id in numbers.items():
            _, state = self._campaign(taken, campaign_id, position)
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
                        self._rules(state),
                        past,
                        now,
                    ),
                    summary=summary,
                    pace=campaign_summary.pace(taken.connection, number, now),
                )
            )
        return found

    def recipients(
        self, campaign_id: str, moment: Moment, status: Status | None, after: int, rows_max: int
    ) -> RecipientsRead:
        """A page of a campaign's recipients, in the order of enrolment. Raises `NotFound`."""
        with self._projector.reading() as taken:
            position, past = _position(taken, moment)
            number, state = self._campaign(taken, campaign_id, position)
            rules = self._rules(state)
            following: int | None
            if status is None:
                rows = recipient_status.page(taken.connection, number, after, rows_max + 1, past)
                following = rows[rows_max - 1].enrollment.place if len(rows) > rows_max else None
                rows = rows[:rows_max]
            else:
                # Where they were in the past, too: a zone key stays while a campaign lives.
                zones = campaign_summary.counters_now(taken.connection, number).summary().zones
                rows, following = recipient_status.page_with_status(
                    taken.connection, number, status, rules, zones, after, rows_max, past, moment.instant
                )
            shown = [
                (r, rules.shown(r.standing, r.enrollment.number, r.enrollment.zone_key, moment.instant)) for r in rows
            ]
            return RecipientsRead(position=position, judged_at=moment.instant, rows=shown, following=following)

    def due(self, campaign_id: str, now: datetime, after: int, rows_max: int) -> DueRead:
        """Who of a campaign is queued at `now`, after a place."""
        with self._projector.reading() as taken:
            number = campaign_summary.number_of(taken.connection, campaign_id)
            nobody = DueRead(position=taken.position, streams=[], following=None)
            if number is None:
                return nobody
            rules = self._rules(self._state(campaign_id, taken.position))
            if rules.policy is not None and any(campaign_clock_reasons(rules.policy, now)):
                return nobody
            zones = campaign_summary.counters_now(taken.connection, number).summary().zones
            rows, following = recipient_status.page_with_status(
                taken.connection, number, "queued", rules, zones, after, rows_max, None, now
            )
            streams = [row.enrollment.stream for row in rows]
            return DueRead(position=taken.position, streams=streams, following=following)

    def remaining_work(self, campaign_id: str, now: datetime) -> RemainingWork:
        """Whether anybody of a running campaign is left; of one without recipients, somebody is still to come."""
        with self._projector.reading() as taken:
            connection, position = taken.connection, taken.position
            number = campaign_summary.number_of(connection, campaign_id)
            if number is None:
                return RemainingWork(position=position, is_somebody_left=True, held_by_calls=[])
            summary = campaign_summary.counters_now(connection, number).summary()
            rules = self._rules(self._state(campaign_id, position))
            counts = recipient_status.counts(
                connection, number, summary.statuses, summary.queued_zones, rules, None, now
            )
            is_left = not summary.enrolled or any(counts[status] for status in OPEN_STATUSES)
            if is_left or not counts["held"]:
                return RemainingWork(position=position, is_somebody_left=is_left, held_by_calls=[])
            return RemainingWork(
                position=position,
                is_somebody_left=recipient_status.is_anybody_due_later(
                    connection, number, summary.queued_zones, rules, now
                ),
                held_by_calls=recipient_status.streams_held_by_calls(connection, number, HELD_LOOKED_AT_MAX),
            )

    def prospects(
        self,
        campaign_id: str,
        moment: Moment,
        plans: Callable[[CampaignState], Sequence[Plan]],
        others: Collection[str] = (),
    ) -> ProspectsRead:
        """Where everybody in a campaign would stand under some plans, as far as the views have come. Raises `NotFound`."""
        with self._projector.reading() as taken:
            number, state = self._campaign(taken, campaign_id, taken.position)
            forecast = Forecast(taken, self._ledger.read_streams, number, state, self._only_numbers, moment.instant)
            numbers = campaign_summary.campaigns(taken.connection).items() if others else ()
            return ProspectsRead(
                position=taken.position,
                judged_at=moment.instant,
                state=state,
                account=self._account(taken, taken.position),
                summary=campaign_summary.counters_now(taken.connection, number).summary(),
                prospects=forecast.under(plans(state)),
                repeated=repeated(taken.connection, number, [one for one, name in numbers if name in others]),
            )

    def standing(self, campaign_id: str, moment: Moment) -> StandingRead:
        """Where everybody in a campaign stands, as far as the views have come. Raises `NotFound`."""
        with self._projector.reading() as taken:
            number, state = self._campaign(taken, campaign_id, taken.position)
            forecast = Forecast(taken, self._ledger.read_streams, number, state, self._only_numbers, moment.instant)
            return StandingRead(
                position=taken.position, judged_at=moment.instant, state=state, people=forecast.as_it_stands()
            )

    def calls(self, asked: CallsAsked, after: int, rows_max: int) -> CallsRead:
        """A page of calls, in the order in which they were first heard of. Raises `NotFound` for an unknown campaign."""
        with self._projector.reading() as taken:
            number = None
            if asked.campaign_id is not None:
                number, _ = self._campaign(taken, asked.campaign_id, taken.position)
            rows = call_index.calls(
                taken.connection,
                after,
                rows_max + 1,
                campaign=number,
                phase=asked.phase,
                outcome=asked.outcome,
                anomaly=asked.anomaly,
            )
            following = rows[rows_max - 1].place if len(rows) > rows_max else None
            return CallsRead(position=taken.position, rows=rows[:rows_max], following=following)

    def views(self) -> list[ViewRead]:
        """Every view, how far it has come, and how many rows it has."""
        with self._projector.reading() as taken:
            return [
                ViewRead(name=name, version=version, position=taken.position, rows=rows_in(taken.connection, name))
                for name, version in VERSIONS.items()
            ]

    def parked_events(self) -> list[Parked]:
        """The events that the views were led past, the first of them."""
        with self._projector.reading() as taken:
            return parked(taken.connection, PARKED_SHOWN_MAX)

    def compare(self, now: datetime, after: str | None, rows_max: int) -> tuple[int, ComparedRows]:
        """Compare some rows with the ledger; the position that was compared at, and what came of it."""
        with self._projector.reading() as taken:
            comparison = ViewComparison(taken, self._ledger.read_streams, now, self._only_numbers)
            return taken.position, comparison.some(after, rows_max)

    def streams_of_attempts(self, attempt_ids: Collection[str]) -> dict[str, str]:
        """The recipients' streams of these attempts, as far as the views know them."""
        with self._projector.reading() as taken:
            return {row.attempt_id: row.stream for row in attempt_index.rows_of(taken.connection, attempt_ids)}

    def _campaign(self, taken: Snapshot, campaign_id: str, position: int) -> tuple[int, CampaignState]:
        state = self._state(campaign_id, position)
        number = campaign_summary.number_of(taken.connection, campaign_id)
        if number is None:
            raise ViewsUnusable(f"the views do not know campaign {campaign_id} yet; try again")
        return number, state

    def _state(self, campaign_id: str, position: int) -> CampaignState:
        stream = campaign_stream(campaign_id)
        events = self._ledger.read_streams([stream], position).get(stream, ())
        return campaign.existing(campaign_of(events), campaign_id)

    def _account(self, taken: Snapshot, position: int) -> AccountState:
        stream = account_stream(taken.fingerprint or "")
        return account_of(self._ledger.read_streams([stream], position).get(stream, ()))

    def _rules(self, state: CampaignState) -> ReadTimeRules:
        return ReadTimeRules(state.phase == "canceled", self._only_numbers, state.plan.policy)


def _position(taken: Snapshot, moment: Moment) -> tuple[int, int | None]:
    """The position that an answer is true for, and the same as a past one where the views have gone on since."""
    if not moment.is_past or moment.position >= taken.position:
        return taken.position, None
    return moment.position, moment.position
