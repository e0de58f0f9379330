"""`dialtrail recipients callback` asks the right route, and says when it is wished, possible and given up."""

from entrypoints.cli.callback import callback_in_words

WISHED = {
    "at": "2026-12-01T14:00:00.000000Z",
    "local": "2026-12-01T15:00",
    "zone": "Europe/Berlin",
    "earliest": "2026-12-01T14:00:00.000000Z",
    "reason": None,
    "give_up_at": "2026-12-02T14:00:00.000000Z",
}


def test_a_wish_is_said_with_its_local_time_and_its_end() -> None:
    assert callback_in_words(WISHED) == (
        "callback wished for 2026-12-01T14:00:00.000000Z (2026-12-01T15:00 in Europe/Berlin); "
        "given up at 2026-12-02T14:00:00.000000Z"
    )


def test_what_keeps_it_from_its_time_is_said() -> None:
    held = {**WISHED, "local": None, "earliest": "2026-12-02T08:00:00.000000Z", "reason": "outside_hours"}
    assert "; possible from 2026-12-02T08:00:00.000000Z, because of outside_hours;" in callback_in_words(held)
    never = {**held, "earliest": None, "reason": "destination_held"}
    assert "; not foreseen when possible, because of destination_held;" in callback_in_words(never)
