import pytest

from entrypoints.doctor.finding import Finding, Level, amount, is_safe


@pytest.mark.parametrize(("level", "safe"), [("ok", True), ("note", True), ("warning", True), ("danger", False)])
def test_only_a_danger_speaks_against_dialling(level: Level, safe: bool) -> None:
    assert is_safe([Finding("clock", "ok", "a"), Finding("ledger", level, "b")]) is safe
    assert is_safe([])


def test_an_amount_is_said_as_people_say_it() -> None:
    assert [amount(count, "call") for count in (0, 1, 1234)] == ["0 calls", "1 call", "1,234 calls"]
