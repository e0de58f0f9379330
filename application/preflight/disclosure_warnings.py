"""What to look at where each call has to say something of itself, and what it says is not known to."""

from collections.abc import Iterator

from domain.campaign import CampaignState
from domain.errors import InvalidInput
from domain.script import disclosure_faults, script_of


def disclosure_warnings(state: CampaignState) -> Iterator[tuple[str, str]]:
    """Each with its permanent name."""
    rules = None if state.plan.policy is None else state.plan.policy.disclosure
    if rules is None or not rules.required or state.is_over:
        return
    if state.plan.script is None:
        yield (
            "no_disclosure",
            "policy.disclosure is required, and the campaign has no script that could say it; write one",
        )
        return
    try:
        script = script_of(state.plan.script)
    except InvalidInput:
        return
    for fault in disclosure_faults(script, rules.says):
        yield "no_disclosure", f"step {fault.step} {fault.says}"
