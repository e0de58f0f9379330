"""The plain fields of a campaign's plan: what they change, and which of them is marked where something is wrong."""

import re
from pathlib import Path

import pytest

from domain.campaign import CampaignCreated
from tests.entrypoints.pages.staging import GUARDED, load, sign_in
from tests.entrypoints.pages.test_planning import NEW, REVISE, looked, sent, shown
from tests.entrypoints.serving import FROM, Serving, play


def test_caps_a_budget_of_money_and_the_first_and_last_instant_have_fields(tmp_path: Path) -> None:
    more = {
        "caps": "2 in 24 hours, 5 in 7 days of this purpose",
        "cost_max": "250.00",
        "currency": "usd",
        "starts_at": "2026-12-01 09:00+01:00",
        "ends_at": "2026-12-24T17:00:00Z",
    }

    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        again = await looked(stage, NEW, **{"id": "spring_followup", "from": FROM, **more})
        assert (await stage.client.post(NEW, data=again)).status_code == 303
        (event,) = stage.feed()
        assert isinstance(event.event, CampaignCreated)
        policy = event.event.plan.policy
        assert policy is not None
        assert [(cap.attempts_max, cap.period_seconds, cap.per) for cap in policy.caps] == [
            (2, 86_400, "person"),
            (5, 604_800, "purpose"),
        ]
        assert policy.budget is not None
        assert (str(policy.budget.cost_max), policy.budget.currency) == ("250.00", "USD")
        fields = shown(await load(stage, REVISE))
        assert (fields["caps"], fields["currency"]) == ("2 in 24 hours, 5 in 7 days of this purpose", "USD")
        same = await sent(stage, REVISE, **{**fields, "reason": "nothing"})
        assert "Nothing changes: its plan says so already." in same.text

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"id": "A b"}, "id"),
        ({"from": f"{FROM}\n12", "choose": "round"}, "from"),
        ({"hours_monday": "9 to 5"}, "hours_monday"),
        ({"caps": "twice a day"}, "caps"),
        ({"caps": "0 in 24 hours"}, "caps"),
        ({"cost_max": "250.00"}, "cost_max"),
        ({"starts_at": "2026-12-01 09:00"}, "starts_at"),
        ({"retry_failed": "soon"}, "retry_failed"),
        ({"start_at": "2026-12-01 09:00"}, "schedule_zone"),
        ({"document": "{"}, "document"),
    ],
)
def test_the_field_at_fault_is_marked_and_described_by_what_is_wrong(
    tmp_path: Path, more: dict[str, str], name: str
) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        answer = await sent(stage, NEW, **{"id": "autumn", "from": FROM, **more})
        assert answer.status_code == 400
        marked = re.findall(r'<\w+ id="(\w+)"[^>]* aria-describedby="fault[^"]*" aria-invalid="true"', answer.text)
        assert marked == [name], answer.text.partition('id="fault"')[2][:200]

    play(tmp_path, scene, **GUARDED)
