from application.dialer.occupied import SET_ASIDE_SECONDS, Occupied


def test_who_is_being_called_is_occupied_until_the_end_and_starting_until_the_ledger_has_it() -> None:
    occupied = Occupied(lambda: 100.0)
    occupied.begin("spring", "recipient:a")
    occupied.begin("spring", "recipient:b")
    occupied.begin("autumn", "recipient:c")

    assert set(occupied.streams()) == {"recipient:a", "recipient:b", "recipient:c"}
    assert (occupied.starting("spring"), occupied.starting("winter"), occupied.starting_in_all()) == (2, 0, 3)

    occupied.arrived("spring")
    occupied.end("recipient:a")

    assert set(occupied.streams()) == {"recipient:b", "recipient:c"}
    assert (occupied.starting("spring"), occupied.starting_in_all()) == (1, 2)


def test_who_is_set_aside_is_occupied_for_a_moment_beyond_the_end() -> None:
    occupied = Occupied(lambda: 100.0)
    occupied.begin("spring", "recipient:a")
    occupied.set_aside("recipient:a")
    occupied.end("recipient:a")

    occupied.take_back(100.0 + SET_ASIDE_SECONDS / 2)
    assert set(occupied.streams()) == {"recipient:a"}

    occupied.take_back(100.0 + SET_ASIDE_SECONDS)
    assert set(occupied.streams()) == set()
