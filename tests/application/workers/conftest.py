import pytest

from application.workers import insights


@pytest.fixture
def at_a_quick_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insights, "READS_PER_SECOND", 2_000.0)
    monkeypatch.setattr(insights, "TICK_SECONDS", 0.02)
