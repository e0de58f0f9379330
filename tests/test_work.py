import gc
from collections.abc import Iterator
from contextlib import contextmanager

from tests.work import work_of


@contextmanager
def listening_to_the_collector() -> Iterator[None]:
    """Functions are called whenever cycles are looked for, as hypothesis has it once it ran; that is after each object."""

    def told(*_: object) -> None:
        ""

    thresholds = gc.get_threshold()
    gc.callbacks.append(told)
    gc.set_threshold(1)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(told)


def test_what_is_called_when_cycles_are_looked_for_is_not_counted() -> None:
    def act() -> object:
        return [[n] for n in range(100)]

    quiet = work_of(act).calls

    with listening_to_the_collector():
        assert work_of(act).calls == quiet
    assert gc.isenabled()
