"""The arithmetic of docs/scaling.md."""

from pathlib import Path

import pytest

from scripts.proofs.scaling import DAYS, SECONDS_A_DAY, Calls, Measured, cells_needed, plan, table

PAGE = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text()
MEASURED = (Path(__file__).parents[2] / "docs" / "performance.md").read_text()


def test_the_page_has_what_the_script_counts() -> None:
    assert table(DAYS) in PAGE


def test_what_it_counts_from_was_measured() -> None:
    measured = Measured()
    for figure in (measured.webhooks_a_second, measured.attempts_a_second, measured.answers_a_second):
        assert f"{figure:,.0f}" in MEASURED
    assert f"{measured.views_events_a_second:,.0f} events/s" in MEASURED
    assert f"{measured.append_events_a_second:,.0f}" in MEASURED
    assert "5,000,000 (6.5 GB)" in MEASURED


@pytest.mark.parametrize("a_day", DAYS)
def test_no_cell_takes_more_than_its_share_of_what_was_measured(a_day: float) -> None:
    calls, measured = Calls(a_day), Measured()
    found = plan(calls, measured)
    a_cell = calls.a_second / found.cells
    assert a_cell <= measured.attempts_a_second * calls.share
    assert a_cell * calls.webhooks <= measured.webhooks_a_second * calls.share
    assert a_cell * calls.answers <= measured.answers_a_second * calls.share
    assert a_cell * calls.events <= measured.append_events_a_second * calls.share
    assert found.cells == 1 or max(cells_needed(calls, measured).values()) > found.cells - 1


def test_more_calls_a_longer_day_and_what_runs_out_first_change_the_plan_as_they_should() -> None:
    day = Calls(1e7)
    assert plan(Calls(2e7)).cells >= plan(day).cells
    assert plan(Calls(1e7, hours=24.0, peak=1.0)).calls_a_second == pytest.approx(1e7 / SECONDS_A_DAY)
    assert plan(day, Measured(attempts_a_second=1e9)).bound_by == "webhooks"
    assert plan(Calls(1e7, answers=40.0)).bound_by == "answers"
    assert plan(day).gigabytes_a_day == pytest.approx(1e7 * 8 * 1300 / 1e9)
