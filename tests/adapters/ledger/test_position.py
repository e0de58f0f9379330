"""Whoever was shown an event is never told of a ledger before it, also while the writer has not heard of its own commit."""

from collections.abc import Callable
from typing import Any

import pytest

from adapters.ledger import Ledger
from domain.identity import campaign_stream
from tests.adapters.ledger.on_disk import held_after_the_commit
from tests.adapters.ledger.stage import ask, create, do, outcome


@pytest.mark.parametrize(
    "read",
    [
        lambda ledger: ledger.read_feed(1),
        lambda ledger: ledger.read_stream(campaign_stream("summer")),
        lambda ledger: list(ledger.replay()),
    ],
)
def test_the_position_is_not_before_what_was_read(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, read: Callable[[Ledger], list[Any]]
) -> None:
    do(ledger, create("spring"))

    with held_after_the_commit(monkeypatch) as on_disk:
        asked = ask(ledger, create("summer"))
        on_disk()
        before = ledger.position
        last = read(ledger)[-1].position
        assert (before, last, ledger.position) == (1, 2, 2)
    outcome(asked)

    assert ledger.position == 2


def test_what_was_read_of_an_earlier_time_does_not_take_it_back(ledger: Ledger) -> None:
    for campaign_id in ("spring", "summer", "autumn"):
        do(ledger, create(campaign_id))

    ledger.read_stream(campaign_stream("spring"))

    assert ledger.position == 3
