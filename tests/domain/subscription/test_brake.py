from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.subscription.brake import OFF, PROBE_AFTER_SECONDS, Brake

NOW = datetime(2026, 5, 29, 12, tzinfo=UTC)
MOST = 8


def after(*seconds: float) -> datetime:
    return NOW + timedelta(seconds=sum(seconds))


def braked() -> Brake:
    brake = OFF
    for lane in "abc":
        brake = brake.failed(lane, NOW, NOW, 0.5)
    return brake


def test_one_recipient_that_fails_again_and_again_brakes_nobody() -> None:
    brake = OFF
    for n in range(50):
        brake = brake.failed("ab"[n % 2], after(n), after(n), 0.5)
    assert brake.lets_through(after(50), MOST - 1, MOST)
    assert not brake.lets_through(after(50), MOST, MOST)


def test_three_of_them_brake_and_then_one_at_a_time_goes_after_waits_that_grow() -> None:
    brake, at = braked(), NOW
    for wait in (*PROBE_AFTER_SECONDS, PROBE_AFTER_SECONDS[-1]):
        assert not brake.lets_through(at + timedelta(seconds=wait - 0.1), 0, MOST)
        at += timedelta(seconds=wait)
        assert brake.lets_through(at, 0, MOST)
        assert not brake.lets_through(at, 1, MOST)
        brake = brake.failed("d", at, at, 0.5)


def test_what_was_on_the_way_makes_nobody_wait_longer() -> None:
    brake = braked()
    for lane in "defgh":
        assert brake.failed(lane, NOW - timedelta(seconds=5), after(3), 0.5) == brake


def test_a_subscriber_is_left_alone_as_long_as_it_asks_but_no_longer_than_the_longest_wait() -> None:
    brake = OFF
    for lane in "abc":
        brake = brake.failed(lane, NOW, NOW, 0.5, 600.0)
    assert brake.until == after(600)
    assert brake.failed("d", after(600), after(600), 0.5, 1e9).until == after(600, 28_800)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 1)), max_size=30))
def test_it_never_waits_longer_than_its_longest_wait_and_always_ends(failures: list[tuple[str, float]]) -> None:
    brake, now = OFF, NOW
    for lane, chance in failures:
        now = brake.until or now
        brake = brake.failed(lane, now, now, chance)
        assert brake.until is None or brake.until - now <= timedelta(seconds=1.2 * PROBE_AFTER_SECONDS[-1])
        assert brake.lets_through(brake.until or now, 0, MOST)
