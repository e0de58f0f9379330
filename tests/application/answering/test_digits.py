from hypothesis import given
from hypothesis import strategies as st

from application.answering.digits import gathered_in
from domain import call
from domain.events import Recorded
from domain.script import Place
from projections.folded import call_of
from tests.projections.recording import CALL, at, recorded


def pressed(digits: str | None, seconds: float | None, key: str | None = None) -> call.CallGathered:
    return call.CallGathered(
        source="webhook",
        key=key or f"gathered {digits} {seconds}",
        digest=f"{digits} {seconds}",
        body="{}",
        occurred_at=None if seconds is None else at(seconds),
        digits=digits,
        timed_out=digits is None,
    )


def served(step: str, seconds: float, why: str | None = None) -> call.AnswerServed:
    return call.AnswerServed(
        occurred_at=at(seconds), step=step, request="{}", actions="{}", duration_ms=1.0, version=1, why=why
    )


def stream(*events: call.CallEvent) -> list[Recorded]:
    return [recorded(place, CALL, event, version=place) for place, event in enumerate(events, start=1)]


def digits_at(events: list[Recorded], step: str, gathers: int) -> str | None:
    found = gathered_in(call_of(events), events, Place(step, {step: 1}, gathers), None)
    return None if found is None else found.digits


def test_each_question_has_the_report_of_its_own_number() -> None:
    events = stream(served("menu", 0), pressed("1", 5), served("which", 6), pressed("2", 9))

    assert [digits_at(events, "menu", 1), digits_at(events, "which", 2)] == ["1", "2"]


def test_reports_that_come_out_of_order_are_put_into_the_providers_order() -> None:
    events = stream(served("menu", 0), served("which", 6), pressed("2", 9), pressed("1", 5))

    assert [digits_at(events, "menu", 1), digits_at(events, "which", 2)] == ["1", "2"]


def test_a_report_that_is_not_there_yet_is_not_taken_from_another_question() -> None:
    assert digits_at(stream(served("menu", 0), pressed("1", 5), served("which", 5)), "which", 2) is None


def test_where_the_report_of_an_earlier_question_never_came_the_later_one_is_known_by_its_time() -> None:
    events = stream(served("menu", 0), served("which", 6), pressed("2", 9))

    assert digits_at(events, "which", 2) == "2"


def test_a_late_report_of_the_question_before_is_not_taken_for_this_one() -> None:
    # It ended in the second in which the next question was served, and the question before that one is lost.
    events = stream(served("first", 0), served("menu", 3), served("which", 6), pressed("1", 6))

    assert digits_at(events, "which", 3) is None


def test_the_same_report_delivered_with_another_body_counts_once() -> None:
    events = stream(served("menu", 0), pressed("1", 5, "k"), pressed("9", 5, "k"), served("which", 6))

    assert digits_at(events, "which", 2) is None


def test_reports_of_one_second_count_in_the_order_in_which_they_came() -> None:
    for first, second in (("1", "2"), ("2", "1")):
        events = stream(served("menu", 0), pressed(first, 5), served("which", 5), pressed(second, 5))

        assert [digits_at(events, "menu", 1), digits_at(events, "which", 2)] == [first, second]


def test_a_question_in_a_document_that_lacked_a_variable_was_asked_all_the_same() -> None:
    events = stream(served("menu", 0), served("which", 6, "missing_variable"), pressed("2", 9))

    assert digits_at(events, "which", 2) == "2"


def test_reports_without_a_time_count_by_when_they_came() -> None:
    assert digits_at(stream(served("menu", 0), pressed("7", None)), "menu", 1) == "7"


@given(
    digits=st.lists(st.sampled_from("123456789"), min_size=1, max_size=5),
    order=st.randoms(use_true_random=False),
    repeated=st.integers(1, 3),
)
def test_every_order_and_number_of_deliveries_gives_each_question_its_own_digits(
    digits: list[str], order: "object", repeated: int
) -> None:
    reports = [pressed(digit, 10.0 * place, f"k{place}") for place, digit in enumerate(digits)] * repeated
    order.shuffle(reports)  # type: ignore[attr-defined]
    questions = [served(f"step{place}", 10.0 * place - 5) for place in range(len(digits))]
    events = stream(*questions, *reports)

    assert [digits_at(events, f"step{n}", n + 1) for n in range(len(digits))] == digits
