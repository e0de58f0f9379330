"""A campaign that warms up dials ever faster, from its first start to its own limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pacing import ramped
from domain.policy import Ramp
from tests.domain.given import NINE, at

RAMP = Ramp(calls_per_second_start=2.0, seconds=60)


@pytest.mark.parametrize(
    ("seconds", "limit"), [(-5.0, 2.0), (0.0, 2.0), (15.0, 4.0), (30.0, 6.0), (60.0, 10.0), (9_999.0, 10.0)]
)
def test_the_limit_grows_evenly_from_its_start_to_the_campaigns_own(seconds: float, limit: float) -> None:
    assert ramped(10.0, RAMP, NINE, at(seconds)) == pytest.approx(limit)


def test_without_a_ramp_the_limit_is_the_campaigns_own() -> None:
    assert ramped(10.0, None, NINE, NINE) == 10.0


def test_before_it_was_started_the_limit_is_the_ramps_start() -> None:
    assert ramped(10.0, RAMP, None, at(600)) == 2.0


def test_a_start_above_a_limit_that_was_lowered_since_is_not_kept() -> None:
    assert ramped(1.0, RAMP, NINE, NINE) == 1.0


@given(st.floats(0.1, 300), st.floats(0.1, 300), st.integers(0, 3_600), st.lists(st.floats(-10, 4_000), min_size=2))
def test_it_never_falls_and_never_exceeds_the_limit(
    limit: float, start: float, seconds: int, moments: list[float]
) -> None:
    ramp = Ramp(calls_per_second_start=start, seconds=seconds)
    limits = [ramped(limit, ramp, NINE, at(moment)) for moment in sorted(moments)]

    assert limits == sorted(limits)
    assert limits[-1] <= limit
