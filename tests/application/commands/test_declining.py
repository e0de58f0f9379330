"""A digit that means: not about this. Recorded with what made it known, for the campaign's purpose, once."""

from pathlib import Path

from domain.recipient import RecipientDeclined
from tests.application.commands.test_recipients import campaign, gathered
from tests.entrypoints.serving import TO, Serving, payload, play

POLICY = {"purpose": "sales", "opt_out_digits": "9", "declined": {"digits": "8", "rest_days": 60}}


def declined(stage: Serving) -> list[RecipientDeclined]:
    return [one.event for one in stage.feed() if isinstance(one.event, RecipientDeclined)]


def test_the_digit_is_recorded_in_the_commit_of_its_report_and_holds_in_campaigns_of_that_purpose(
    tmp_path: Path,
) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage, policy=POLICY)
        await campaign(stage, "autumn", {"purpose": "sales"})
        await campaign(stage, "winter", {})
        await stage.dial(TO, "call_1")
        await stage.deliver(gathered("8"))
        report, word = stage.feed()[-2:]
        assert (report.name, word.name, report.recorded_at) == (
            "call.gathered",
            "recipient.declined",
            word.recorded_at,
        )
        (event,) = declined(stage)
        assert (event.purpose, event.source, event.said) == ("sales", "keypress", "in call call_1")
        rules = {}
        for campaign_id in ("spring_followup", "autumn", "winter"):
            told = await stage.json(f"/v1/campaigns/{campaign_id}/recipients/{TO}")
            rules[campaign_id] = {one["rule"] for one in told["verdict"]["reasons"]}
        assert [name for name, found in rules.items() if "declined" in found] == ["spring_followup", "autumn"]
        await stage.deliver(gathered("8"))
        await stage.deliver(gathered("9"))
        assert len(declined(stage)) == 1
        assert stage.names()[-1] == "recipient.suppressed"

    play(tmp_path, scene)


def test_it_is_heeded_too_where_whose_call_it_was_becomes_known_later(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage, policy=POLICY)
        await stage.deliver(payload("call.gathered", "call_1", 5, data={"digits": "8"}))
        assert declined(stage) == []
        await stage.dial(TO, "call_1")
        assert [one.said for one in declined(stage)] == ["in call call_1"]

    play(tmp_path, scene)
