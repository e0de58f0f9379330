"""The judge on one person in several spellings of the number: whatever is said of one of them is said of the person."""

from pathlib import Path

import pytest

from domain.person import is_same
from tests.simulation.judge.person import person_of
from tests.simulation.made_days import MadeDay, plan

SPELLED = ("+447700900123", "+4407700900123")
ANOTHER = ("+447700900123", "+447700900124")
ONE_PERSON = [
    SPELLED,
    ("+12125551234", "+112125551234"),
    ("+33612345678", "+330612345678"),
    ("+4915112345678", "+49015112345678"),
    ("+525512345678", "+5215512345678"),
    ("+541112345678", "+5491112345678"),
]


def made_day(numbers: tuple[str, str], **policy: object) -> MadeDay:
    """Both numbers are to be called by one campaign."""
    day = MadeDay(plan(**policy), people=2)
    for one, number in zip([one for one in day.feed if one["event"] == "recipient.enrolled"], numbers, strict=True):
        one["body"]["number"] = number
    return day


@pytest.mark.parametrize(("one", "other"), ONE_PERSON)
def test_two_spellings_are_one_person_by_the_judge_s_reading_and_by_ours(one: str, other: str) -> None:
    assert person_of(other) == person_of(one) == one
    assert is_same(one, other)


def test_a_brazilian_mobile_without_its_ninth_digit() -> None:
    assert person_of("+551181234567") == person_of("+5511981234567") == "+5511981234567"
    assert person_of("+551131234567") == "+551131234567"


@pytest.mark.parametrize("number", ["+12125551234", "+447700900123", "+390612345678", "+1555010001", "+49151", "+521"])
def test_what_is_written_right_or_not_known_stays(number: str) -> None:
    assert person_of(number) == number


@pytest.mark.parametrize(("numbers", "broken"), [(ANOTHER, set[str]()), (SPELLED, {"in_doubt", "attempts_max"})])
def test_a_call_under_way_and_attempts(tmp_path: Path, numbers: tuple[str, str], broken: set[str]) -> None:
    day = made_day(numbers, attempts_max=1)
    day.call()
    day.now += 2
    day.call(2, "a2", "c2")

    assert day.judged(tmp_path) == broken


@pytest.mark.parametrize(("numbers", "broken"), [(ANOTHER, set[str]()), (SPELLED, {"caps"})])
def test_a_cap(tmp_path: Path, numbers: tuple[str, str], broken: set[str]) -> None:
    day = made_day(numbers, caps=[{"attempts_max": 1, "period_seconds": 3_600}])
    day.call()
    day.end_call(name="call.failed", answered=False)
    day.now += 700
    day.call(2, "a2", "c2")

    assert day.judged(tmp_path) == broken


@pytest.mark.parametrize(("numbers", "broken"), [(ANOTHER, set[str]()), (SPELLED, {"standing"})])
@pytest.mark.parametrize(
    ("event", "body"),
    [("recipient.suppressed", {"expires_at": None}), ("recipient.withdrawn", {"campaign_id": "spring"})],
)
def test_a_suppression_and_being_taken_out(
    tmp_path: Path, event: str, body: dict[str, object], numbers: tuple[str, str], broken: set[str]
) -> None:
    day = made_day(numbers)
    day.tell("recipient:2", event, **body)
    day.now += 1
    day.call()

    assert day.judged(tmp_path) == broken


def test_a_suppression_is_lifted_for_the_spelling_that_had_it(tmp_path: Path) -> None:
    for released, broken in (("1 2", set[str]()), ("1", {"standing"})):
        day = made_day(SPELLED)
        for nth in (1, 2):
            day.tell(f"recipient:{nth}", "recipient.suppressed", expires_at=None)
        for one in released.split():
            day.tell(f"recipient:{one}", "recipient.released")
        day.now += 1
        day.call()
        assert day.judged(tmp_path) == broken


def test_consent_by_another_spelling(tmp_path: Path) -> None:
    for numbers, broken in ((SPELLED, set[str]()), (ANOTHER, {"consent"})):
        day = made_day(numbers, consent={"required": True})
        day.tell("recipient:2", "consent.given", purpose="spring", given_at="2026-03-01T12:00:00Z")
        day.call()
        assert day.judged(tmp_path) == broken
