import pytest

from entrypoints.cli.demo.evidence import (
    acknowledged,
    ends_never_reported,
    found_by_asking,
    matched,
    may_have_called,
    most_within,
    stored,
)
from tests.entrypoints.cli.demo.given import EVIDENCE, post

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("instants", "most"),
    [([], 0), ([5], 1), ([0, SECOND], 1), ([SECOND - 1, 0], 2), ([0, 1, SECOND + 1, SECOND + 2, SECOND + 3], 3)],
)
def test_the_fullest_second_slides(instants: list[int], most: int) -> None:
    assert most_within(1, instants) == most


@pytest.mark.parametrize(("status", "may"), [(201, True), (None, True), (500, True), (402, False), (429, False)])
def test_only_a_clear_refusal_rules_out_a_call(status: int | None, may: bool) -> None:
    assert may_have_called(post("a1", status)) is may


def test_requests_of_somebody_else_are_not_ours() -> None:
    assert [one["request_body"]["metadata"]["attempt_id"] for one in EVIDENCE.dialed] == ["a1", "a2", "a3", "a4", "a5"]
    assert [call["id"] for call in EVIDENCE.own_calls] == ["c2", "c3", "c4", "c5"]


def test_what_was_acknowledged_and_what_was_stored_are_counted_by_body() -> None:
    assert acknowledged(EVIDENCE)["c2", "d2"] == 2
    assert stored(EVIDENCE)["c2", "d2"] == 2
    assert acknowledged(EVIDENCE).total() == 5


def test_an_end_that_only_asking_brought_out_is_known_as_such() -> None:
    assert ends_never_reported(EVIDENCE) == {"c3"}
    assert found_by_asking(EVIDENCE) == {"c3"}


def test_what_was_matched_is_what_no_answer_told() -> None:
    assert matched(EVIDENCE) == {"c3": "a3"}
