"""Deliveries that are made of events, and made again once something else is wanted."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.outbox_rows import Letter
from application.subscriptions.asking import resent
from application.subscriptions.composing import Composed, Composer
from domain.subscription import OUTCOME_CHANGED, Wanted
from entrypoints.http.told import write_body
from tests.adapters.ledger.stage import feed
from tests.application.subscriptions.stage import Stage

ONE = "+15551230002"
KINDS = (OUTCOME_CHANGED, "recipient.enrolled", "recipient.suppressed")
WANTED = st.builds(
    lambda events, campaigns: Wanted(url="https://crm.example.org", events=tuple(events), campaigns=campaigns),
    st.lists(st.sampled_from(KINDS), min_size=1, unique=True),
    st.sampled_from([None, ("spring",), ("autumn",)]),
)


@pytest.fixture(scope="module")
def told() -> Iterator[Stage]:
    """Somebody who is in two campaigns, and suppressed: one event that changes two outcomes."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        stage.enrol(ONE, campaign_id="spring")
        stage.enrol(ONE, campaign_id="autumn")
        stage.suppress(ONE)
        yield stage
        stage.ledger.close()


def composer(stage: Stage, wanted: Wanted) -> Composer:
    return Composer(stage.ledger, wanted, None, write_body)


def by_key(stage: Stage, wanted: Wanted) -> dict[tuple[int, int], Composed]:
    return {one.letter.key: one for one in composer(stage, wanted).take(feed(stage.ledger), 0)}


@given(before=WANTED, after=WANTED)
def test_what_waits_stays_what_it_is_whatever_is_wanted_later(told: Stage, before: Wanted, after: Wanted) -> None:
    planned, wanted = by_key(told, before), by_key(told, after)
    later = composer(told, after)
    for key, one in planned.items():
        again = later.again(one.letter)
        assert again == wanted.get(key)
        assert again is None or (again.body, again.event_id) == (one.body, one.event_id)
        [sent_again] = resent([one.letter])
        assert later.again(sent_again) == again


def test_an_event_and_the_outcomes_that_it_changes_are_told_apart(told: Stage) -> None:
    wanted = Wanted(url="https://crm.example.org", events=KINDS)
    [*_, spring, autumn, suppressed] = [one.letter for one in composer(told, wanted).take(feed(told.ledger), 0)]
    stream = told.ledger.recipient_stream(ONE)
    assert {spring.position, autumn.position, suppressed.position} == {told.ledger.position}
    assert [(one.nth, one.kind, one.stream, one.campaign_id) for one in (spring, autumn, suppressed)] == [
        (0, OUTCOME_CHANGED, stream, "autumn"),
        (1, OUTCOME_CHANGED, stream, "spring"),
        (2, "recipient.suppressed", stream, None),
    ]


def test_a_letter_of_an_older_outbox_is_the_one_in_its_place_among_what_is_wanted(told: Stage) -> None:
    wanted = Wanted(url="https://crm.example.org", events=("recipient.suppressed",))
    [one] = by_key(told, wanted).values()
    old = replace(one.letter, nth=0, kind=None, stream=None, campaign_id=None)
    again = composer(told, wanted).again(old)
    assert again is not None
    assert again.body == one.body
    assert composer(told, wanted).again(replace(old, nth=1)) is None


def test_nothing_is_made_of_a_position_that_has_no_event(told: Stage) -> None:
    letter = Letter(position=10**6, nth=0, lane="recipient:a", kind=OUTCOME_CHANGED)
    assert composer(told, Wanted(url="https://crm.example.org")).again(letter) is None
