"""A campaign whose policy wants a second person dials nobody on the word of one, whatever that one tries."""

from pathlib import Path

import pytest

from application.commands import campaigns
from application.commands.campaigns import WaitingChange, approve_change, propose_change
from application.commands.command import Command
from domain import campaign
from domain.campaign import CampaignChange, Operator, Plan, Proposal
from domain.errors import Conflict, NeedsSecondPerson
from domain.policy import Policy
from tests.application.dialer.stage import Stage, numbers, play, stage

CAREFUL = Policy(needs_approval=True)
ANN, BOB = Operator("ann", {"bob"}), Operator("bob", {"ann"})
CANARY = 2


def ask_to_start(change_id: str, who: Operator = ANN) -> Command[WaitingChange | None]:
    return propose_change("spring", Proposal(change="start", canary=CANARY), change_id, who)


def approve(change_id: str, who: Operator) -> Command[CampaignChange]:
    return approve_change("spring", change_id, who, None)


async def nobody_of_it_was_dialled_while_another_campaign_was(it: Stage, campaign_id: str) -> None:
    """The dialer goes through another campaign, to its end, and touches nobody of this one."""
    await it.campaign([f"+1555300{campaign_id[-1]}001"], campaign_id)
    await it.until("the other campaign ends", lambda: it.phase(campaign_id) == "completed")
    started = [one.event.campaign_id for one in it.events("attempt.started")]  # type: ignore[union-attr]
    assert "spring" not in started
    assert {post["request_body"]["to"] for post in it.posts()}.isdisjoint(numbers(5))


def test_nobody_is_dialled_before_a_second_person_approves(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(5), policy=CAREFUL, starts=False)
            assert isinstance(await it.do(ask_to_start("c1")), WaitingChange)
            await nobody_of_it_was_dialled_while_another_campaign_was(it, "other_1")

            alone: list[Command[object]] = [
                lambda tx: campaign.start(campaign.existing(tx.campaign("spring"), "spring"), None),
                campaigns.resume_campaign("spring", None),
                campaigns.pause_campaign("spring"),
                approve("c1", ANN),
                approve("c1", Operator(None)),
            ]
            for command in alone:
                with pytest.raises((NeedsSecondPerson, Conflict)):
                    await it.do(command)
            careless = Plan(caller_number="+15551230001")
            revision = propose_change("spring", Proposal(change="revise", plan=careless), "c2", ANN)
            assert isinstance(await it.do(revision), WaitingChange)
            assert isinstance(await it.do(ask_to_start("c3", BOB)), WaitingChange)
            await nobody_of_it_was_dialled_while_another_campaign_was(it, "other_2")
            assert (it.phase(), it.counts()) == ("created", {"queued": 5})

            await it.do(approve("c3", ANN))
            await it.until("the canary's calls are over", lambda: it.phase() == "paused")
            assert sum(post["request_body"]["to"] in numbers(5) for post in it.posts()) == CANARY
            await it.do(campaigns.resume_campaign("spring", None))
            await it.until("all are called", lambda: it.phase() == "completed")
            assert {post["request_body"]["to"] for post in it.posts()} >= set(numbers(5))

    play(scenario)
