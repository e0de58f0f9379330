from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events import Recorded
from domain.identity import call_stream
from projections.in_flight import SLOT_HELD_MAX, InFlight
from projections.store import ViewStore
from tests.domain.given import claimed, report
from tests.examples import examples
from tests.projections.chance import Random, small_history
from tests.projections.history import ONE, SPRING, World, world
from tests.projections.in_flight.loading import known_of, loaded, pushed, read_beside
from tests.projections.kept_views import emptied, new_store
from tests.projections.kept_world import FINGERPRINT, OTHER_FINGERPRINT, SECOND
from tests.projections.recording import T0
from tests.projections.recounted import Recounted


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
@pytest.mark.parametrize("fingerprint", [FINGERPRINT, None])
def test_what_is_read_beside_it_makes_no_difference(
    seed: int, let_go_max: int, fingerprint: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = small_history(Random(seed), 40)

    beside = read_beside(made, let_go_max, monkeypatch, fingerprint)
    assert known_of(beside, made.now) == known_of(pushed(made, fingerprint), made.now)


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
    assert set(view.calls.open) == {
        i for i, c in expected.calls.items() if c.phase != "ended" and not c.given_up and (c.claims or c.parties)
    }
    assert view.calls.watched == {i: c for i, c in expected.calls.items() if c.claims and i in view.calls.open}
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
    assert {i: len(slots) for i, slots in view.attempts._slots.items()} == {SPRING: 0}


def test_another_accounts_pause_is_not_ours() -> None:
    made = world(ONE)
    made.pause_account()
    view = pushed(made, "another")
    assert (view.account.pause, view.position) == (None, made.ledger.position)


@pytest.mark.parametrize("fingerprint", [FINGERPRINT, OTHER_FINGERPRINT])
@pytest.mark.parametrize("ahead", [timedelta(hours=3), timedelta(days=1), timedelta(days=365)], ids=str)
def test_once_the_clock_is_set_right_nothing_counts_from_a_time_that_is_still_to_come(
    tmp_path: Path, ahead: timedelta, fingerprint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = world(ONE)
    made.now += ahead
    made.start(ONE, SPRING)
    made.leave_unresolved(ONE)
    made.set_right(ahead, fingerprint)
    set_right_at = made.now
    with new_store(tmp_path / "views.db") as empty:
        views = [pushed(made), read_beside(made, 1, monkeypatch), loaded(empty, made, made.ledger.position)]
    for view in views:
        assert view.counts.sends_since(SPRING, set_right_at) == [set_right_at]
        assert [one.started_at for one in view.attempts.unresolved()] == [set_right_at]
        assert view.attempts.slots_held(SPRING, set_right_at + SLOT_HELD_MAX - SECOND) == 1
        assert view.attempts.slots_overdue(SPRING, set_right_at + SLOT_HELD_MAX) == 1
