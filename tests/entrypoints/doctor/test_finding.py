import pytest

from entrypoints.doctor.finding import Finding, Level, is_safe


@pytest.mark.parametrize(("level", "safe"), [("ok", True), ("note", True), ("warning", True), ("danger", False)])
def test_only_a_danger_speaks_against_dialling(level: Level, safe: bool) -> None:
    assert is_safe([Finding("clock", "ok", "a"), Finding("ledger", level, "b")]) is safe
    assert is_safe([])
