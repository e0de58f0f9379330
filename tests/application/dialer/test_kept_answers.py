"""Answers of lookups take no more memory than they may, however large each is."""

from datetime import UTC, datetime

import pytest

from application.dialer import kept_answers
from application.dialer.kept_answers import KeptAnswers, bytes_of
from domain.recipient import LookupAnswer


def answer(chars: int, text: str = "x") -> LookupAnswer:
    return LookupAnswer(
        url="https://crm.example.org/lookup", at=datetime(2026, 6, 1, tzinfo=UTC), variables={"note": text * chars}
    )


@pytest.mark.parametrize("given", [answer(60_000), answer(15_000, "\N{GRINNING FACE}"), answer(10)])
def test_as_many_are_kept_as_the_bytes_allow_and_the_first_go_first(
    monkeypatch: pytest.MonkeyPatch, given: LookupAnswer
) -> None:
    monkeypatch.setattr(kept_answers, "KEPT_BYTES_MAX", 5 * bytes_of(given))
    kept = KeptAnswers()
    for key in range(20):
        kept.keep(key, given)
    assert [key for key in range(20) if kept.get(key) is not None] == [15, 16, 17, 18, 19]


def test_what_is_forgotten_or_replaced_takes_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_answers, "KEPT_BYTES_MAX", 2 * bytes_of(answer(1_000)))
    kept = KeptAnswers()
    for _ in range(10):
        kept.keep("again", answer(1_000))
        kept.keep("gone", answer(1_000))
        kept.forget("gone")
    kept.keep("last", answer(1_000))
    assert kept.get("again") == kept.get("last") == answer(1_000)


def test_one_that_is_larger_than_the_bound_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_answers, "KEPT_BYTES_MAX", 1_000)
    kept = KeptAnswers()
    kept.keep("large", answer(1_001))
    assert kept.get("large") is None


def test_no_more_are_kept_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_answers, "KEPT_MAX", 3)
    kept = KeptAnswers()
    for key in range(5):
        kept.keep(key, answer(10))
    assert [key for key in range(5) if kept.get(key) is not None] == [2, 3, 4]
