"""`dialtrail recipients callback` asks the right route, and says when it is wished, possible and given up."""

import pytest

from entrypoints.cli.callback import callback_in_words, story_in_words
from entrypoints.cli.times import IN_UTC

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


AT = "2026-12-01T14:00:00.000000Z"
LINE = {"recorded_at": "2026-11-30T10:00:00.000000Z", "at": AT, "local": None, "zone": None, "actor": None}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            {
                "act": "wished",
                "source": "operator",
                "local": "2026-12-01T15:00",
                "zone": "Europe/Berlin",
                "actor": "operator:olga",
            },
            "callback wished for 2026-12-01T14:00:00.000000Z (2026-12-01T15:00 in Europe/Berlin), as somebody entered it, by operator:olga",
        ),
        ({"act": "moved", "source": "keypress", "call_id": "c1"}, f"callback moved to {AT}, by a key in a call c1"),
        ({"act": "kept", "attempt_id": "a1"}, f"callback of {AT} kept by attempt a1"),
        (
            {"act": "given_up", "why": "not_called_in_time", "actor": "callbacks"},
            f"callback of {AT} given up: nothing stood against it, and nobody came to it in time, by callbacks",
        ),
        ({"act": "given_up", "why": "outside_hours"}, f"callback of {AT} given up: outside hours stood against it"),
    ],
)
def test_each_thing_that_happened_to_a_wish_is_a_line(line: dict[str, str], words: str) -> None:
    assert story_in_words({**LINE, **line}, IN_UTC) == f"{IN_UTC.shown(LINE['recorded_at'])}  {words}"
