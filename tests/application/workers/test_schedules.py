"""A campaign that starts, pauses, resumes and stops by its clock, against the sandbox and by hand."""

from datetime import datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from adapters.ledger.transaction import Transaction
from application.commands import campaigns
from domain import campaign
from domain.campaign import Plan, Schedule
from domain.events import Recorded
from domain.identity import campaign_stream
from tests.application.dialer.stage import Stage, numbers, play, stage


def schedule_of(it: Stage, start: float, pause: float, resume: float, stop: float) -> Schedule:
    """In so many seconds from now."""

    def at(seconds: float) -> str:
        return (it.now() + timedelta(seconds=seconds)).isoformat()

    return Schedule(
        zone="Europe/Berlin", start_at=at(start), pause=(at(pause),), resume=(at(resume),), stop_at=at(stop)
    )


def _scheduled_for(one: Recorded) -> datetime:
    found = getattr(one.event, "scheduled_for", None)
    assert isinstance(found, datetime)
    return found


def test_it_runs_by_the_clock_and_nobody_is_called_outside(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(200), per_second=10, starts=False)
            state = it.parts.in_flight.campaigns["spring"]
            plan: Plan = replace(state.plan, schedule=schedule_of(it, 1, 3, 5, 7))

            def revise(tx: Transaction) -> None:
                state = campaign.existing(tx.campaign("spring"), "spring")
                tx.append(campaign_stream("spring"), campaign.revise(state, plan))

            await it.do(revise)
            await it.until("it is over", lambda: it.phase() == "canceled")
            names = ("campaign.started", "campaign.paused", "campaign.resumed", "campaign.canceled")
            moves = it.events(*names)
            assert [one.name for one in moves] == list(names)
            assert {one.metadata["actor"] for one in moves} == {"schedule"}
            start, pause, resume, stop = (_scheduled_for(one) for one in moves)
            for one in it.events("attempt.started"):
                assert start <= one.recorded_at < pause or resume <= one.recorded_at < stop
            assert len(it.posts()) >= 10

    play(scenario)


def test_an_operators_command_comes_after_what_was_due_before_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.do(
                campaigns.create_campaign(
                    "spring",
                    Plan(
                        caller_number="+15551230001",
                        schedule=Schedule(zone="UTC", start_at=it.now().isoformat(), pause=("00:00",)),
                    ),
                )
            )
            await it.do(campaigns.cancel_campaign("spring"))
            assert it.phase() == "canceled"

    play(scenario)
