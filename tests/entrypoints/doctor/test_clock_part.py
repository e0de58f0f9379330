from datetime import UTC, datetime, timedelta

import pytest

from entrypoints.doctor.clock_part import DateSeen, clock_findings, skew_seconds

NOON = datetime(2026, 5, 29, 12, 0, tzinfo=UTC)
HEADER = "Fri, 29 May 2026 12:00:00 GMT"


def seen(seconds: float, took: float = 0.5, header: str = HEADER) -> DateSeen:
    before = NOON + timedelta(seconds=seconds)
    return DateSeen(before, before + timedelta(seconds=took), header)


@pytest.mark.parametrize(
    ("seconds", "took", "skew"),
    [(0, 0.5, 0), (0.9, 0.5, 0), (-0.4, 0.5, 0), (-30, 60, 0), (11, 0.5, 10), (-10, 0.5, -9.5), (1, 1, 0)],
)
def test_the_skew_is_what_cannot_be_explained_otherwise(seconds: float, took: float, skew: float) -> None:
    assert skew_seconds(seen(seconds, took)) == skew


@pytest.mark.parametrize(
    ("seconds", "tolerance", "level", "said"),
    [
        (0, 0, "ok", "agrees with MiniVoice's to within 5 s"),
        (6.0, 0, "ok", "agrees"),
        (7, 0, "warning", "this machine's clock is 6 s ahead of MiniVoice's"),
        (-7, 0, "warning", "this machine's clock is 6 s behind MiniVoice's"),
        (302, 0, "danger", "this machine's clock is 301 s ahead of"),
        (31, 30, "danger", "this machine's clock is 30 s ahead of MiniVoice's: every webhook is refused"),
        (20, 30, "warning", "this machine's clock is 19 s ahead of MiniVoice's"),
    ],
)
def test_a_skew_is_judged_by_what_it_breaks(seconds: float, tolerance: float, level: str, said: str) -> None:
    (finding,) = clock_findings(seen(seconds), tolerance)

    assert (finding.level, finding.what.startswith(said)) == (level, True)
    assert bool(finding.what_to_do) is (level != "ok")


@pytest.mark.parametrize("nothing", [None, seen(0, header="yesterday")])
def test_without_a_date_nothing_is_compared(nothing: DateSeen | None) -> None:
    assert [one.level for one in clock_findings(nothing, 0)] == ["note"]
