"""What somebody says between the commit of an attempt and its request keeps that from leaving."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.documents.consent import Revocation
from application.commands.consents import record_consent, revoke_consent
from application.commands.declining import record_decline
from domain.policy import ConsentRules, Policy
from domain.recipient import ConsentGiven
from tests.application.dialer.stage import Stage, numbers, play, stage
from tests.application.dialer.test_last_check import Delayed, Meanwhile

AGREED_AT, TAKEN_BACK_AT = (datetime(year, 1, 1, tzinfo=UTC) for year in (2020, 2021))
(NUMBER,) = numbers(1)


async def takes_it_back(it: Stage) -> None:
    revoked = Revocation(number=NUMBER, revoked_at=TAKEN_BACK_AT, source="letter")
    await it.parts.ledger.execute(revoke_consent(stream_of(it), revoked), lane="commands", metadata={})


async def declines(it: Stage) -> None:
    decide = record_decline("spring", [stream_of(it)], None, None)
    await it.parts.ledger.execute(decide, lane="commands", metadata={})


def stream_of(it: Stage) -> str:
    return it.parts.ledger.recipient_stream(NUMBER)


@pytest.mark.parametrize(("meanwhile", "rule"), [(takes_it_back, "consent_missing"), (declines, "declined")])
def test_it_is_abandoned_with_the_rule_that_stands_against_it_now(
    tmp_path: Path, meanwhile: Meanwhile, rule: str
) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            it.dialer._attempts._client = Delayed(it, meanwhile)  # type: ignore[assignment]
            given = ConsentGiven(
                consent_id="c1", number=NUMBER, purpose="sales", basis="express", source="form", given_at=AGREED_AT
            )
            await it.parts.ledger.execute(record_consent(stream_of(it), given), lane="commands", metadata={})
            await it.campaign([NUMBER], policy=Policy(purpose="sales", consent=ConsentRules(required=True)))
            async with asyncio.timeout(30):
                while not (found := it.events("attempt.abandoned")):
                    await it.parts.follower.moved(0.02)

            assert found[0].event.why == f"at the last moment: {rule}"  # type: ignore[union-attr]
            assert [one.name for one in it.events("consent.used")] == ["consent.used"]
            assert it.posts() == []

    play(scenario)


def test_it_leaves_on_the_consent_that_is_on_record_or_is_begun_anew(tmp_path: Path) -> None:
    async def another_in_its_place(it: Stage) -> None:
        await agrees(it, "c2", datetime(2022, 1, 1, tzinfo=UTC))
        await takes_it_back(it)

    async def scenario() -> None:
        async with stage(tmp_path) as it:
            it.dialer._attempts._client = Delayed(it, another_in_its_place)  # type: ignore[assignment]
            await agrees(it, "c1", AGREED_AT)
            await it.campaign([NUMBER], policy=Policy(purpose="sales", consent=ConsentRules(required=True)))
            async with asyncio.timeout(30):
                while not (found := it.events("attempt.abandoned")):
                    await it.parts.follower.moved(0.02)
            assert found[0].event.why == "at the last moment: consent_changed"  # type: ignore[union-attr]

    play(scenario)


async def agrees(it: Stage, consent_id: str, at: datetime) -> None:
    given = ConsentGiven(
        consent_id=consent_id, number=NUMBER, purpose="sales", basis="express", source="form", given_at=at
    )
    await it.parts.ledger.execute(record_consent(stream_of(it), given), lane="commands", metadata={})
