from application.views.gathering import BATCH_EVENTS_MAX, gather_seconds


def test_what_is_left_of_a_full_batch_is_not_waited_for() -> None:
    assert (gather_seconds(BATCH_EVENTS_MAX - 1), gather_seconds(BATCH_EVENTS_MAX)) == (0.2, 0.0)
