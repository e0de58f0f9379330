"""How far the log is, in words."""

from datetime import UTC, datetime, timedelta

from application.log_report import LogReport

T0 = datetime(2026, 11, 30, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_it_is_behind_where_it_was_not_at_the_end_for_long() -> None:
    begun, kept = LogReport(position=7), LogReport(position=7, at_end_at=T0 + 60 * SECOND)

    assert begun.lag(T0, T0 + 30 * SECOND) == []
    assert begun.lag(T0, T0 + 31 * SECOND) == ["the log has not been at the ledger's end for 31 s: it is at position 7"]
    assert kept.lag(T0, T0 + 90 * SECOND) == []
    assert "for 40 s" in kept.lag(T0, T0 + 100 * SECOND)[0]
    assert kept.lag(T0 + 99 * SECOND, T0 + 100 * SECOND) == []  # another process kept it until then
