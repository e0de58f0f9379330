from datetime import UTC, datetime, timedelta

from entrypoints.sandbox.book import Book

NOON = datetime(2026, 5, 29, 12, 0, 0, 400_000, tzinfo=UTC)
ONE: dict[str, object] = {"digits": "1"}
TWO: dict[str, object] = {"digits": "2"}


def test_two_gathers_that_are_alike_are_not_told_in_the_same_second() -> None:
    book = Book()
    told = [book.moment(NOON, "call.gathered", data) for data in (ONE, TWO, ONE, ONE)]
    second = NOON.replace(microsecond=0)
    assert told == [NOON, NOON, second + timedelta(seconds=1), second + timedelta(seconds=2)]


def test_what_follows_is_not_told_as_earlier() -> None:
    book = Book()
    for _ in range(2):
        book.moment(NOON, "call.gathered", ONE)
    assert book.moment(NOON, "call.completed", {}) == NOON.replace(microsecond=0) + timedelta(seconds=1)


def test_when_time_goes_by_it_is_told_as_it_is() -> None:
    book = Book()
    moments = [NOON, NOON + timedelta(seconds=2), NOON + timedelta(seconds=2.1)]
    assert [book.moment(moment, "call.gathered", ONE) for moment in moments[:2]] == moments[:2]
    assert book.moment(moments[2], "call.completed", {}) == moments[2]
