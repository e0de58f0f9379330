import asyncio

from entrypoints.sandbox.applications import SlidingSecond
from entrypoints.sandbox.clock import SystemClock
from tests.entrypoints.sandbox.stage import Stage, play, until


class SetClock(SystemClock):
    """Its seconds pass when it is told."""

    def __init__(self) -> None:
        self.passed_ns = 0

    def monotonic_ns(self) -> int:
        return self.passed_ns


def test_a_sliding_second_counts_what_is_at_most_a_second_old() -> None:
    window = SlidingSecond()
    for moment in (0, 400_000_000, 1_000_000_000):
        window.add(moment)
    assert [window.count(moment) for moment in (1_000_000_000, 1_000_000_001, 2_000_000_001)] == [3, 2, 0]
    assert window.most == 3


def test_no_more_calls_than_allowed_are_accepted_in_any_sliding_second() -> None:
    clock = SetClock()

    async def scene(stage: Stage) -> None:
        for _ in range(12):
            await asyncio.gather(*(stage.post() for _ in range(6)))
            clock.passed_ns += 100_000_000
        outcomes = stage.sandbox.log.lines("request")
        accepted = [line for line in outcomes if line["status"] == 201]
        assert {line["code"] for line in outcomes if line["status"] != 201} == {"cps_limit_reached"}
        moments = sorted(int(str(line["monotonic_ns"])) for line in accepted)
        held = [sum(start <= moment < start + 990_000_000 for moment in moments) for start in moments]
        assert (max(held), stage.sandbox.summary()["accepted_posts_in_one_second_max"]) == (5, 5)
        assert len(accepted) > 5

    play(scene, clock, calls_per_second=5)


def test_refused_requests_do_not_count() -> None:
    clock = SetClock()

    async def scene(stage: Stage) -> None:
        statuses = []
        for clock.passed_ns in (0, 1, 500_000_000, 1_000_000_000, 1_000_000_001):
            statuses.append((await stage.post()).status_code)
        assert statuses == [201, 429, 429, 429, 201]

    play(scene, clock, calls_per_second=1)


def test_a_refusal_carries_no_rate_limit_headers() -> None:
    async def scene(stage: Stage) -> None:
        await stage.post()
        response = await stage.post()
        assert (response.status_code, sorted(response.headers)) == (429, ["content-length", "content-type", "date"])
        await until(lambda: len(stage.sandbox.log.lines("request")) == 2)

    play(scene, calls_per_second=1)
