from datetime import UTC, datetime
from typing import Any

import pytest

from entrypoints.doctor.finding import Finding
from entrypoints.doctor.presets_part import preset_findings

AGED = datetime(2027, 11, 24, tzinfo=UTC)


def campaign(name: str, state: str = "running", **policy: Any) -> dict[str, Any]:
    return {"id": name, "state": state, "policy": policy}


def test_a_preset_that_was_read_more_than_a_year_ago_is_named_once_with_its_campaigns() -> None:
    us = {"preset": "us", "as_of": "2026-11-23"}
    fresh = {"preset": "us", "as_of": "2027-11-23"}
    campaigns = [campaign(name, based_on=us) for name in ("spring", "summer")]
    campaigns += [campaign("autumn", based_on=fresh), campaign("winter", "completed", based_on=us)]

    assert preset_findings(campaigns, AGED) == [
        Finding(
            "rule data",
            "warning",
            "spring, summer: made from the preset us, whose source was read on 2026-11-23, more than 365 days ago",
            "see whether its rules have changed, then: dialtrail campaign revise spring FILE",
        )
    ]
    assert preset_findings(campaigns, datetime(2027, 11, 23, tzinfo=UTC)) == []


@pytest.mark.parametrize("policy", [None, {}, {"based_on": None}, {"based_on": {"preset": "us", "as_of": "once"}}])
def test_a_policy_that_does_not_say_what_it_was_made_from_is_passed_over(policy: Any) -> None:
    assert preset_findings([{"id": "spring", "state": "running", "policy": policy}], AGED) == []
