"""That every row of the views says what the folds of the streams say."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection

from domain.dialing import DATA_MISSING
from domain.instants import LATEST
from domain.status import STATUSES, Status
from projections import attempt_index, call_hours, call_index, campaign_summary, outcome_index, recipient_status
from projections.campaign_summary import CampaignSummary
from projections.outcome import heard_of
from projections.read_time_rules import ReadTimeRules
from projections.recipient_status import HISTORY, StatusRow
from projections.store import EPOCH, ViewStore
from projections.views import snapshot
from tests.projections.kept_views import all_rows
from tests.projections.recounted import RecipientSays, Recounted

ROWS_MAX = 100_000
PAGED: Sequence[Status] = ("queued", "held", "withdrawn", "queued", "suppressed", "held", "not_reached", "failed")


def assert_rows_are_what_the_folds_say(
    store: ViewStore, expected: Recounted, only_numbers: Collection[str] | None = None
) -> None:
    """Recipients, figures, attempts and calls, each compared with what is folded anew and counted one by one."""
    with snapshot(store) as taken:
        connection = taken.connection
        assert campaign_summary.campaigns(connection) == {n: i for i, n in expected.numbers.items()}
        for campaign_id in expected.numbers:
            _assert_campaign(connection, expected, campaign_id, only_numbers)
        found = {row.attempt_id: row for row in attempt_index.rows_of(connection, list(expected.attempts))}
        assert found == expected.attempts
        assert {row.attempt_id for row in attempt_index.open_attempts(connection)} == {
            row.attempt_id for row in expected.attempts.values() if row.is_open
        }
        assert call_index.calls(connection, 0, ROWS_MAX) == expected.call_rows()
        assert call_hours.hours(connection, EPOCH, LATEST) == expected.hours(None)
        for campaign_id, number in expected.numbers.items():
            assert call_hours.hours(connection, EPOCH, LATEST, number) == expected.hours(campaign_id)
            assert call_hours.minutes(connection, EPOCH, LATEST, number) == expected.minutes(campaign_id)
            _assert_zones(connection, expected, campaign_id)
    assert_history_has_no_gaps(store)


def _assert_zones(connection: Connection, expected: Recounted, campaign_id: str) -> None:
    """Those of each zone add up to the hours, and no zone is there that nobody is in."""
    zones = call_hours.zones(connection, EPOCH, LATEST, expected.numbers[campaign_id])
    assert {one.zone_key for one in zones} <= expected.zone_keys(campaign_id)
    added: dict[datetime, Counter[str]] = {}
    for one in zones:
        figures = {name: getattr(one, name) for name in call_hours.FIGURES}
        added.setdefault(one.begins_at.replace(minute=0), Counter()).update(figures)
    assert [call_hours.CallsBegun(begins_at=at, **added[at]) for at in sorted(added)] == expected.hours(campaign_id)


def _assert_campaign(
    connection: Connection, expected: Recounted, campaign_id: str, only_numbers: Collection[str] | None
) -> None:
    number = expected.numbers[campaign_id]
    rules = expected.rules(campaign_id, only_numbers)
    rows = recipient_status.page(connection, number, 0, ROWS_MAX, None)
    summary = campaign_summary.counters_now(connection, number).summary()
    for turn, now in enumerate(expected.instants(campaign_id, only_numbers)):
        shown = expected.recipients(campaign_id, now, only_numbers)
        _assert_recipients(rows, rules, now, shown)
        _assert_statuses(connection, number, summary, rules, now, shown)
        status = PAGED[turn % len(PAGED)]
        page, following = recipient_status.page_with_status(
            connection, number, status, rules, summary.zones, 0, ROWS_MAX, None, now
        )
        assert following is None
        assert page == [row for row, one in zip(rows, shown, strict=True) if one.shown.status == status]
    _assert_outcomes(connection, expected, campaign_id, rows)
    assert summary == CampaignSummary(
        enrolled=len(rows),
        dialled=expected.dialled(campaign_id),
        statuses=summary.statuses,
        queued_zones=Counter(
            row.enrollment.zone_key for row in rows if row.standing.status == "queued" and row.standing.then is None
        ),
        zones=frozenset(expected.zone_keys(campaign_id)),
        attempts=expected.phases(campaign_id),  # type: ignore[arg-type]
        codes=expected.codes(campaign_id),
        calls=expected.calls_by_end(campaign_id),  # type: ignore[arg-type]
    )
    assert campaign_summary.pace(connection, number, expected.feed[-1].recorded_at) == expected.pace(campaign_id)


def _assert_outcomes(connection: Connection, expected: Recounted, campaign_id: str, rows: Sequence[StatusRow]) -> None:
    stored = outcome_index.outcomes(connection, expected.numbers[campaign_id], (0, 0), ROWS_MAX)
    assert sorted((one.recipient for one in stored), key=lambda row: row.enrollment.place) == rows
    for one in stored:
        person = expected.whole(one.recipient.enrollment.stream)
        assert one.heard == heard_of(person, campaign_id, expected.calls)


def _assert_recipients(
    rows: Sequence[StatusRow], rules: ReadTimeRules, now: datetime, shown: list[RecipientSays]
) -> None:
    said = [
        RecipientSays(
            number=row.enrollment.number,
            shown=rules.shown(row.standing, row.enrollment.number, row.enrollment.zone_key, now),
            attempts=row.standing.attempts,
            call_id=row.standing.call_id,
            code=row.standing.code,
        )
        for row in rows
    ]
    assert said == shown


def _assert_statuses(
    connection: Connection,
    number: int,
    summary: CampaignSummary,
    rules: ReadTimeRules,
    now: datetime,
    shown: list[RecipientSays],
) -> None:
    counts = recipient_status.counts(connection, number, summary.statuses, summary.queued_zones, rules, None, now)
    assert counts == {**dict.fromkeys(STATUSES, 0), **Counter(one.shown.status for one in shown)}
    waits = recipient_status.WhoWaits(connection, number, summary.statuses, summary.queued_zones, summary.zones)
    assert waits.is_anybody_open(rules, now) == any(counts[status] for status in ("queued", "dialing", "in_progress"))
    if not counts["queued"] and rules.ended(now) is None and not rules.is_completed:
        assert waits.is_anybody_due_later(rules, now) == any(
            one.shown.status == "held" and (one.shown.until is not None or one.shown.reason in DATA_MISSING)
            for one in shown
        )


def assert_history_has_no_gaps(store: ViewStore) -> None:
    """Every standing holds from where the one before it ends, the first from the enrolment."""
    rows = all_rows(store)
    spans: dict[int, list[tuple[int, int | None]]] = {}
    for place, begins, ends, *_ in rows[HISTORY.name]:
        spans.setdefault(place, []).append((begins, ends))
    for place, begins, *_ in rows[recipient_status.STATUS.name]:
        spans.setdefault(place, []).append((begins, None))
    for place, of_place in spans.items():
        assert [begins for begins, _ in of_place] == [place, *(ends for _, ends in of_place[:-1])]
        assert all(ends is None or ends > begins for begins, ends in of_place)
