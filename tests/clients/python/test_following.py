"""Outcomes are followed from batch to batch, by both clients."""

from typing import Any

import httpx
import pytest

from dialtrail_client import OutcomeBatch
from tests.clients.python.both import followed

ONE, TWO, THREE = ({"number": f"+1555123000{digit}"} for digit in "123")
both = pytest.mark.parametrize("is_async", [False, True])


class Pages:
    """Answers with these pages, then with the last one again; keeps what was asked."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages = list(pages)
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(dict(request.url.params))
        return httpx.Response(200, json=self.pages.pop(0) if len(self.pages) > 1 else self.pages[0])


def page(*rows: Any, after: str | None = None, position: int = 9) -> dict[str, Any]:
    return {"items": list(rows), "next": after, "position": position}


@both
def test_it_goes_on_from_page_to_page_and_ends_where_nothing_is_new(is_async: bool) -> None:
    pages = Pages(page(ONE, TWO, after="7.2"), page(THREE))

    taken = followed(is_async, pages, 99, after="3", campaign="spring")

    assert taken == ([OutcomeBatch([ONE, TWO], "7.2"), OutcomeBatch([THREE], "9")], [])  # type: ignore[list-item]
    assert pages.asked == [{"after": after, "limit": "500", "campaign": "spring"} for after in ("3", "7.2")]


@both
def test_it_never_ends_where_that_is_wished_and_goes_on_where_the_ledger_is(is_async: bool) -> None:
    pages = Pages(page(ONE), page(position=12), page(position=15), page(TWO, position=20))

    taken, slept = followed(is_async, pages, 3, poll_seconds=5)

    assert [batch.after for batch in taken] == ["9", "20", "20"]
    assert [asked["after"] for asked in pages.asked] == ["0", "9", "12", "15", "20"]
    assert slept == [5, 5, 5, 5]


@both
def test_where_nothing_is_new_there_is_no_batch(is_async: bool) -> None:
    assert followed(is_async, Pages(page()), 99) == ([], [])
