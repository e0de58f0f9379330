"""`dialtrail agents set` and `show`."""

from typing import Any

from entrypoints.cli.agents import agents_in_words
from tests.entrypoints.cli.conftest import Run

FOUND: dict[str, Any] = {
    "applies": True,
    "free": 1,
    "agents": [{"name": "ada", "state": "free"}],
    "told_at": "2026-05-29T12:00:00.000000Z",
    "known_until": "2026-05-29T12:00:30.000000Z",
    "factor": 1.0,
    "calls_max": 1,
    "calls_under_way": 1,
    "holds": "agents_busy",
}


def test_what_is_known_and_what_follows_is_said() -> None:
    assert agents_in_words(FOUND) == [
        "1 free, told 2026-05-29T12:00:00.000000Z, believed until 2026-05-29T12:00:30.000000Z",
        "1 of at most 1 calls under way (factor 1)",
        "ada: free",
        "nobody is called now: agents_busy",
    ]
    never = {**FOUND, "free": None, "holds": "agents_unknown"}
    assert agents_in_words(never) == ["how many agents are free was never told; nobody is called"]


def test_a_number_or_names_and_not_both(dialtrail: Run) -> None:
    assert dialtrail("agents", "set", "spring_followup")[0] == 2
    assert dialtrail("agents", "set", "spring_followup", "3", "--free", "ada")[0] == 2
