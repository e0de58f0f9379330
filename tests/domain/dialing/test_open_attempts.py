"""An attempt that is open: whose it is, what it is waited for, and what it frees at its end."""

import pytest

from domain.recipient import RecipientEvent
from tests.domain.dialing.verdicts import USED_UP, judged, open_attempt, verdict
from tests.domain.given import AUTUMN, accepted, enrolled, started, unresolved


@pytest.mark.parametrize("events", [(started(),), (started(), accepted()), (started(), unresolved())])
def test_an_open_attempt_is_waited_for_before_attempts_are_used_up(events: tuple[RecipientEvent, ...]) -> None:
    found = judged(enrolled(), *events)

    assert found == verdict(open_attempt("a1"), counted=1)
    assert (found.may_dial, found.holding) == (False, open_attempt("a1"))


def test_an_open_attempt_of_another_campaign_is_waited_for_and_its_end_frees_the_person() -> None:
    events: list[RecipientEvent] = [enrolled(), enrolled(AUTUMN), started("b1", AUTUMN), accepted("b1", "c9", AUTUMN)]

    assert judged(*events) == verdict(open_attempt("b1"))
    assert judged(*events, ended_calls={"c9"}) == verdict()


def test_an_open_attempt_elsewhere_does_not_give_back_attempts_that_are_used_up() -> None:
    events: list[RecipientEvent] = [enrolled(), started(), accepted(), enrolled(AUTUMN), started("b1", AUTUMN)]
    found = judged(*events, ended_calls={"c1"})

    assert found == verdict(USED_UP, open_attempt("b1"), counted=1)
