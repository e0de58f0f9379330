"""What is read beside the fold, in any thread."""

from collections.abc import Collection

from domain.events import Recorded
from projections.in_flight.beside import CALLS_READ_AT_ONCE_MAX, all_anew


def test_of_many_calls_only_some_are_read_at_once() -> None:
    asked: list[list[str]] = []

    def read_streams(streams: Collection[str], _: int) -> dict[str, list[Recorded]]:
        asked.append(list(streams))
        return {}

    watched = [f"c{n:03}" for n in range(2 * CALLS_READ_AT_ONCE_MAX + 7)]

    assert all_anew(read_streams, 9, None, [], watched, []).calls == {}
    assert max(map(len, asked)) == CALLS_READ_AT_ONCE_MAX
    assert [stream for some in asked for stream in some] == [f"call:{one}" for one in watched]
