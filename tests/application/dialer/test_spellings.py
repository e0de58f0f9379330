"""One person in several spellings, dialled against the sandbox."""

from pathlib import Path

from application.commands import recipients
from domain.policy import Policy, Retry
from tests.application.commands.starting import start_campaign
from tests.application.dialer.stage import Stage, play, stage

SUPPRESSED = ("+442079460033", "+33612345678", "+31207946030")
WRITTEN = ("+4402079460033", "+330612345678", "+310207946030")
ITALIAN = "+390612345603"
TWO_TRIES = Policy(attempts_max=2, retry={"failed": Retry(after_seconds=0), "not_reached": Retry(after_seconds=0)})


def dialled(it: Stage) -> list[str]:
    """Whom the sandbox was asked to call, in order."""
    return [line["request_body"]["to"] for line in it.posts()]


def test_a_list_with_zeros_that_are_only_dialled_inside_calls_nobody_who_is_suppressed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            for number in SUPPRESSED:
                stream = it.parts.ledger.recipient_stream(number)
                await it.do(recipients.suppress_recipient(stream, number, "letter", None, None))
            await it.campaign((*WRITTEN, ITALIAN))
            await it.until("over", lambda: it.phase() == "completed")

            assert dialled(it) == [ITALIAN]
            assert it.counts()["suppressed"] == 3

    play(scenario)


def test_who_is_enrolled_twice_by_two_spellings_has_one_budget_of_attempts_and_never_two_calls_at_once(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign((SUPPRESSED[0], WRITTEN[0]), starts=False, policy=TWO_TRIES)
            await it.campaign((WRITTEN[0],), "autumn", starts=False)
            for campaign_id in ("spring", "autumn"):
                await it.do(start_campaign(campaign_id))
            await it.until("over", lambda: {it.phase("spring"), it.phase("autumn")} == {"completed"})

            begun = [e.event for e in it.events("attempt.started")]
            assert 1 <= sum(event.campaign_id == "spring" for event in begun) <= 2  # type: ignore[union-attr]
            assert sum(event.campaign_id == "autumn" for event in begun) == 1  # type: ignore[union-attr]
            open_now = 0
            for one in it.events("attempt.started", "call.completed", "call.failed", "call.canceled"):
                open_now += 1 if one.name == "attempt.started" else -1
                assert open_now <= 1

    play(scenario)
