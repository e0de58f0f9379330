"""What is looked up when somebody asks."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from application.metrics import Gauges, Metrics
from domain.errors import LedgerUnavailable
from tests.application.metrics.scraping import of, read, scraped
from tests.entrypoints.ledger_trouble import held_writer
from tests.entrypoints.serving import Serving, payload, play, until


def test_what_waits_to_be_written_is_looked_up_when_somebody_asks(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with held_writer(stage) as release:
            delivering = asyncio.create_task(stage.deliver(payload("call.answered")))
            await until(lambda: stage.ledger.waiting()["webhooks"])
            assert of(await scraped(stage), "dialtrail_ledger_waiting") == {
                ("answers",): 0,
                ("commands",): 0,
                ("webhooks",): 1,
                ("attempts",): 0,
                ("imports",): 0,
            }
            release()
            assert (await delivering).status_code == 204
        assert of(await scraped(stage), "dialtrail_ledger_waiting")[("webhooks",)] == 0

    play(tmp_path, scene)


def watching(views_behind: Callable[[], tuple[int, float]]) -> Metrics:
    metrics = Metrics()
    metrics.watch(
        Gauges(
            waiting=lambda: {"webhooks": 3},
            position=lambda: 42,
            views_behind=views_behind,
            calls_in_flight=lambda: 7,
            log_lines_dropped=lambda: 5,
            wal_bytes=lambda: {"ledger.db": 4096, "views.db": 0},
        )
    )
    return metrics


def test_gauges_show_what_they_are_given() -> None:
    values = read(watching(lambda: (10, 2.5)).text().decode())

    assert {name: value for (name, _), value in values.items() if not of(values, name).keys() - {()}}.items() >= {
        "dialtrail_ledger_position": 42.0,
        "dialtrail_views_behind_events": 10.0,
        "dialtrail_views_behind_seconds": 2.5,
        "dialtrail_calls_in_flight": 7.0,
        "dialtrail_log_lines_dropped_total": 5.0,
    }.items()
    assert of(values, "dialtrail_ledger_waiting") == {("webhooks",): 3}
    assert of(values, "dialtrail_wal_bytes") == {("ledger.db",): 4096, ("views.db",): 0}


def test_a_ledger_that_cannot_be_read_leaves_out_only_how_far_the_views_are_behind() -> None:
    def unreadable() -> tuple[int, float]:
        raise LedgerUnavailable("the disk is gone")

    values = read(watching(unreadable).text().decode())

    assert of(values, "dialtrail_views_behind_events") == of(values, "dialtrail_views_behind_seconds") == {}
    assert of(values, "dialtrail_ledger_position") == {(): 42}
