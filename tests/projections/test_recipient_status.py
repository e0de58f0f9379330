from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from domain.status import STATUSES, Status
from projections import campaign_summary, recipient_status
from projections.read_time_rules import ReadTimeRules, ShownStatus
from projections.recipient_status import LOOKS_A_PAGE_MAX, StatusRow
from projections.store import ViewStore
from projections.views import snapshot
from tests.domain.given import report
from tests.examples import examples
from tests.projections.chance import Random, small_history
from tests.projections.feed_ledger import FeedLedger
from tests.projections.history import CAMPAIGNS, NUMBERS, SECOND, World, call_id_of, stream_of, world
from tests.projections.kept_views import catch_up, new_store, writer_on
from tests.projections.recounted import Recounted

ONE, TWO, THREE = NUMBERS
SPRING, AUTUMN = CAMPAIGNS
RUNNING, CANCELED = ReadTimeRules(False), ReadTimeRules(True)
COMPLETED = ReadTimeRules(False, is_completed=True)


def shown(
    tmp_path: Path, made: World, campaign_id: str = SPRING, now: datetime | None = None, rules: ReadTimeRules = RUNNING
) -> dict[str, tuple[str, str | None]]:
    """Each number's status and its reason."""
    with new_store(tmp_path / f"views-{made.ledger.position}.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            number = Recounted(made.ledger).numbers[campaign_id]
            rows = recipient_status.page(taken.connection, number, 0, 100, None)
            found = {
                row.enrollment.number: rules.shown(
                    row.standing, row.enrollment.number, row.enrollment.zone_key, now or made.now
                )
                for row in rows
            }
    return {number: (one.status, one.reason) for number, one in found.items()}


def test_a_call_that_is_heard_of_before_it_is_accepted_counts_once_it_is(tmp_path: Path) -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    made.hear(ONE, "call.answered", 3)
    assert shown(tmp_path, made) == {ONE: ("dialing", None)}
    made.accept(ONE)
    assert shown(tmp_path, made) == {ONE: ("in_progress", None)}


def test_a_call_that_is_accepted_before_it_is_heard_of_moves_with_each_report(tmp_path: Path) -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    made.accept(ONE)
    seen = [shown(tmp_path, made)[ONE]]
    for name, seconds in (("call.answered", 3), ("call.completed", 9)):
        made.hear(ONE, name, seconds)
        seen.append(shown(tmp_path, made)[ONE])
    assert seen == [("dialing", None), ("in_progress", None), ("reached", None)]


def test_an_end_that_turns_out_to_be_another_changes_the_status(tmp_path: Path) -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    made.accept(ONE)
    made.hear(ONE, "call.completed", 9)
    assert shown(tmp_path, made) == {ONE: ("not_reached", None)}
    made.hear(ONE, "call.failed", 5)
    assert shown(tmp_path, made) == {ONE: ("failed", None)}


def test_an_open_attempt_of_one_campaign_holds_the_person_in_the_others(tmp_path: Path) -> None:
    made = world(ONE)
    made.create(AUTUMN)
    made.enroll(ONE, AUTUMN)
    made.start(ONE, SPRING)
    assert shown(tmp_path, made, AUTUMN) == {ONE: ("held", "open_attempt")}
    made.accept(ONE)
    made.hear(ONE, "call.failed", 5)
    assert shown(tmp_path, made, AUTUMN) == {ONE: ("queued", None)}


def test_calls_of_a_person_are_theirs_only_once_they_are_known_to_be(tmp_path: Path) -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    made.leave_unresolved(ONE)
    made.hear(ONE, "call.answered", 3)
    assert shown(tmp_path, made) == {ONE: ("unresolved", "read time-out")}
    made.match(ONE, made.person(ONE).attempts[0], call_id_of("a1"), "person")
    assert shown(tmp_path, made) == {ONE: ("in_progress", None)}


def test_a_call_that_is_shown_to_be_anothers_leaves_the_first_unresolved(tmp_path: Path) -> None:
    made = world(ONE, TWO)
    for number, how in ((ONE, "inferred"), (TWO, "metadata")):
        made.start(number, SPRING)
        made.leave_unresolved(number)
        made.match(number, made.person(number).attempts[0], "c", how)  # type: ignore[arg-type]
    made.tell("c", report("call.answered", 1))
    assert shown(tmp_path, made) == {ONE: ("unresolved", "it is another's"), TWO: ("in_progress", None)}


@pytest.mark.parametrize(("redial", "status"), [(True, "queued"), (False, "not_reached")])
def test_an_attempt_without_a_call_is_dialled_again_only_if_somebody_says_so(
    tmp_path: Path, redial: bool, status: str
) -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    made.leave_unresolved(ONE)
    made.settle(ONE, redial)
    assert shown(tmp_path, made) == {ONE: (status, None)}


def test_a_suppression_that_ends_by_itself_puts_the_person_back(tmp_path: Path) -> None:
    made = world(ONE)
    made.suppress(ONE, 10)
    ends = made.now + 9 * SECOND
    seen = [shown(tmp_path, made, now=at)[ONE] for at in (ends - timedelta(microseconds=1), ends)]
    assert seen == [("suppressed", "operator"), ("queued", None)]


def test_a_canceled_campaign_has_nobody_waiting(tmp_path: Path) -> None:
    made = world(ONE, TWO, THREE)
    made.hold(TWO)
    made.suppress(THREE, 10)
    made.change(SPRING, "cancel")
    assert shown(tmp_path, made, rules=CANCELED) == {
        ONE: ("withdrawn", "campaign_canceled"),
        TWO: ("withdrawn", "campaign_canceled"),
        THREE: ("suppressed", "operator"),
    }
    after = shown(tmp_path, made, now=made.now + 60 * SECOND, rules=CANCELED)
    assert after[THREE] == ("withdrawn", "campaign_canceled")


def test_in_a_completed_campaign_nobody_is_queued_whenever_they_were_released(tmp_path: Path) -> None:
    made = world(ONE, TWO, THREE)
    for number, seconds in ((ONE, None), (THREE, 10)):
        made.suppress(number, seconds)
    made.hold(TWO)
    made.change(SPRING, "complete")
    made.release(ONE)
    assert shown(tmp_path, made, rules=COMPLETED) == {
        ONE: ("withdrawn", "campaign_completed"),
        TWO: ("held", "destination_held"),
        THREE: ("suppressed", "operator"),
    }
    after = shown(tmp_path, made, now=made.now + 60 * SECOND, rules=COMPLETED)
    assert after[THREE] == ("withdrawn", "campaign_completed")
    made.free(TWO)
    assert shown(tmp_path, made, rules=COMPLETED)[TWO] == ("withdrawn", "campaign_completed")


def test_numbers_that_this_installation_may_not_dial_are_held(tmp_path: Path) -> None:
    made = world(ONE, TWO, THREE)
    made.hold(THREE)
    assert shown(tmp_path, made, rules=ReadTimeRules(False, {TWO})) == {
        ONE: ("held", "not_in_only_numbers"),
        TWO: ("queued", None),
        THREE: ("held", "destination_held"),
    }


def pages(
    store: ViewStore,
    campaign: int,
    status: Status | None,
    rules: ReadTimeRules,
    rows_max: int,
    position: int | None,
    now: datetime,
) -> list[tuple[StatusRow, ShownStatus]]:
    """All pages, one after another."""
    rows: list[StatusRow] = []
    after: int | None = 0
    with snapshot(store) as taken:
        zones = campaign_summary.counters_now(taken.connection, campaign).summary().zones
        while after is not None:
            if status is None:
                found = recipient_status.page(taken.connection, campaign, after, rows_max, position)
                after = found[-1].enrollment.place if len(found) == rows_max else None
            else:
                found, after = recipient_status.page_with_status(
                    taken.connection, campaign, status, rules, zones, after, rows_max, position, now
                )
            assert len(found) <= rows_max
            rows += found
    return [(row, rules.shown(row.standing, row.enrollment.number, row.enrollment.zone_key, now)) for row in rows]


@pytest.mark.no_cover  # many times the same
@pytest.mark.parametrize("seed", range(examples(8, least=2)))
def test_pages_as_of_any_position_are_those_of_views_that_had_come_so_far(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = Random(seed)
    monkeypatch.setattr("projections.recipient_status.candidates.FEW_DUE_MAX", rng.choice((0, 1, 4_096)))
    made = small_history(rng, 25)
    only_numbers = rng.choice((None, NUMBERS[:1]))
    with new_store(tmp_path / "all.db") as everything, new_store(tmp_path / "so-far.db") as so_far:
        catch_up(everything, made.ledger)
        writer = writer_on(so_far, made.ledger)
        for one in made.ledger.feed:
            writer.advance([one])
            known = Recounted(FeedLedger(made.ledger.feed[: one.position]))
            campaign_id = rng.choice(CAMPAIGNS)
            if campaign_id not in known.campaigns:
                continue
            number = known.numbers[campaign_id]
            rules = known.rules(campaign_id, only_numbers)
            now = rng.choice((one.recorded_at, *known.instants(campaign_id, only_numbers)))
            expected = pages(so_far, number, None, rules, 100, None, now)
            assert pages(everything, number, None, rules, rng.randint(1, 3), one.position, now) == expected
            for status in STATUSES:
                having = [row for row in expected if row[1].status == status]
                assert pages(so_far, number, status, rules, rng.randint(1, 3), None, now) == having
                assert pages(everything, number, status, rules, 100, one.position, now) == having
                assert pages(everything, number, status, rules, rng.randint(1, 3), one.position, now) == having


def test_a_page_for_which_too_many_have_to_be_looked_at_is_short_and_says_where_to_go_on(tmp_path: Path) -> None:
    numbers = [f"+1555{i:07}" for i in range(3 * LOOKS_A_PAGE_MAX)]
    made = world(*numbers)
    rules = ReadTimeRules(False, numbers[:-1])
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            first, after = recipient_status.page_with_status(
                taken.connection, 1, "held", rules, {""}, 0, 1, None, made.now
            )
            assert (first, after) == ([], 2 + 2 * LOOKS_A_PAGE_MAX)
        found = pages(store, 1, "held", rules, 1, None, made.now)
    assert [row.enrollment.number for row, _ in found] == numbers[-1:]


def test_a_row_has_what_the_enrolment_said(tmp_path: Path) -> None:
    made = world()
    made.enroll(ONE, SPRING, zone="Europe/Vienna")
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            (row,) = recipient_status.page(taken.connection, 1, 0, 10, None)
            assert recipient_status.page(taken.connection, 1, 0, 10, 2) == []
    assert row.enrollment == recipient_status.EnrollmentRow(
        place=3,
        stream=stream_of(ONE),
        number=ONE,
        zone="Europe/Vienna",
        zone_key="Europe/Vienna",
        variables={"name": ONE},
    )


@pytest.mark.parametrize(
    ("prefix", "found"),
    [("+1555", [ONE, TWO]), ("+49", [THREE]), (ONE, [ONE]), ("+15551230009", []), ("+4", [THREE]), ("+5", [])],
)
def test_people_are_found_by_how_their_number_begins(tmp_path: Path, prefix: str, found: list[str]) -> None:
    made = world(ONE, TWO, THREE)
    made.create(AUTUMN)
    made.enroll(ONE, AUTUMN)
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            streams = recipient_status.streams_with_prefix(taken.connection, prefix)
    assert streams == [stream_of(number) for number in found]


def test_on_postgresql_numbers_are_in_the_order_of_their_characters_whatever_the_databases_language() -> None:
    made = str(CreateTable(recipient_status.ENROLLMENT).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    assert 'number TEXT COLLATE "C" NOT NULL' in made


def test_who_waits_for_the_end_of_another_call_is_known(tmp_path: Path) -> None:
    made = world(ONE, TWO)
    made.create(AUTUMN)
    made.enroll(ONE, AUTUMN)
    made.start(ONE, SPRING)
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            numbers = Recounted(made.ledger).numbers
            held = [recipient_status.streams_held_by_calls(taken.connection, numbers[i], 10) for i in CAMPAIGNS]
    assert held == [[], [stream_of(ONE)]]


@pytest.mark.parametrize(
    ("act", "due_later"),
    [
        (lambda made: made.suppress(ONE, 10), [False, False]),
        (lambda made: made.hold(ONE), [False, False]),
    ],
)
def test_a_hold_without_an_end_or_a_suppression_leaves_nobody_due_later(
    tmp_path: Path, act: Callable[[World], None], due_later: list[bool]
) -> None:
    made = world(ONE)
    act(made)
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            found = [
                recipient_status.is_anybody_due_later(taken.connection, 1, {}, RUNNING, made.now + by * SECOND)
                for by in (0, 5)
            ]
    assert found == due_later
