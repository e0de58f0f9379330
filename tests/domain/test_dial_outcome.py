"""The outcomes of a request to dial speak the words that pacing and the recipient understand."""

from typing import get_args

import pytest

from domain import pacing
from domain.dial_outcome import Abandoned, Accepted, DialOutcome, Refused, Throttle, Unresolved
from domain.recipient import Concerns


def test_there_are_four_outcomes() -> None:
    assert set(get_args(DialOutcome)) == {Accepted, Refused, Abandoned, Unresolved}


def test_a_throttle_is_a_limit_that_pacing_knows() -> None:
    assert get_args(Throttle) == get_args(pacing.Limit)


@pytest.mark.parametrize("concerns", get_args(Concerns))
def test_a_refusal_is_no_throttle_unless_it_says_so(concerns: Concerns) -> None:
    refusal = Refused(status=403, code=None, body="{}", concerns=concerns, counts=False)

    assert refusal.throttle is None
