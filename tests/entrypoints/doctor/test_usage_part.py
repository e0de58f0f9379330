import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.minivoice_answers import LookupFailed
from domain.account import UsageObserved
from domain.errors import DialtrailError, NotFound
from entrypoints.doctor.finding import Finding
from entrypoints.doctor.usage_part import usage_findings

NOON = datetime(2026, 5, 29, 12, 0, tzinfo=UTC)


def usage(calls: int | None) -> UsageObserved:
    return UsageObserved(
        window_from=NOON - timedelta(days=1),
        window_to=NOON,
        calls=calls,
        billsec_seconds=None,
        cost_amount=None,
        cost_currency=None,
        body="{}",
    )


def found(said: UsageObserved | LookupFailed, answer: Mapping[str, Any] | DialtrailError) -> list[Finding]:
    async def ask(path: str) -> Mapping[str, Any]:
        assert path == ("/v1/figures?since=2026-05-28T12%3A00%3A00.000000Z&until=2026-05-29T12%3A00%3A00.000000Z")
        if isinstance(answer, DialtrailError):
            raise answer
        return answer

    return asyncio.run(usage_findings(ask, said))


def test_more_calls_than_the_ledger_knows_are_a_note_and_nothing_worse() -> None:
    [hint] = found(usage(1_204), {"total": {"calls": 1_000}})

    assert (hint.part, hint.level) == ("provider", "note")
    assert hint.what.startswith("MiniVoice counts 1,204 calls in the last 24 hours, the ledger knows 1,000 of them")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (usage(1_000), {"total": {"calls": 1_000}}),
        (usage(999), {"total": {"calls": 1_000}}),
        (usage(None), {"total": {"calls": 0}}),
        (LookupFailed(why="HTTP 500"), {"total": {"calls": 0}}),
        (usage(5), {}),
        (usage(5), NotFound("an older server")),
    ],
)
def test_else_there_is_none(said: UsageObserved | LookupFailed, answer: Mapping[str, Any] | DialtrailError) -> None:
    assert found(said, answer) == []
