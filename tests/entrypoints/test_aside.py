from threading import Event

import pytest

from entrypoints import aside
from entrypoints.aside import Aside

WAIT_SECONDS_MAX = 20.0


def test_what_is_said_comes_in_order_and_closing_waits_for_it() -> None:
    said: list[str] = []
    told = Aside(said.append)
    for n in range(100):
        told(str(n))
    told.close()
    assert said == [str(n) for n in range(100)]
    assert not told.is_stuck


def test_nobody_waits_for_a_reader_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "END_SECONDS_MAX", 0.01)
    is_read, said = Event(), list[str]()

    def say(text: str) -> None:
        assert is_read.wait(WAIT_SECONDS_MAX)
        said.append(text)

    told = Aside(say)
    told("one")
    told("two")
    told.close()
    assert (told.is_stuck, said) == (True, [])
    is_read.set()
    told._thread.join(WAIT_SECONDS_MAX)
    assert (told.is_stuck, said) == (False, ["one", "two"])


@pytest.mark.parametrize("error", [BrokenPipeError(), ValueError("I/O operation on closed file")])
def test_a_reader_that_is_gone_stops_nothing(error: Exception) -> None:
    tried: list[str] = []

    def say(text: str) -> None:
        tried.append(text)
        raise error

    told = Aside(say)
    told("one")
    told("two")
    told.close()
    assert tried == ["one", "two"]
