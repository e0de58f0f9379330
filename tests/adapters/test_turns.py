"""Work in turns, driven by a thread."""

from queue import SimpleQueue
from time import monotonic

from adapters.turns import IN_THREADS, Bell, Rest, Work

WAIT_SECONDS_MAX = 60.0


def test_work_goes_on_when_its_bell_rings_when_its_time_is_over_and_until_it_ends() -> None:
    bell = IN_THREADS.bell()
    rung: SimpleQueue[bool] = SimpleQueue()

    def work() -> Work:
        rung.put((yield Rest(bell, 0.0)))
        rung.put((yield Rest(bell, None)))
        bell.clear()
        rung.put((yield Rest(bell, 0.0)))

    working = IN_THREADS.begin(work, "worker")
    assert rung.get(timeout=WAIT_SECONDS_MAX) is False
    assert working.is_alive()
    bell.set()
    assert [rung.get(timeout=WAIT_SECONDS_MAX) for _ in range(2)] == [True, False]
    working.join(WAIT_SECONDS_MAX)
    assert not working.is_alive()


def test_a_bell_that_rang_before_the_rest_ends_it_at_once() -> None:
    bell: Bell = IN_THREADS.bell()
    bell.set()

    def work() -> Work:
        yield Rest(bell, WAIT_SECONDS_MAX)

    began = monotonic()
    IN_THREADS.begin(work, "worker").join(WAIT_SECONDS_MAX)
    assert monotonic() - began < WAIT_SECONDS_MAX / 2
