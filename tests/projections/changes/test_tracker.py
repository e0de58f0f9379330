from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.account import AccountEvent
from domain.policy import ConsentRules, Policy
from projections.changes import Tracker
from projections.store import ViewStore
from tests.examples import are_all_tried, examples
from tests.projections.agreement import assert_rows_are_what_the_folds_say
from tests.projections.chance import Random, mixed_histories, small_history
from tests.projections.history import NUMBERS, ONE, SPRING, THREE, TWO, World
from tests.projections.kept_views import all_rows, catch_up, emptied, follow_by_chance, new_store
from tests.projections.kept_world import FINGERPRINT, OTHER_FINGERPRINT
from tests.projections.recounted import Recounted

RUNS, HISTORIES_A_RUN, ACTS_A_HISTORY = 80 if are_all_tried() else 3, 25, 8


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ViewStore, ViewStore]]:
    """One to follow as things happen, one to make in one pass."""
    folder = tmp_path_factory.mktemp("views")
    with new_store(folder / "followed.db") as followed, new_store(folder / "anew.db") as anew:
        yield followed, anew


def assert_followed_is_made_anew_is_folded(
    stores: tuple[ViewStore, ViewStore], rng: Random, made: World, batch_max: int
) -> None:
    followed, anew = map(emptied, stores)
    follow_by_chance(rng, followed, made.ledger, batch_max=batch_max)
    catch_up(anew, made.ledger)
    assert all_rows(followed) == all_rows(anew)
    assert_rows_are_what_the_folds_say(anew, Recounted(made.ledger), rng.choice((None, NUMBERS[:1])))


@settings(max_examples=examples(60))
@given(rng=st.randoms(use_true_random=False), acts=st.integers(1, 25))
def test_rows_that_were_followed_are_those_made_anew_and_what_the_folds_say(
    stores: tuple[ViewStore, ViewStore], rng: Random, acts: int
) -> None:
    assert_followed_is_made_anew_is_folded(stores, rng, small_history(rng, acts), batch_max=8)


@pytest.mark.no_cover  # many times the same
@pytest.mark.parametrize("seed", range(RUNS))
def test_so_they_are_where_many_histories_happen_at_once(stores: tuple[ViewStore, ViewStore], seed: int) -> None:
    rng = Random(seed)
    made = mixed_histories(rng, HISTORIES_A_RUN, ACTS_A_HISTORY)
    assert_followed_is_made_anew_is_folded(stores, rng, made, batch_max=100)


@settings(max_examples=examples(30))
@given(rng=st.randoms(use_true_random=False), acts=st.integers(5, 25))
def test_without_an_account_of_ours_the_one_that_was_heard_of_last_counts(
    stores: tuple[ViewStore, ViewStore], rng: Random, acts: int
) -> None:
    made = small_history(rng, acts)
    followed, anew = map(emptied, stores)
    follow_by_chance(rng, followed, made.ledger, fingerprint=None)
    catch_up(anew, made.ledger, fingerprint=None)
    assert all_rows(followed) == all_rows(anew)
    heard_of = [one.stream.partition(":")[2] for one in made.ledger.feed if isinstance(one.event, AccountEvent)]
    assert_rows_are_what_the_folds_say(anew, Recounted(made.ledger, fingerprint=(heard_of or [""])[-1]))


HAPPENS = {
    "account.paused",
    "account.resumed",
    "answer.served",
    "attempt.abandoned",
    "attempt.accepted",
    "attempt.refused",
    "attempt.resolved",
    "attempt.started",
    "attempt.unresolved",
    "call.answered",
    "call.canceled",
    "call.claimed",
    "call.completed",
    "call.created",
    "call.failed",
    "call.gathered",
    "call.observed",
    "call.redelivered",
    "call.reported",
    "campaign.canceled",
    "campaign.completed",
    "campaign.created",
    "campaign.paused",
    "campaign.resumed",
    "campaign.revised",
    "campaign.started",
    "consent.given",
    "consent.revoked",
    "delivery.quarantined",
    "destination.held",
    "destination.released",
    "recipient.callback_dropped",
    "recipient.callback_set",
    "recipient.enrolled",
    "recipient.released",
    "recipient.suppressed",
    "recipient.withdrawn",
}


def test_histories_have_all_that_may_happen() -> None:
    names = {one.name for seed in range(60) for one in mixed_histories(Random(seed), 25, ACTS_A_HISTORY).ledger.feed}
    assert names == HAPPENS


def test_a_batch_is_cut_before_what_is_said_of_an_account() -> None:
    made = World()
    made.create(SPRING)
    made.enroll(ONE, SPRING)
    made.hold("+1555")
    made.enroll(TWO, SPRING)
    made.hold("+49")
    made.free("+49")
    parts = [[one.name for one in part] for part in Tracker.cut(made.ledger.feed)]
    assert parts == [
        ["campaign.created", "recipient.enrolled"],
        ["destination.held", "recipient.enrolled"],
        ["destination.held"],
        ["destination.released"],
    ]
    assert [len(part) for part in Tracker.cut(made.ledger.feed[2:])] == [2, 1, 1]


def test_people_enrolled_in_the_batch_of_a_hold_are_held_whichever_came_first(tmp_path: Path) -> None:
    made = World()
    made.create(SPRING)
    made.enroll(ONE, SPRING)
    made.hold("+1555")
    made.enroll(TWO, SPRING)
    made.hold(THREE)
    made.enroll(THREE, SPRING)
    made.hold("+1", OTHER_FINGERPRINT)
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        expected = Recounted(made.ledger)
        assert [one.shown.reason for one in expected.recipients(SPRING, made.now)] == ["destination_held"] * 3
        assert_rows_are_what_the_folds_say(store, expected)


def test_another_purpose_of_a_campaign_is_heard_by_all_whose_consents_it_counts(tmp_path: Path) -> None:
    made, required = World(), ConsentRules(required=True)
    made.create(SPRING, Policy(purpose="news", consent=required))
    made.enroll(ONE, SPRING)
    made.consent(ONE, "news")
    made.enroll(TWO, SPRING)
    made.consent(TWO, "sales")
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        made.change(SPRING, "revise", Policy(purpose="sales", consent=required))
        catch_up(store, made.ledger)
        expected = Recounted(made.ledger)
        assert [one.shown.reason for one in expected.recipients(SPRING, made.now)] == ["consent_missing", None]
        assert_rows_are_what_the_folds_say(store, expected)


def test_an_account_that_was_heard_of_before_a_restart_is_not_one_that_was_given(tmp_path: Path) -> None:
    made = World()
    made.create(SPRING)
    made.enroll(ONE, SPRING)
    made.enroll(THREE, SPRING)
    made.hold("+1555", FINGERPRINT)
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger, fingerprint=None)
        made.hold("+49", OTHER_FINGERPRINT)
        catch_up(store, made.ledger, fingerprint=None)
        assert_rows_are_what_the_folds_say(store, Recounted(made.ledger, fingerprint=OTHER_FINGERPRINT))


def test_an_account_that_is_heard_of_again_has_what_it_had(tmp_path: Path) -> None:
    made = World()
    made.create(SPRING)
    made.enroll(ONE, SPRING)
    made.hold("+1555", FINGERPRINT)
    made.hold("+49", OTHER_FINGERPRINT)
    made.pause_account()
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger, fingerprint=None)
        assert_rows_are_what_the_folds_say(store, Recounted(made.ledger, fingerprint=FINGERPRINT))
