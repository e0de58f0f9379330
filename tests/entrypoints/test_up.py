"""How the parts of a process are told to stop."""

import asyncio
from collections.abc import Callable

import pytest

from domain.errors import NotReady
from entrypoints.up import stop_all


class Stopping:
    """A worker that ends a moment later, as the dialer, which waits for answers on the wire; or raises."""

    part = trouble = None

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.has_stopped = False

    def stand_by_while(self, stands_by: Callable[[], bool]) -> None:
        """Never."""

    async def run(self) -> None:
        """Nothing."""

    async def stop(self) -> None:
        """In a moment."""
        if self.error is not None:
            raise self.error
        for _ in range(5):
            await asyncio.sleep(0)
        self.has_stopped = True


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ([NotReady("too many clients")], ["stopping: too many clients"]),
        ([OSError("full"), ValueError("mistaken")], ["stopping: full", "stopping: mistaken"]),
        ([], []),
    ],
)
def test_what_one_cannot_do_on_the_way_keeps_no_other_from_waiting_for_its_answers(
    errors: list[Exception], said: list[str]
) -> None:
    told: list[str] = []
    dialer = Stopping()
    asyncio.run(stop_all([dialer, *map(Stopping, errors)], told.append))
    assert (dialer.has_stopped, told) == (True, said)
