"""The views beside the ledger: what each row says, and what a fold of the streams behind it says."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import func, select

from domain.account import AccountState
from domain.call import CallState
from domain.campaign import CampaignState
from domain.dialing import Verdict, judge_person
from domain.events import Recorded
from domain.identity import account_stream, call_stream, campaign_stream
from domain.recipient import RecipientState, StreamOf
from domain.status import RecipientStatus, status_of
from projections import call_index, campaign_summary, recipient_status
from projections.changes import ReadStreams, Standing
from projections.changes.folds import fold_call
from projections.folded import account_of, call_of, campaign_of, people_of
from projections.read_time_rules import ReadTimeRules
from projections.recipient_status import ENROLLMENT, STATUS
from projections.storable import storable
from projections.views import ViewName, ViewsSnapshot

COMPARED_ROWS_MAX = 500


class ViewDifference(Struct, frozen=True, kw_only=True):
    """One field of one row that the ledger says otherwise; `what` names the row: a place, a call, a campaign."""

    view: ViewName
    what: str
    field: str
    view_says: Any
    ledger_says: Any


class ComparedRows(Struct, frozen=True, kw_only=True):
    """What came of comparing some rows, and where to go on, None at the end."""

    rows: int
    differences: list[ViewDifference]
    following: str | None


class ViewComparison:
    """Compares at the position of one read of the views, judged at one instant."""

    def __init__(
        self,
        taken: ViewsSnapshot,
        read_streams: ReadStreams,
        stream_of: StreamOf,
        now: datetime,
        only_numbers: Collection[str] | None,
    ) -> None:
        self._taken = taken
        self._read_streams = read_streams
        self._stream_of = stream_of
        self._now = now
        self._only_numbers = only_numbers
        self._campaigns = self._read_campaigns()
        self._account = self._read_account()

    def some(self, after: str | None, rows_max: int) -> ComparedRows:
        """Compare up to so many rows after a cursor of an earlier answer: campaigns and recipients first, then calls."""
        kind, _, place = (after or "recipients:0").partition(":")
        if kind == "recipients":
            differences = list(self._funnels()) if place == "0" else []
            return self._recipients(int(place), rows_max, differences)
        return self._calls(int(place), rows_max)

    def _recipients(self, after: int, rows_max: int, differences: list[ViewDifference]) -> ComparedRows:
        query = select(STATUS.c.campaign, STATUS.c.place).where(STATUS.c.place > after)
        places = list(self._taken.connection.execute(query.order_by(STATUS.c.place).limit(rows_max)))
        by_campaign: dict[int, list[int]] = {}
        for number, place in places:
            by_campaign.setdefault(number, []).append(place)
        enrollments = {
            place: (number, one)
            for number, some in by_campaign.items()
            for place, one in recipient_status.enrollments_at(self._taken.connection, number, some).items()
        }
        standings = recipient_status.standings_at(self._taken.connection, [place for _, place in places])
        people, calls_read = self._people({one.stream for _, one in enrollments.values()})
        calls = {call_id: call_of(events) for call_id, events in calls_read.items()}
        for place, (number, enrollment) in enrollments.items():
            person = people[enrollment.stream]
            differences += self._recipient(enrollment, standings[place], person, self._campaigns[number], calls)
        differences += self._missing_calls(calls_read)
        following = f"recipients:{places[-1][1]}" if len(places) == rows_max else "calls:0"
        return ComparedRows(rows=len(places), differences=differences, following=following)

    def _recipient(
        self,
        enrollment: recipient_status.EnrollmentRow,
        standing: Standing,
        person: RecipientState,
        state: CampaignState,
        calls: Mapping[str, CallState],
    ) -> Iterator[ViewDifference]:
        """One recipient's row beside what their streams say."""
        rules = ReadTimeRules(
            state.phase == "canceled", self._only_numbers, state.plan.policy, is_completed=state.phase == "completed"
        )
        shown = rules.shown(standing, enrollment.number, enrollment.zone_key, self._now)
        row = {
            "number": enrollment.number,
            "status": shown.status,
            "reason": shown.reason,
            "until": shown.until,
            "attempts": standing.attempts,
            "call_id": standing.call_id,
            "code": standing.code,
        }
        told = self._status(person, state, calls)
        folded = {
            "number": person.number,
            "status": told.status,
            "reason": told.reason,
            "until": told.until,
            "attempts": told.attempts,
            "call_id": told.call_id,
            "code": person.last_error_code(state.campaign_id),
        }
        what = f"{state.campaign_id}, enrolled at position {enrollment.place}"
        return _differences(recipient_status.NAME, what, row, folded)

    def _calls(self, after: int, rows_max: int) -> ComparedRows:
        rows = call_index.calls(self._taken.connection, after, rows_max)
        streams = self._read_streams([call_stream(row.call_id) for row in rows], self._taken.position)
        differences: list[ViewDifference] = []
        for row in rows:
            fold = fold_call(streams.get(call_stream(row.call_id), ()))
            told = {} if fold is None else _fields(call_index.row_of(row.call_id, fold))
            differences += _differences(call_index.NAME, row.call_id, _fields(row), told)
        following = f"calls:{rows[-1].place}" if len(rows) == rows_max else None
        return ComparedRows(rows=len(rows), differences=differences, following=following)

    def _funnels(self) -> Iterator[ViewDifference]:
        """Each campaign's counters of statuses beside the rows themselves."""
        connection = self._taken.connection
        query = (
            select(STATUS.c.campaign, STATUS.c.status, func.count())
            .where(STATUS.c.then_at.is_(None))
            .group_by(STATUS.c.campaign, STATUS.c.status)
        )
        found: dict[int, dict[str, int]] = {number: {} for number in self._campaigns}
        for number, status, count in connection.execute(query):
            found[number][status] = count
        for number, state in self._campaigns.items():
            counters = campaign_summary.counters_now(connection, number).summary()
            row = {str(status): count for status, count in counters.statuses.items() if count}
            row["enrolled"] = counters.enrolled
            enrolled = select(func.count()).select_from(ENROLLMENT).where(ENROLLMENT.c.campaign == number)
            counted = {**found[number], "enrolled": connection.execute(enrolled).scalar_one()}
            yield from _differences(campaign_summary.NAME, state.campaign_id, row, counted)

    def _read_campaigns(self) -> Mapping[int, CampaignState]:
        known = campaign_summary.campaigns(self._taken.connection)
        streams = self._read_streams([campaign_stream(i) for i in known.values()], self._taken.position)
        folded = {number: campaign_of(streams.get(campaign_stream(i), ())) for number, i in known.items()}
        return {number: state for number, state in folded.items() if state is not None}

    def _read_account(self) -> AccountState:
        stream = account_stream(self._taken.fingerprint or "")
        return account_of(self._read_streams([stream], self._taken.position).get(stream, ()))

    def _missing_calls(self, calls: Mapping[str, Sequence[Recorded]]) -> Iterator[ViewDifference]:
        """Calls of the recipients that the index does not have at all."""
        places = {events[0].position: call_id for call_id, events in calls.items() if events}
        for place in sorted(places.keys() - call_index.known_among(self._taken.connection, places)):
            yield ViewDifference(
                view=call_index.NAME, what=places[place], field="call_id", view_says=None, ledger_says=places[place]
            )

    def _people(
        self, streams: Collection[str]
    ) -> tuple[Mapping[str, RecipientState], Mapping[str, Sequence[Recorded]]]:
        position = self._taken.position
        people = people_of(streams, lambda some: self._read_streams(some, position), self._stream_of)
        ids = sorted({a.call_id for person in people.values() for a in person.attempts if a.call_id is not None})
        found = self._read_streams([call_stream(i) for i in ids], position)
        return people, {i: found.get(call_stream(i), ()) for i in ids}

    def _status(
        self, person: RecipientState, campaign: CampaignState, calls: Mapping[str, CallState]
    ) -> RecipientStatus:
        own = {a.call_id: calls[a.call_id] for a in person.attempts if a.call_id is not None}

        def judged() -> Verdict:
            return judge_person(campaign, person, self._account, own, self._now, self._only_numbers)

        return status_of(person, campaign.campaign_id, own, self._now, judged)


def _fields(row: call_index.CallRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


def _differences(view: str, what: str, row: Mapping[str, Any], folded: Mapping[str, Any]) -> Iterator[ViewDifference]:
    for field in sorted(row.keys() | folded.keys()):
        view_says, ledger_says = row.get(field), folded.get(field)
        if _as_stored(view_says) != _as_stored(ledger_says):
            yield ViewDifference(view=view, what=what, field=field, view_says=view_says, ledger_says=ledger_says)


def _as_stored(value: Any) -> Any:
    """A text as a row can have it: that it lost there what no database takes is no difference."""
    return storable(value) if isinstance(value, str) else value
