"""All is begun anew where the ledger went back, and goes on where its database comes back later."""

import asyncio
from collections.abc import Sequence

import pytest

from domain.errors import LedgerUnusable
from entrypoints import anew


class Plays:
    """What came of each play, one after the other."""

    def __init__(self, ends: Sequence[int | LedgerUnusable | None]) -> None:
        self._ends = list(ends)
        self.first: list[bool] = []
        self.said: list[str] = []

    async def __call__(self, is_first: bool) -> int | None:
        self.first.append(is_first)
        end = self._ends.pop(0)
        if isinstance(end, LedgerUnusable):
            raise end
        return end

    def code(self, *, stops: bool = False) -> int:
        async def run() -> int:
            stop = asyncio.Event()
            if stops:
                stop.set()
            return await anew.again_and_again(self, stop, 0, self.said.append)

        return asyncio.run(run())


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anew, "TRY_SECONDS", 0.001)


def test_it_is_played_until_there_is_a_code() -> None:
    plays = Plays([None, None, 3])
    assert (plays.code(), plays.first, plays.said) == (3, [True, False, False], [])


def test_a_database_that_is_not_there_yet_is_waited_for_and_named_once() -> None:
    gone = LedgerUnusable("it cannot be reached")
    plays = Plays([None, gone, gone, 0])
    assert (plays.code(), plays.said) == (0, ["waiting: it cannot be reached"])


def test_one_that_is_not_there_at_first_is_an_error() -> None:
    with pytest.raises(LedgerUnusable):
        Plays([LedgerUnusable("it cannot be reached")]).code()


def test_who_was_told_to_stop_begins_nothing_anew() -> None:
    plays = Plays([None])
    assert (plays.code(stops=True), plays.first) == (0, [])
