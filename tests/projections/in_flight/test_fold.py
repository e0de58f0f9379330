from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events import Recorded
from domain.identity import call_stream
from domain.matching import MATCH_WINDOW
from domain.recipient import AttemptUnresolved
from projections.in_flight import SLOT_HELD_MAX, UNCLAIMED_KEPT, InFlight, loaded_from
from projections.store import ViewStore
from projections.views import snapshot
from tests.domain.given import claimed, report
from tests.examples import examples
from tests.projections.chance import Random, small_history
from tests.projections.history import (
    CAMPAIGNS,
    FINGERPRINT,
    NUMBERS,
    OTHER_FINGERPRINT,
    SECOND,
    World,
    call_id_of,
    stream_of,
    world,
)
from tests.projections.kept_views import emptied, new_store, writer_on
from tests.projections.recording import T0
from tests.projections.recounted import Recounted

ONE, TWO, THREE = NUMBERS
SPRING, AUTUMN = CAMPAIGNS


def pushed(made: World, fingerprint: str | None = FINGERPRINT, from_position: int = 0) -> InFlight:
    """What is in flight after all events, or those after a position, were pushed."""
    view = InFlight(made.ledger.read_streams, fingerprint)
    for one in made.ledger.feed[from_position:]:
        view.apply(one)
    return view


def loaded(store: ViewStore, made: World, position: int, fingerprint: str | None = FINGERPRINT) -> InFlight:
    """The same, loaded from views that have come to a position, and pushed the rest."""
    writer_on(store, made.ledger, fingerprint).advance(made.ledger.read_feed(0, position))
    view = InFlight(made.ledger.read_streams, fingerprint)
    with snapshot(store) as taken:
        view.load(loaded_from(taken, made.ledger.feed[position - 1].recorded_at))
    for one in made.ledger.feed[position:]:
        view.apply(one)
    return view


def known_of(view: InFlight, now: datetime) -> dict[str, Any]:
    """All that anybody asks of it."""
    return {
        "position": view.position,
        "fingerprint": view.fingerprint,
        "account": view.account,
        "campaigns": view.campaigns,
        "open": view.attempts.open,
        "started": view.attempts.started,
        "calls": view.calls.watched,
        "open_calls": view.calls.open,
        "echoing": set(view.calls.echoing),
        "unresolved": view.attempts.unresolved(),
        "unclaimed": {call.call_id: call for call in view.calls.unclaimed()},
        "slots": {i: (view.attempts.slots_held(i, now), view.attempts.slots_overdue(i, now)) for i in view.campaigns},
        "sends": {i: view.counts.sends_since(i, T0) for i in view.campaigns},
        "calls_placed": {i: view.counts.calls_placed(i) for i in view.campaigns},
        "attempts_under_way": {i: view.attempts.started_in(i) for i in view.campaigns},
        "is_anything_open": {i: view.attempts.is_anything_open(i, now) for i in view.campaigns},
    }


def read_beside(made: World, let_go_max: int, monkeypatch: pytest.MonkeyPatch) -> InFlight:
    """The same, where no event of a call is applied before what it needs of the call was read."""
    monkeypatch.setattr("projections.in_flight.watched_calls.LET_GO_KEPT_MAX", let_go_max)
    is_applying = False

    def read(streams: Collection[str], position: int) -> Mapping[str, Sequence[Recorded]]:
        assert not (is_applying and any(one.startswith("call:") for one in streams))
        return made.ledger.read_streams(streams, position)

    view = InFlight(read, FINGERPRINT)
    for one in made.ledger.feed:
        if view.must_read(one):
            view.know(one.stream, view.read(one))
        is_applying = one.stream.startswith("call:")
        view.apply(one)
        is_applying = False
    return view


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with new_store(tmp_path_factory.mktemp("views") / "views.db") as made:
        yield made


@settings(max_examples=examples(80))
@given(rng=st.randoms(use_true_random=False), acts=st.integers(1, 30), fingerprint=st.sampled_from([FINGERPRINT, None]))
def test_what_was_loaded_anywhere_and_pushed_the_rest_is_what_was_pushed_everything(
    store: ViewStore, rng: Random, acts: int, fingerprint: str | None
) -> None:
    made = small_history(rng, acts)
    position = rng.randint(1, made.ledger.position)
    all_pushed = pushed(made, fingerprint)
    assert known_of(loaded(emptied(store), made, position, fingerprint), made.now) == known_of(all_pushed, made.now)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("let_go_max", [1, 2, 1_000])
def test_calls_that_are_read_beside_it_make_no_difference(
    seed: int, let_go_max: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = small_history(Random(seed), 40)

    assert known_of(read_beside(made, let_go_max, monkeypatch), made.now) == known_of(pushed(made), made.now)


def test_reports_of_a_call_that_was_let_go_read_it_no_more_than_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made, reads = world(ONE), list[str]()
    made.record(call_stream("c1"), claimed("a1", "inferred"))
    for n in range(20):
        made.tell("c1", report("call.completed", n, event_key=str(n)))

    def read(streams: Collection[str], position: int) -> Mapping[str, Sequence[Recorded]]:
        reads.extend(one for one in streams if one.startswith("call:"))
        return made.ledger.read_streams(streams, position)

    view = InFlight(read, FINGERPRINT)
    for one in made.ledger.feed[-18:]:
        view.apply(one)
    assert reads == [call_stream("c1")]


@pytest.mark.parametrize("seed", range(150))
def test_it_is_what_the_folds_say_and_what_was_loaded_says(store: ViewStore, seed: int) -> None:
    rng = Random(seed)
    made = small_history(rng, 40)
    view, expected = pushed(made), Recounted(made.ledger)
    assert known_of(loaded(emptied(store), made, rng.randint(1, made.ledger.position)), made.now) == known_of(
        view, made.now
    )
    attempts = {a.attempt_id: a for person in expected.people.values() for a in person.attempts}
    assert {i: (one.stream, one.attempt) for i, one in view.attempts.open.items()} == {
        i: (row.stream, attempts[i]) for i, row in expected.attempts.items() if row.is_open
    }
    assert set(view.attempts.started) == {i for i, attempt in attempts.items() if attempt.phase == "started"}
    assert set(view.calls.open) == {i for i, c in expected.calls.items() if c.phase != "ended" and not c.given_up}
    assert {one.call_id for one in view.calls.unclaimed()} == {
        i for i, c in expected.calls.items() if not c.claims and c.parties is not None
    }
    assert {one.attempt_id for one in view.attempts.unresolved()} == {
        i for i, attempt in attempts.items() if attempt.phase == "unresolved"
    }
    assert {i: sorted(view.counts.sends_since(i, T0)) for i in view.campaigns} == {
        i: sorted(r.sent_at for r in expected.attempts.values() if r.sent_at is not None and r.campaign == number)
        for i, number in expected.numbers.items()
    }
    assert {i: view.counts.calls_placed(i) for i in view.campaigns} == {
        i: sum(a.phase in {"accepted", "unresolved"} for a in attempts.values() if a.campaign_id == i)
        for i in view.campaigns
    }
    assert (view.campaigns, view.account) == (expected.campaigns, expected.account)


def test_a_person_with_an_ended_call_and_an_open_one_has_one_slot_after_a_restart(tmp_path: Path) -> None:
    made = world(ONE)
    made.create(AUTUMN)
    made.change(AUTUMN, "start")
    made.enroll(ONE, AUTUMN)
    made.start(ONE, SPRING)
    made.accept(ONE)
    made.hear(ONE, "call.completed", 9)
    made.start(ONE, AUTUMN)
    made.accept(ONE)
    with new_store(tmp_path / "views.db") as empty:
        view = loaded(empty, made, made.ledger.position)
    assert (
        set(view.attempts.open),
        view.attempts.slots_held(SPRING, made.now),
        view.attempts.slots_held(AUTUMN, made.now),
    ) == ({"a2"}, 0, 1)


def test_the_end_of_a_call_that_is_anothers_leaves_the_attempt_that_lost_it_open() -> None:
    made = world(ONE, TWO)
    made.start(ONE, SPRING)
    made.leave_unresolved(ONE)
    made.start(TWO, SPRING)
    made.leave_unresolved(TWO)
    first, second = (made.person(number).attempts[0] for number in (ONE, TWO))
    made.match(ONE, first, "c", "person")
    made.match(TWO, second, "c", "metadata")
    made.tell("c", report("call.completed", 9))
    view = pushed(made)
    assert (set(view.attempts.open), [a.attempt_id for a in view.attempts.unresolved()]) == ({"a1"}, ["a1"])


def test_a_request_is_counted_once_though_its_call_is_lost_to_another_attempt() -> None:
    made = world(ONE, TWO)
    made.start(ONE, SPRING)
    made.leave_unresolved(ONE)
    left = [made.now]
    made.start(TWO, SPRING)
    made.leave_unresolved(TWO)
    left.append(made.now)
    first, second = (made.person(number).attempts[0] for number in (ONE, TWO))
    made.match(ONE, first, "c", "person")
    made.match(TWO, second, "c", "metadata")
    assert pushed(made).counts.sends_since(SPRING, T0) == left


def test_each_request_that_left_is_counted_when_its_outcome_was_recorded() -> None:
    made = world(ONE, TWO, THREE)
    left = []
    for number, settle in ((ONE, World.accept), (TWO, World.leave_unresolved), (THREE, World.abandon)):
        made.start(number, SPRING)
        left.append(made.now + SECOND)
        settle(made, number)
    view = pushed(made)
    assert view.counts.sends_since(SPRING, left[0]) == left[:2]
    assert view.counts.sends_since(SPRING, left[0] + SECOND) == left[1:2]


def test_a_slot_is_given_up_when_its_call_has_been_open_for_too_long_to_believe() -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    view = pushed(made)
    just_before, then = (made.now + SLOT_HELD_MAX - by for by in (SECOND, timedelta(0)))
    assert [view.attempts.slots_held(SPRING, at) for at in (just_before, then)] == [1, 0]
    assert [view.attempts.slots_overdue(SPRING, at) for at in (just_before, then)] == [0, 1]


def test_an_unresolved_attempt_keeps_its_campaign_open_for_as_long_as_it_may_still_be_matched() -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    made.leave_unresolved(ONE)
    view = pushed(made)
    ends = (made.now + MATCH_WINDOW - SECOND, made.now + MATCH_WINDOW)
    assert [view.attempts.is_anything_open(SPRING, at) for at in ends] == [True, False]
    assert [view.attempts.will_be_free({stream_of(ONE)}, at) for at in ends] == [True, False]
    assert not view.attempts.will_be_free({stream_of(TWO)}, made.now)


def test_a_late_report_for_a_call_that_was_let_go_opens_nothing() -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    made.accept(ONE)
    made.hear(ONE, "call.completed", 9)
    made.hear(ONE, "call.answered", 3)
    made.hear(ONE, "call.failed", 4)
    made.observe(call_id_of("a1"), "a1", gave_up=True)
    view = pushed(made)
    assert (view.attempts.open, view.calls.watched, view.calls.open, set(view.calls.echoing)) == ({}, {}, {}, set())
    assert (view.calls.ended, view.attempts.slots_held(SPRING, made.now)) == (1, 0)


def test_a_call_by_weaker_evidence_that_was_let_go_may_still_be_shown_to_be_anothers() -> None:
    made = world(ONE, TWO)
    made.start(ONE, SPRING)
    made.leave_unresolved(ONE)
    made.match(ONE, made.person(ONE).attempts[0], "c", "inferred")
    made.tell("c", report("call.completed", 9))
    assert pushed(made).calls.watched == {}
    made.start(TWO, SPRING)
    made.leave_unresolved(TWO)
    made.match(TWO, made.person(TWO).attempts[0], "c", "metadata")
    view = pushed(made)
    assert (set(view.attempts.open), view.calls.watched) == ({"a1"}, {})


def test_a_call_whose_end_cannot_be_found_out_is_let_go_and_holds_no_slot() -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    made.accept(ONE)
    made.observe(call_id_of("a1"), None, gave_up=True)
    view = pushed(made)
    assert (view.attempts.open, view.calls.watched, view.calls.open) == ({}, {}, {})


def test_what_is_over_is_let_go_however_many_there_were() -> None:
    made = World()
    made.create(SPRING)
    made.change(SPRING, "start")
    for i in range(300):
        number = f"+1555{i:07}"
        made.enroll(number, SPRING)
        made.start(number, SPRING)
        if i % 3:
            made.accept(number)
            made.hear(number, "call.answered", 1)
            made.hear(number, "call.completed", 3)
        else:
            made.leave_unresolved(number)
            made.settle(number, redial=False)
    view = pushed(made)
    kept = (
        view.attempts.open,
        view.attempts.started,
        view.calls.watched,
        view.calls.open,
        view.calls.echoing,
        view.attempts._numbers,
        view.attempts._of_call,
    )
    assert [len(one) for one in kept] == [0] * len(kept)
    assert view.calls._unclaimed == {}
    assert view.attempts._slots == {SPRING: {}}


def test_calls_of_others_are_let_go_after_a_day() -> None:
    made = world()
    for i in range(10):
        made.tell(f"c{i}", report("call.completed", i))
    made.pass_time(UNCLAIMED_KEPT.total_seconds())
    for i in range(10, 20):
        made.tell(f"c{i}", report("call.completed", i))
    view = pushed(made)
    assert set(view.calls.watched) == set(view.calls._unclaimed) == {f"c{i}" for i in range(10, 20)}


def test_another_accounts_pause_is_not_ours() -> None:
    made = world(ONE)
    made.pause_account()
    view = pushed(made, "another")
    assert (view.account.pause, view.position) == (None, made.ledger.position)


@pytest.mark.parametrize("fingerprint", [FINGERPRINT, OTHER_FINGERPRINT])
@pytest.mark.parametrize("ahead", [timedelta(hours=3), timedelta(days=1), timedelta(days=365)], ids=str)
def test_once_the_clock_is_set_right_nothing_counts_from_a_time_that_is_still_to_come(
    tmp_path: Path, ahead: timedelta, fingerprint: str
) -> None:
    made = world(ONE)
    made.now += ahead
    made.start(ONE, SPRING)
    made.leave_unresolved(ONE)
    made.set_right(ahead, fingerprint)
    set_right_at = made.now
    with new_store(tmp_path / "views.db") as empty:
        views = [pushed(made), loaded(empty, made, made.ledger.position)]
    for view in views:
        assert view.counts.sends_since(SPRING, set_right_at) == [set_right_at]
        assert [one.started_at for one in view.attempts.unresolved()] == [set_right_at]
        assert view.attempts.slots_held(SPRING, set_right_at + SLOT_HELD_MAX - SECOND) == 1
        assert view.attempts.slots_overdue(SPRING, set_right_at + SLOT_HELD_MAX) == 1


@pytest.mark.parametrize("fingerprint", [FINGERPRINT, OTHER_FINGERPRINT])
def test_an_attempt_that_opens_again_does_not_come_back_with_its_wrong_time(tmp_path: Path, fingerprint: str) -> None:
    made = world(ONE)
    ahead = timedelta(days=365)
    made.now += ahead
    made.start(ONE, SPRING)
    made.accept(ONE)
    made.observe(call_id_of("a1"), "a1", gave_up=True)  # let go
    made.set_right(ahead, fingerprint)
    set_right_at = made.now
    made.pass_time(100)
    made.match(ONE, made.person(ONE).attempts[0], "c", "metadata")
    made.record(stream_of(ONE), AttemptUnresolved(attempt_id="a1", campaign_id=SPRING, why="it is another's"))
    with new_store(tmp_path / "views.db") as empty:
        views = [pushed(made), loaded(empty, made, made.ledger.position)]
    for view in views:
        assert [one.attempt.started_at for one in view.attempts.open.values()] == [set_right_at]
