"""What they hear who ring back, and whether they can opt out there."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from msgspec import Struct

from application.fields import means
from domain.campaign import CampaignState
from domain.errors import InvalidInput
from domain.policy import NO_POLICY
from domain.script import Gather, Script, check_inbound, script_of

WhoseInbound = Literal["campaign", "installation", "safe_text"]


class InboundAhead(Struct, frozen=True, kw_only=True):
    """Whom a campaign called, and who rings back, hears this."""

    heard: Annotated[
        WhoseInbound,
        means("the campaign's own inbound script, the installation's, or the safe text where there is neither"),
    ]
    opt_out: Annotated[
        bool | None,
        means("whether its script asks for `policy.opt_out_digits`; null where there is no script or are no digits"),
    ]


NOTHING_HEARD = InboundAhead(heard="safe_text", opt_out=None)


def inbound_ahead(state: CampaignState, installation: Script | None) -> InboundAhead:
    """By the campaign's own script, else by that of the installation."""
    script, _ = _own(state)
    heard: WhoseInbound = "campaign" if state.plan.inbound_script else "installation" if installation else "safe_text"
    digits = (state.plan.policy or NO_POLICY).opt_out_digits
    told = script if heard == "campaign" else installation
    return InboundAhead(heard=heard, opt_out=None if told is None or digits is None else _asks_for(told, digits))


def inbound_warnings(state: CampaignState, found: InboundAhead) -> Iterator[tuple[str, str]]:
    """Each with its permanent name."""
    if state.is_over:
        return
    _, faults = _own(state)
    for fault in faults:
        yield "inbound_fault", f"{fault}; who rings back hears the safe text there: revise the campaign"
    if found.opt_out is False:
        digits = (state.plan.policy or NO_POLICY).opt_out_digits
        whose = "the campaign's inbound script" if found.heard == "campaign" else "the installation's inbound script"
        says = f"{whose} has no question with {digits} (policy.opt_out_digits): who rings back cannot opt out by a digit there"
        yield "inbound_no_opt_out", f"{says}; add it to a gather's on"


def _own(state: CampaignState) -> tuple[Script | None, list[str]]:
    """The campaign's inbound script, and what is wrong with it."""
    written: Mapping[str, Any] | None = state.plan.inbound_script or None
    if written is None:
        return None, []
    try:
        script = script_of(written)
    except InvalidInput as error:
        return None, [f"inbound_script: {error}"]
    return script, [f"inbound_{fault.path}: {fault.says}" for fault in check_inbound(script)]


def _asks_for(script: Script, digits: str) -> bool:
    return any(isinstance(step.exit, Gather) and digits in step.exit.on for step in script.steps.values())
