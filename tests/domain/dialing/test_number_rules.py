"""Numbers of a kind of their own: not called unless the campaign's policy allows their kind."""

import pytest
from msgspec import UNSET, UnsetType

from domain.campaign import Plan
from domain.dialing import Reason, kind_reason
from domain.policy import Policy

PREMIUM, SATELLITE, EMERGENCY, ORDINARY = "+19005557102", "+881623456702", "+112", "+15551230002"


def plan(policy: Policy | None = None, *, rules_kinds: bool | UnsetType = True) -> Plan:
    """A plan of today, or one from before there was the rule."""
    return Plan(caller_number="+15551230001", policy=policy, rules_kinds=rules_kinds)


@pytest.mark.parametrize("policy", [None, Policy(), Policy(allow_kinds=("short",))])
@pytest.mark.parametrize(("number", "kind"), [(PREMIUM, "premium"), (SATELLITE, "satellite"), (EMERGENCY, "emergency")])
def test_a_kind_that_no_policy_names_is_held(policy: Policy | None, number: str, kind: str) -> None:
    allowed = "" if policy is None else ", ".join(policy.allow_kinds)
    inputs = {"kind": kind, "allowed": allowed}
    assert kind_reason(plan(policy), number) == Reason(rule="number_kind", scope="recipient", inputs=inputs)


def test_a_kind_that_the_policy_names_is_called_and_no_other() -> None:
    allowing = plan(Policy(allow_kinds=("premium", "emergency")))
    assert [kind_reason(allowing, number) is None for number in (PREMIUM, EMERGENCY, SATELLITE)] == [True, True, False]


def test_an_ordinary_number_needs_no_word() -> None:
    assert kind_reason(plan(), ORDINARY) is None


def test_a_campaign_from_before_there_was_the_rule_calls_them_as_it_did() -> None:
    assert kind_reason(plan(rules_kinds=UNSET), PREMIUM) is None
    assert kind_reason(plan(Policy(), rules_kinds=UNSET), EMERGENCY) is None
