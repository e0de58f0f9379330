from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import chain
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import recipient
from domain.account import AccountPaused, AccountState, DestinationHeld
from domain.quarantine import DeliveryQuarantined
from domain.recipient.status import STATUSES
from projections.recipient_status import MATCH_WINDOW, SLOT_HELD_MAX, RecipientStatusView
from tests.domain.given import report
from tests.projections.history import CAMPAIGNS, FINGERPRINT, NUMBERS, SECOND, World, call_id_of, stream_of
from tests.projections.recording import recorded

ONE, TWO, THREE = NUMBERS
SPRING, AUTUMN = CAMPAIGNS


def world(*numbers: str, campaign_id: str = SPRING) -> World:
    """A running campaign with these people."""
    made = World(RecipientStatusView(FINGERPRINT))
    made.create(campaign_id)
    made.change(campaign_id, "start")
    for number in numbers:
        made.enroll(number, campaign_id)
    return made


def counted(view: RecipientStatusView, campaign_id: str = SPRING) -> dict[str, int]:
    """The statuses that somebody has."""
    return {status: count for status, count in view.counts(campaign_id).items() if count}


def assert_same_as_from_scratch(made: World) -> None:
    """The view's counts, queue, slots and rows are what the domain's table says of every recipient."""
    view = made.view
    view.pass_time(made.now)
    for campaign_id in made.campaigns:
        rows = view.campaigns[campaign_id]
        expected = {stream_of(number): made.status(number, campaign_id) for number in made.enrolled(campaign_id)}
        statuses = {stream: status.status for stream, status in expected.items()}
        assert view.counts(campaign_id) == {**dict.fromkeys(STATUSES, 0), **Counter(statuses.values())}
        assert [(row.stream, row.status) for _, row in view.rows(campaign_id, made.now, 0)] == list(expected.items())
        if rows.state.phase != "canceled":
            assert set(rows.queue) == {stream for stream, status in statuses.items() if status == "queued"}
        assert rows.slots == made.slots(campaign_id)
        assert rows.unresolved == made.unresolved(campaign_id)
    assert view.started == made.started()
    assert view.account == made.account
    assert view.calls.ended == len(made.ended_calls())
    assert view.position == len(made.feed)


Act = tuple[str, tuple[Any, ...]]


def act(name: str, *given: st.SearchStrategy[Any]) -> st.SearchStrategy[Act]:
    """A method of the world, and what it is given."""
    return st.tuples(st.just(name), st.tuples(*given))


@st.composite
def attempt_lives(draw: st.DrawFn) -> list[Act]:
    """An attempt of one person, with reports of its call before and after it is known whose it is."""
    number = st.just(draw(NUMBER))
    hears = st.lists(act("hear", number, REPORTS, TIMES), max_size=3)
    became = st.one_of(
        act("accept", number),
        act("accept", number),
        act("leave_unresolved", number),
        act("refuse", number, CONCERNS, st.booleans()),
        act("abandon", number),
    )
    settled = st.lists(act("resolve", number, st.booleans(), st.booleans()), max_size=1)
    return [
        draw(act("start", number, CAMPAIGN)),
        *draw(hears),
        draw(became),
        *draw(settled),
        *draw(hears),
    ]


NUMBER, CAMPAIGN = st.sampled_from(NUMBERS), st.sampled_from(CAMPAIGNS)
CONCERNS = st.sampled_from(get_args(recipient.Concerns))
REPORTS = st.sampled_from(
    ["call.created", "call.answered", "call.gathered", "call.completed", "call.failed", "call.canceled", "call.moved"]
)
TIMES = st.one_of(st.none(), st.integers(0, 3))
PREFIX = st.sampled_from(["+1555", "+49", ONE])
OTHER_ACTS = st.one_of(
    act("enroll", NUMBER, CAMPAIGN),
    act("hear", NUMBER, REPORTS, TIMES),
    act("suppress", NUMBER, st.one_of(st.none(), st.integers(1, 20))),
    act("release", NUMBER),
    act("withdraw", NUMBER, CAMPAIGN),
    act("change", CAMPAIGN, st.sampled_from(["pause", "resume", "resume", "complete", "cancel"])),
    act("pause_account"),
    act("resume_account"),
    act("hold", PREFIX),
    act("free", PREFIX),
    act("pass_time", st.integers(1, 30)),
)
HISTORIES = st.lists(
    st.one_of(attempt_lives(), attempt_lives(), st.lists(OTHER_ACTS, min_size=1, max_size=3)), min_size=2, max_size=8
)


@settings(max_examples=200, deadline=None)
@given(history=HISTORIES)
def test_after_any_history_the_view_is_what_the_domain_says_of_every_recipient(history: list[list[Act]]) -> None:
    made = world()
    made.create(AUTUMN)
    made.change(AUTUMN, "start")
    for number in NUMBERS:
        made.enroll(number, SPRING)
    made.enroll(ONE, AUTUMN)
    for name, given_to_it in chain.from_iterable(history):
        getattr(made, name)(*given_to_it)
        assert_same_as_from_scratch(made)
    rebuilt = RecipientStatusView(FINGERPRINT)
    for one in made.feed:
        rebuilt.apply(one)
    made.view = rebuilt
    assert_same_as_from_scratch(made)


def test_a_call_that_is_heard_of_before_it_is_accepted_counts_once_it_is() -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    made.hear(ONE, "call.answered", 3)
    assert counted(made.view) == {"dialing": 1}
    made.accept(ONE)
    assert counted(made.view) == {"in_progress": 1}


def test_a_call_that_ended_before_it_is_accepted_holds_no_slot() -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    made.hear(ONE, "call.answered", 3)
    made.hear(ONE, "call.completed", 9)
    assert made.view.slots_held(SPRING, made.now) == 1
    made.accept(ONE)
    assert (counted(made.view), made.view.slots_held(SPRING, made.now)) == ({"reached": 1}, 0)


def test_a_call_that_is_accepted_before_it_is_heard_of_moves_with_each_report() -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    made.accept(ONE)
    seen = [counted(made.view)]
    for name, seconds in (("call.answered", 3), ("call.completed", 9)):
        made.hear(ONE, name, seconds)
        seen.append(counted(made.view))
    assert seen == [{"dialing": 1}, {"in_progress": 1}, {"reached": 1}]


def test_an_end_that_turns_out_to_be_another_changes_the_status() -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    made.accept(ONE)
    made.hear(ONE, "call.completed", 9)
    assert counted(made.view) == {"not_reached": 1}
    made.hear(ONE, "call.failed", 5)
    assert counted(made.view) == {"failed": 1}


def test_an_open_attempt_of_one_campaign_holds_the_person_in_the_others() -> None:
    made = world(ONE)
    made.create(AUTUMN)
    made.enroll(ONE, AUTUMN)
    made.start(ONE, SPRING)
    assert counted(made.view, AUTUMN) == {"held": 1}
    made.accept(ONE)
    made.hear(ONE, "call.failed", 5)
    assert counted(made.view, AUTUMN) == {"queued": 1}


def test_a_suppression_that_ends_by_itself_puts_the_person_back_in_the_queue() -> None:
    made = world(ONE)
    made.suppress(ONE, 10)
    made.view.pass_time(made.now + 8 * SECOND)
    assert (counted(made.view), made.view.next_queued(SPRING, ())) == ({"suppressed": 1}, None)
    made.view.pass_time(made.now + 9 * SECOND)
    assert (counted(made.view), made.view.next_queued(SPRING, ())) == ({"queued": 1}, stream_of(ONE))


def test_an_event_that_was_recorded_before_the_time_that_has_passed_does_not_bring_a_suppression_back() -> None:
    made = world(ONE)
    made.suppress(ONE, 10)
    made.view.pass_time(made.now + 60 * SECOND)
    made.create(AUTUMN)
    made.enroll(ONE, AUTUMN)
    assert (counted(made.view), counted(made.view, AUTUMN)) == ({"queued": 1}, {"queued": 1})


def test_who_waits_for_longest_is_next_and_who_comes_back_waits_again() -> None:
    made = world(ONE, TWO, THREE)
    assert made.view.next_queued(SPRING, ()) == stream_of(ONE)
    assert made.view.next_queued(SPRING, {stream_of(ONE), stream_of(TWO)}) == stream_of(THREE)
    made.suppress(ONE, None)
    made.release(ONE)
    assert list(made.view.campaigns[SPRING].queue) == [stream_of(TWO), stream_of(THREE), stream_of(ONE)]


def test_a_held_destination_holds_those_with_its_prefix() -> None:
    made = world(ONE, TWO, THREE)
    made.hold("+49")
    assert (counted(made.view), made.view.next_queued(SPRING, {stream_of(ONE)})) == (
        {"queued": 2, "held": 1},
        stream_of(TWO),
    )
    made.free("+49")
    assert counted(made.view) == {"queued": 3}


def test_numbers_that_this_installation_may_not_dial_are_held() -> None:
    made = World(RecipientStatusView(FINGERPRINT, only_numbers={TWO}))
    made.create(SPRING)
    for number in (ONE, TWO):
        made.enroll(number, SPRING)
    assert [row.status.reason for _, row in made.view.rows(SPRING, made.now, 0)] == ["not_in_only_numbers", None]
    assert counted(made.view) == {"queued": 1, "held": 1}


def test_a_slot_is_given_up_when_its_call_has_been_open_for_too_long_to_believe() -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    started_at = made.now
    just_before, then = (started_at + SLOT_HELD_MAX - by for by in (SECOND, timedelta(0)))
    assert [made.view.slots_held(SPRING, at) for at in (just_before, then)] == [1, 0]
    assert [made.view.slots_overdue(SPRING, at) for at in (just_before, then)] == [0, 1]


def test_rows_after_a_place_keep_their_places() -> None:
    made = world(ONE, TWO, THREE)
    assert [(place, row.state.number) for place, row in made.view.rows(SPRING, made.now, 1)] == [(2, TWO), (3, THREE)]


def test_a_verdict_may_leave_out_the_attempt_that_it_is_for() -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    attempt = next(iter(made.view.started))
    assert not made.view.verdict(SPRING, stream_of(ONE), made.now).may_dial
    assert made.view.verdict(SPRING, stream_of(ONE), made.now, but=attempt).may_dial


@pytest.mark.parametrize(
    ("lives", "nobody_left"),
    [
        ([], False),
        (["enroll"], False),
        (["enroll", "start"], False),
        (["enroll", "start", "accept"], False),
        (["enroll", "start", "accept", "answer"], False),
        (["enroll", "start", "accept", "answer", "end"], True),
        (["enroll", "start", "accept", "end"], True),
        (["enroll", "start", "unresolved"], False),
        (["enroll", "start", "refuse"], True),
        (["enroll", "start", "abandon"], False),
        (["enroll", "suppress"], True),
        (["enroll", "withdraw"], True),
        (["enroll", "hold"], True),
    ],
)
def test_a_campaign_is_over_when_nobody_is_left_and_nothing_is_open(lives: list[str], nobody_left: bool) -> None:
    made = world()
    does: dict[str, Callable[[World], None]] = {
        "enroll": lambda w: w.enroll(ONE, SPRING),
        "start": lambda w: w.start(ONE, SPRING),
        "accept": lambda w: w.accept(ONE),
        "answer": lambda w: w.hear(ONE, "call.answered", 3),
        "end": lambda w: w.hear(ONE, "call.completed", 9),
        "unresolved": lambda w: w.leave_unresolved(ONE),
        "refuse": lambda w: w.refuse(ONE, "recipient", False),
        "abandon": lambda w: w.abandon(ONE),
        "suppress": lambda w: w.suppress(ONE, None),
        "withdraw": lambda w: w.withdraw(ONE, SPRING),
        "hold": lambda w: w.hold("+1555"),
    }
    for act in lives:
        does[act](made)
    assert made.view.nobody_left(SPRING, made.now) is nobody_left


def test_an_unresolved_attempt_keeps_its_campaign_open_for_as_long_as_it_may_still_be_matched() -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    made.leave_unresolved(ONE)
    left = [made.view.nobody_left(SPRING, made.now + MATCH_WINDOW - by) for by in (SECOND, timedelta(0))]
    assert left == [False, True]


def test_another_accounts_pause_is_not_ours() -> None:
    view = RecipientStatusView(FINGERPRINT)
    view.apply(recorded(1, "account:other", AccountPaused(cause="provider")))
    assert (view.account, view.position) == (AccountState(), 1)


def test_a_view_that_was_given_no_account_watches_the_one_it_heard_of_last() -> None:
    view = RecipientStatusView(None)
    view.apply(recorded(1, f"account:{FINGERPRINT}", DestinationHeld(prefix="+1")))
    assert (view.fingerprint, dict(view.account.held_prefixes)) == (FINGERPRINT, {"+1": None})


def test_events_that_concern_no_recipient_move_the_position() -> None:
    view = RecipientStatusView(FINGERPRINT)
    view.apply(recorded(1, "quarantine:d", DeliveryQuarantined(digest="d", reason="x", body=b"")))
    view.apply(recorded(2, "call:of_others", report("call.answered")))
    assert (view.position, view.campaigns, view.person("recipient:nobody").number) == (2, {}, "")


def test_calls_of_a_person_are_theirs_only_once_they_are_known_to_be() -> None:
    made = world(ONE)
    made.start(ONE, SPRING)
    made.leave_unresolved(ONE)
    made.hear(ONE, "call.answered", 3)
    assert made.view.calls_of(stream_of(ONE)) == {}
    made.resolve(ONE, True)
    assert list(made.view.calls_of(stream_of(ONE))) == [call_id_of("a1")]
    assert counted(made.view) == {"in_progress": 1}


def test_each_request_that_left_is_counted_once_when_its_outcome_was_recorded() -> None:
    made = world(ONE, TWO, THREE)
    left = []
    for number, settle in ((ONE, World.accept), (TWO, World.leave_unresolved), (THREE, World.abandon)):
        made.start(number, SPRING)
        left.append(made.now + SECOND)
        settle(made, number)
    for name, seconds in (("call.answered", 3), ("call.completed", 9)):
        made.hear(ONE, name, seconds)
    made.resolve(TWO, True)
    made.hear(TWO, "call.completed", 9)
    assert made.view.sends_since(SPRING, left[0]) == left[:2]
    assert made.view.sends_since(SPRING, left[0] + SECOND) == left[1:2]
