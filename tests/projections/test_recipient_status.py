from datetime import datetime, timedelta
from pathlib import Path

import pytest

from projections import recipient_status
from projections.read_time_rules import ReadTimeRules
from projections.views import snapshot
from tests.domain.given import report
from tests.projections.history import AUTUMN, ONE, SPRING, THREE, TWO, World, call_id_of, world
from tests.projections.kept_views import catch_up, new_store
from tests.projections.kept_world import SECOND
from tests.projections.recounted import Recounted

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
