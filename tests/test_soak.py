"""What scripts/proofs/soak.py says of the minutes that it measured."""

from typing import Any

from scripts.proofs.soak import GROWTH_MAX, MINUTES_FOR_TREND, judged, stored

MINUTES = 2 * MINUTES_FOR_TREND


def minutes(*, memory: float = 0.0, p99: float = 0.0, wal: float = 0.0, cost: float = 0.0) -> list[dict[str, Any]]:
    """Minutes of which each measure grows by so much a minute; in one of ten a reader held the WAL."""
    return [
        {
            "minute": number,
            "webhooks": {"204": 100},
            "p50_ms": 5,
            "p99_ms": 20 + p99 * number,
            "load": 4.0,
            "processor_ms_an_event": 1 + cost * number,
            "memory_mib": {"up": 100 + memory * number, "child 1": 70},
            "reader_held": number % 10 == 1,
            "mib": {"ledger.db-wal": 900.0 if number % 10 == 1 else 40 + wal * number},
        }
        for number in range(MINUTES)
    ]


def test_what_is_flat_is_not_complained_of_though_a_reader_held_the_wal() -> None:
    assert judged(minutes()) == []
    assert stored(minutes()) == 100 * MINUTES


def test_what_grows_is_named() -> None:
    grown = 100 * (GROWTH_MAX - 1) / MINUTES_FOR_TREND
    assert [one.partition(" grew")[0] for one in judged(minutes(memory=8 * grown))] == ["memory of up"]
    assert [one.partition(" grew")[0] for one in judged(minutes(p99=2 * grown))] == ["p99"]
    assert [one.partition(" grew")[0] for one in judged(minutes(wal=5.0))] == ["the WAL"]
    assert [one.partition(" grew")[0] for one in judged(minutes(cost=0.1))] == ["processor time an event"]


def test_a_webhook_that_was_not_acknowledged_is_named_in_a_short_run_too() -> None:
    (first, *_) = minutes()
    assert judged([{**first, "webhooks": {"204": 99, "503": 1}}]) == ["minute 0: {'204': 99, '503': 1}"]
