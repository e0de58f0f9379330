"""`policy.disclosure` beside the script that has to say it."""

from domain.campaign import Plan
from domain.errors import InvalidInput
from domain.policy import Policy
from domain.script import Script, disclosure_faults, script_of


def disclosing(plan: Plan) -> Plan:
    """The same plan. Raises `InvalidInput` for a script that does not say at its beginning what the policy requires."""
    rules = None if plan.policy is None else plan.policy.disclosure
    if plan.script is not None and rules is not None:
        for fault in faults_of(plan.policy, script_of(plan.script)):
            raise fault
    return plan


def faults_of(policy: Policy | None, script: Script) -> list[InvalidInput]:
    """What is wrong with a script by this policy."""
    rules = None if policy is None else policy.disclosure
    if rules is None or not rules.required:
        return []
    return [InvalidInput(fault.path, fault.says) for fault in disclosure_faults(script, rules.says)]
